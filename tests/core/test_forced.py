"""A forced token has its fate, protected ones keep theirs, and all others are judged as ever."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltp_viz import TextClassifier
from ltp_viz.core.forced import NOTHING_FORCED, ForcedRule, ForcedTokens
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule
from tests.core.layer_views import layer_view

TEXT = "The parrot was superb, but everything else bored me to tears."

# Positions 1 to 29 fall into three lots: kept, dropped, left to the rule.
FORCED = st.lists(st.sampled_from(["keep", "drop", ""]), min_size=29, max_size=29).map(
    lambda fates: ForcedTokens(
        tuple(position for position, fate in enumerate(fates, 1) if fate == "keep"),
        tuple(position for position, fate in enumerate(fates, 1) if fate == "drop"),
    )
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    forced=FORCED,
    scale=st.sampled_from([0.0, 0.7, 1.0, 3.0, 1e6]),
    layer_scales=st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=4, max_size=4),
)
def test_every_decision(
    forced: ForcedTokens, scale: float, layer_scales: list[float], pruned_bert: LTPForSequenceClassification
) -> None:
    """In two texts at once, of which one is too short for most of the positions."""
    lengths = (30, 7)
    ids = torch.randint(3, 200, (sum(lengths),), generator=torch.Generator().manual_seed(1))
    thresholds = pruned_bert.effective_thresholds(scale, layer_scales)
    rule = ForcedRule(ThresholdRule(thresholds), forced)
    with torch.inference_mode():
        run = pruned_bert.run(ids, lengths, None, rule, score_all_layers=True)
    for text, length in enumerate(lengths):
        alive = set(range(length))
        for layer, step in enumerate(run.steps):
            mine = step.attended.text_index == text
            positions = step.attended.positions[mine].tolist()
            assert set(positions) == alive and step.scores is not None
            scores = dict(zip(positions, step.scores[mine].tolist(), strict=True))
            passed = {p for p in alive if thresholds[layer] <= 0 or scores[p] >= max(1e-5, thresholds[layer])}
            alive = (passed | {0} | (alive & {*forced.keep})) - {*forced.drop}
            left = step.survivors
            assert set(left.positions[left.text_index == text].tolist()) == alive


def test_protected_positions_win(pruned_bert: LTPForSequenceClassification) -> None:
    pruned_bert.config.protected_positions = [0, 5]
    try:
        rule = ForcedRule(ThresholdRule((0.0,) * 4), ForcedTokens(drop=tuple(range(10))))
        with torch.inference_mode():
            run = pruned_bert.run(torch.arange(3, 13), (10,), None, rule)
    finally:
        pruned_bert.config.protected_positions = [0]
    assert run.final.positions.tolist() == [0, 5]


def test_wraps_any_rule(pruned_bert: LTPForSequenceClassification) -> None:
    ids = torch.randint(3, 200, (30,), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        free = pruned_bert.run(ids, (30,), None, RelativeThresholdRule(0.3))
        dropped = min({*range(30)} - {*free.final.positions.tolist()})
        rule = ForcedRule(RelativeThresholdRule(0.3), ForcedTokens(keep=(dropped,)))
        assert dropped in pruned_bert.run(ids, (30,), None, rule).final.positions.tolist()


def test_nothing_forced_changes_nothing(pruned_bert: LTPForSequenceClassification) -> None:
    rule = ThresholdRule((0.0, 0.1, 0.0, 0.2))
    forced = ForcedRule(rule, NOTHING_FORCED)
    for layer in range(4):
        assert forced.can_reduce(layer) == rule.can_reduce(layer)
        seen = layer_view(layer=layer, scores=[0.05, 0.15, 0.25])
        assert forced.reduce(seen).same_as(rule.reduce(seen))


def test_merging_rules_refuse_forced_tokens(classifier: TextClassifier) -> None:
    with pytest.raises(ValueError, match="cannot be forced under a rule that merges"):
        classifier.trace(TEXT, forced=ForcedTokens(drop=(4,)), rule=MergeRule(0.2))


def test_dropped_token_is_scored_once_and_read_by_nobody_after(classifier: TextClassifier) -> None:
    forced = ForcedTokens(keep=(2,), drop=(4, 6))
    dense = classifier.trace(TEXT, global_scale=0)
    trace = classifier.trace(TEXT, global_scale=0, forced=forced)
    np.testing.assert_array_equal(trace.scores[0], dense.scores[0])
    assert np.isnan(trace.scores[1:, [4, 6]]).all() and not np.isnan(np.delete(trace.scores, [4, 6], 1)).any()
    assert trace.survival_depth[[4, 6]].tolist() == [0, 0]
    assert trace.macs < dense.macs
    assert (trace.forced_keep, trace.forced_drop, trace.forced) == ((2,), (4, 6), forced)


def test_kept_token_survives_any_scale(classifier: TextClassifier) -> None:
    trace = classifier.trace(TEXT, global_scale=1e6, forced=ForcedTokens(keep=(3, 5)))
    assert np.flatnonzero(trace.keep[-1]).tolist() == [0, 3, 5]


@settings(max_examples=15, deadline=None)
@given(
    changes=st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 1.5, 3.0]),
            st.sampled_from(
                [ForcedTokens(), ForcedTokens((3,)), ForcedTokens((3,), (5,)), ForcedTokens((), (5,))]
            ),
        ),
        min_size=2,
        max_size=5,
    )
)
def test_going_on_equals_a_fresh_run(
    changes: list[tuple[float, ForcedTokens]], classifier: TextClassifier
) -> None:
    analysed = classifier.start(TEXT)
    for scale, forced in changes:
        resumed = analysed.trace(scale, forced=forced)
        fresh = classifier.trace(TEXT, global_scale=scale, forced=forced)
        for name in ("scores", "keep", "logits", "layer_macs"):
            np.testing.assert_array_equal(getattr(resumed, name), getattr(fresh, name))
        np.testing.assert_allclose(
            classifier.logits(fresh.source, scale, forced=forced), fresh.logits, atol=1e-5
        )


def test_positions_become_ascending_and_single() -> None:
    assert ForcedTokens((5, 3, 5), (9, 2)) == ForcedTokens((3, 5), (2, 9))


@pytest.mark.parametrize(
    ("keep", "drop", "message"),
    [
        ((40,), (), r"Position 40 cannot be forced: the text's positions are 0 to 14\."),
        ((), (-1,), "Position -1 cannot be forced"),
        ((), (0,), "Position 0 cannot be forced to go: the model protects it"),
        ((), (7,), "Position 7 cannot be forced to go: the model protects it"),
    ],
)
def test_impossible_positions(
    keep: tuple[int, ...], drop: tuple[int, ...], message: str, classifier: TextClassifier
) -> None:
    source, forced = classifier.tokenize(TEXT), ForcedTokens(keep, drop)
    classifier.config.protected_positions = [0, 7]
    try:
        for ask in (classifier.start(TEXT).trace, lambda **options: classifier.logits(source, **options)):
            with pytest.raises(ValueError, match=message):
                ask(forced=forced)
    finally:
        classifier.config.protected_positions = [0]


def test_both_fates_are_refused() -> None:
    with pytest.raises(ValueError, match="Position 4 is forced both to stay and to go"):
        ForcedTokens((1, 4), (4, 5))
