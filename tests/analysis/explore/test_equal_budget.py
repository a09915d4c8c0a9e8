"""An even schedule has the target cost and is even."""

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.explore.equal_budget import even_layer_scales
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens

SENTENCE = "The acting is superb and the photography glows, yet the story falls apart. "
TEXTS = [
    "Meh",
    "It is not without charm.",
    "A warm, funny little film that never wastes a minute.",
    SENTENCE * 2,
    SENTENCE * 40,
]
ANY = 1e6


@pytest.mark.parametrize("forced", [NOTHING_FORCED, ForcedTokens((2,), (1,))], ids=["free", "forced"])
@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("text", TEXTS, ids=["4", "8", "15", "34", "512"])
def test_the_target_cost_is_met_evenly(
    classifier: TextClassifier, text: str, scale: float, forced: ForcedTokens
) -> None:
    analysed = classifier.start(text)
    now = analysed.trace(scale, [1, 0, 1, 1, 2, 1], forced)
    even = even_layer_scales(analysed, scale, now.layer_scales, forced, max_scale=ANY)
    trace = classifier.trace(text, global_scale=scale, layer_scales=even.layer_scales, forced=forced)
    assert even.target_macs == now.macs and even.macs == trace.macs
    # The smallest change of the share removes one token from one layer and, at most, from all later ones.
    assert abs(even.macs - even.target_macs) <= now.dense_macs / len(now.tokens)
    # One share explains all prunable layers: rounding to whole tokens moves each by 1, rounding its scale by
    # the tokens that lie within one step of the threshold.
    step = 0.01 * scale * np.array(trace.learned_thresholds)
    near = np.abs(trace.scores - np.array(trace.thresholds)[:, None]) < step[:, None]
    slack = (1 + near.sum(1))[1:]
    entered, left = trace.attention_lengths[1:], trace.feed_forward_lengths[1:]
    assert ((left - slack) / entered).max() <= ((left + slack) / entered).min()
    assert even.layer_scales[0] == 1, "the bundled model's first layer cannot prune"
    assert trace.survival_depth[[*forced.keep]].tolist() == [trace.num_layers] * len(forced.keep)
    assert trace.survival_depth[[*forced.drop]].tolist() == [0] * len(forced.drop)


def test_scales_fit_into_a_link_and_do_not_depend_on_earlier_runs(classifier: TextClassifier) -> None:
    analysed = classifier.start(SENTENCE * 2)
    first = even_layer_scales(analysed, 1.0)
    analysed.trace(3.0)
    assert even_layer_scales(analysed, 1.0) == first == even_layer_scales(classifier.start(SENTENCE * 2), 1.0)
    assert all(scale == float(f"{scale:.2f}") and scale >= 0 for scale in first.layer_scales)


@pytest.mark.parametrize("max_scale", [0.0, 0.5, 1.0])
def test_scales_stay_within_the_highest(classifier: TextClassifier, max_scale: float) -> None:
    even = even_layer_scales(classifier.start(SENTENCE * 2), 1.0, max_scale=max_scale)
    assert max(even.layer_scales[1:]) <= max_scale
    if max_scale < 1:
        assert even.macs > even.target_macs, "all layers are held back"


def test_where_nothing_can_prune(classifier: TextClassifier) -> None:
    analysed = classifier.start(SENTENCE)
    even = even_layer_scales(analysed, 0.0)
    assert even.layer_scales == (1.0,) * 6
    assert even.macs == even.target_macs == analysed.trace(0.0).macs


def test_many_forced_tokens_count_towards_the_first_layer(classifier: TextClassifier) -> None:
    """Their drops are the first layer's share, so that it needs no threshold of its own."""
    learned = list(classifier.config.thresholds)
    classifier.config.thresholds = [0.004, *learned[1:]]
    try:
        analysed = classifier.start(SENTENCE * 2)
        forced = ForcedTokens(drop=tuple(range(1, 25)))
        even = even_layer_scales(analysed, 0.2, forced=forced, max_scale=ANY)
        trace = analysed.trace(0.2, even.layer_scales, forced)
    finally:
        classifier.config.thresholds = learned
    assert np.flatnonzero(~trace.keep[0]).tolist() == list(forced.drop)
    assert even.layer_scales[0] > 0
