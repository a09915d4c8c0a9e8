"""A sweep decides exactly as separate runs do."""

import doctest
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltp_viz.core import sweep
from ltp_viz.core.forced import NOTHING_FORCED, ForcedRule, ForcedTokens
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.sweep import run_sweep


@torch.inference_mode()
def check(
    model: LTPForSequenceClassification,
    lengths: tuple[int, ...],
    thresholds: list[tuple[float, ...]],
    forced: ForcedTokens = NOTHING_FORCED,
) -> np.ndarray:
    """Compare decisions, scores and logits with one run per setting; returns the depths."""
    generator = torch.Generator().manual_seed(sum(lengths))
    ids = torch.randint(3, 200, (sum(lengths),), generator=generator)
    before = ids.clone()
    swept = run_sweep(model, ids, lengths, None, thresholds, forced=forced, with_scores=True)
    assert torch.equal(ids, before) and swept.scores is not None
    bare = run_sweep(model, ids, lengths, None, thresholds, forced=forced)
    assert bare.scores is None and (bare.depths == swept.depths).all()
    starts = np.cumsum([0, *lengths])
    for setting, row in enumerate(thresholds):
        rule = ForcedRule(ThresholdRule(row), forced)
        run = model.run(ids, lengths, None, rule, score_all_layers=True)
        depths = np.zeros(sum(lengths), dtype=np.int64)
        scores = np.full((len(run.steps), sum(lengths)), np.nan, dtype=np.float32)
        for layer, step in enumerate(run.steps):
            entered, left = step.attended, step.survivors
            assert step.scores is not None
            scores[layer, starts[entered.text_index.numpy()] + entered.positions.numpy()] = step.scores
            depths[starts[left.text_index.numpy()] + left.positions.numpy()] += 1
        assert depths.tolist() == swept.depths[setting].tolist()
        np.testing.assert_allclose(swept.scores[setting], scores, atol=1e-6, rtol=1e-5)
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
    kept=st.sets(st.integers(0, 20)),
    dropped=st.sets(st.integers(1, 20)),
)
def test_any_settings(
    scales: list[float],
    layer_scales: list[float],
    lengths: list[int],
    kept: set[int],
    dropped: set[int],
    pruned_bert: LTPForSequenceClassification,
) -> None:
    table = [pruned_bert.effective_thresholds(scale, layer_scales) for scale in scales]
    forced = ForcedTokens(tuple(kept - dropped), tuple(dropped))
    depths = check(pruned_bert, tuple(lengths), table, forced)
    for start, length in zip(np.cumsum([0, *lengths]), lengths, strict=False):
        assert (depths[:, [start + p for p in forced.keep if p < length]] == 4).all()
        assert (depths[:, [start + p for p in forced.drop if p < length]] == 0).all()


def test_protected_positions_survive(pruned_bert: LTPForSequenceClassification) -> None:
    pruned_bert.config.protected_positions = [0, 5]
    try:
        depths = check(pruned_bert, (30, 3), [pruned_bert.effective_thresholds(s) for s in (0.0, 1.0, 1e6)])
        unforced = check(pruned_bert, (30, 3), [(0.0,) * 4], ForcedTokens(drop=(0, 5, 6)))
    finally:
        pruned_bert.config.protected_positions = [0]
    assert np.flatnonzero(unforced[0] == 0).tolist() == [6]
    assert np.flatnonzero(depths[2] == 4).tolist() == [0, 5, 30]


def test_the_worked_example_computes_what_it_says() -> None:
    result = doctest.testmod(sweep)
    assert result.attempted >= 8 and result.failed == 0


def test_falling_thresholds_are_refused(pruned_bert: LTPForSequenceClassification) -> None:
    with pytest.raises(ValueError, match="must not fall"):
        run_sweep(pruned_bert, torch.tensor([5, 6]), (2,), None, [(0.1,) * 4, (0.0,) * 4])
