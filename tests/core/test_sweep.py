"""A sweep decides exactly as separate runs do."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules import ThresholdRule
from ltp_viz.core.sweep import run_sweep


@torch.inference_mode()
def check(
    model: LTPForSequenceClassification, lengths: tuple[int, ...], thresholds: list[tuple[float, ...]]
) -> np.ndarray:
    """Compare with one run per setting; returns the depths."""
    generator = torch.Generator().manual_seed(sum(lengths))
    ids = torch.randint(3, 200, (sum(lengths),), generator=generator)
    before = ids.clone()
    swept = run_sweep(model, ids, lengths, None, thresholds)
    assert torch.equal(ids, before)
    starts = np.cumsum([0, *lengths])
    for setting, row in enumerate(thresholds):
        run = model.run(ids, lengths, None, ThresholdRule(row))
        depths = np.zeros(sum(lengths), dtype=np.int64)
        for step in run.steps:
            left = step.survivors
            depths[starts[left.text_index.numpy()] + left.positions.numpy()] += 1
        assert depths.tolist() == swept.depths[setting].tolist()
        torch.testing.assert_close(
            torch.from_numpy(swept.logits[setting]), model.classify(run.final), atol=1e-5, rtol=1e-5
        )
    return swept.depths


@pytest.mark.parametrize("kernel", ["native", "torch"])
@pytest.mark.parametrize("lengths", [(1,), (60,), (300,), (5, 40, 1, 170)])
def test_equals_separate_runs(
    lengths: tuple[int, ...],
    kernel: str,
    use_kernel: Callable[[str], None],
    pruned_bert: LTPForSequenceClassification,
) -> None:
    use_kernel(kernel)
    scales = np.arange(0, 3.01, 0.25)
    depths = check(pruned_bert, lengths, [pruned_bert.effective_thresholds(scale) for scale in scales])
    assert (depths[0] == 4).all(), "scale 0 drops nothing"
    # Not so: "a higher scale never revives a token". Fewer rivals in a layer can raise a score in the next.
    if max(lengths) > 1:
        assert len({tuple(row) for row in depths.tolist()}) > 5, "the settings must decide differently"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scales=st.lists(st.floats(0, 4), min_size=1, max_size=12).map(sorted),
    layer_scales=st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=4, max_size=4),
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=3),
)
def test_any_scales(
    scales: list[float],
    layer_scales: list[float],
    lengths: list[int],
    pruned_bert: LTPForSequenceClassification,
) -> None:
    table = [pruned_bert.effective_thresholds(scale, layer_scales) for scale in scales]
    check(pruned_bert, tuple(lengths), table)


def test_protected_positions_survive(pruned_bert: LTPForSequenceClassification) -> None:
    pruned_bert.config.protected_positions = [0, 5]
    try:
        depths = check(pruned_bert, (30, 3), [pruned_bert.effective_thresholds(s) for s in (0.0, 1.0, 1e6)])
    finally:
        pruned_bert.config.protected_positions = [0]
    assert np.flatnonzero(depths[2] == 4).tolist() == [0, 5, 30]


def test_falling_thresholds_are_refused(pruned_bert: LTPForSequenceClassification) -> None:
    with pytest.raises(ValueError, match="must not fall"):
        run_sweep(pruned_bert, torch.tensor([5, 6]), (2,), None, [(0.1,) * 4, (0.0,) * 4])
