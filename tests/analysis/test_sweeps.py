"""Sweeps over the bundled model agree with its traces and predictions."""

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.sweeps import sweep_text, sweep_texts
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens

TEXTS = [
    "A warm, funny little film that never wastes a minute.",
    "The library opens at nine on weekdays and stays closed on public holidays.",
    "One.",
    "It is not without charm.",
]
SCALES = [0.0, 0.4, 0.8, 1.0, 1.2, 1.55, 2.0, 3.0]


@pytest.mark.parametrize("forced", [NOTHING_FORCED, ForcedTokens((2,), (1,))], ids=["free", "forced"])
@pytest.mark.parametrize("layer_scales", [None, [1.0, 2.0, 0.0, 1.0, 0.5, 1.0]], ids=["learned", "by layer"])
@pytest.mark.parametrize("text", TEXTS)
def test_one_text_equals_its_traces(
    classifier: TextClassifier, text: str, layer_scales: list[float] | None, forced: ForcedTokens
) -> None:
    sweep = sweep_text(classifier, classifier.tokenize(text), SCALES, layer_scales, forced)
    for k, scale in enumerate(SCALES):
        trace = classifier.trace(text, global_scale=scale, layer_scales=layer_scales, forced=forced)
        assert (sweep.keep[k] == trace.keep).all()
        np.testing.assert_allclose(sweep.scores[k], trace.scores, rtol=1e-4)
        assert (sweep.layer_macs[k] == trace.layer_macs).all()
        assert sweep.macs[k] == trace.macs and sweep.dense_macs == trace.dense_macs
        np.testing.assert_allclose(sweep.probabilities[k], trace.probabilities, atol=1e-5)


def test_impossible_positions_are_refused(classifier: TextClassifier) -> None:
    with pytest.raises(ValueError, match="the model protects it"):
        sweep_text(classifier, classifier.tokenize(TEXTS[0]), SCALES, forced=ForcedTokens(drop=(0,)))


def test_flips_are_where_the_label_changes(classifier: TextClassifier) -> None:
    found = 0
    for text in TEXTS:
        sweep = sweep_text(classifier, classifier.tokenize(text), SCALES)
        labels = [classifier.trace(text, global_scale=scale).label for scale in SCALES]
        changes = [SCALES[k] for k in range(1, len(SCALES)) if labels[k] != labels[k - 1]]
        assert list(sweep.flips) == changes
        found += len(changes)
    assert found, "one of these texts must flip somewhere"


def test_data_set_equals_predictions(classifier: TextClassifier) -> None:
    swept = sweep_texts(classifier, TEXTS, SCALES, batch_size=3)
    for k, scale in enumerate(SCALES):
        predicted = classifier.predict(TEXTS, global_scale=scale)
        assert swept.macs[k].tolist() == predicted.macs.tolist()
        assert swept.logits[k].argmax(1).tolist() == predicted.probabilities.argmax(1).tolist()
    assert swept.flops_reduction[0] == 1.0 < swept.flops_reduction[-1]
