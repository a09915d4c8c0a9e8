"""A model trained by top-k is judged by top-k."""

from typing import Any

import pytest

from ltp_viz import InputError
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.checkpoints.trained_rule import trained_rule


@pytest.mark.parametrize(
    "recipe", [None, {}, {"pruning": "learned", "rates": [1, 1]}, {"pruning": "top_k", "target_flops": 0.4}]
)
def test_thresholds_prune_unless_a_schedule_was_trained(recipe: dict[str, Any] | None) -> None:
    assert trained_rule(LTPConfig(num_hidden_layers=2, recipe=recipe)) is None


def test_a_schedule() -> None:
    recipe = {"pruning": "top_k", "rates": [1.0, 0.5]}
    assert trained_rule(LTPConfig(num_hidden_layers=2, recipe=recipe)) == TopKRule((1.0, 0.5))


@pytest.mark.parametrize("rates", [[1.0], [1.0, "a"], [1.0, 1.5], [1.0, float("nan")], 0.5, {"a": 1}, []])
def test_a_damaged_schedule(rates: Any) -> None:
    with pytest.raises(InputError, match="there must be 2 numbers from 0 to 1"):
        trained_rule(LTPConfig(num_hidden_layers=2, recipe={"pruning": "top_k", "rates": rates}))
