"""The attention of a token's readers adds up to its score."""

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.attention_received import attention_by_reader, attention_received
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens

TEXTS = [
    "Meh",
    "A warm, funny little film that never wastes a minute.",
    "The acting is superb and the photography glows, yet the story falls apart. " * 20,
]
FORCED = ForcedTokens((2,), (1,))


@pytest.mark.parametrize("normalizer", ["reference", "sequence"])
@pytest.mark.parametrize(("scale", "forced"), [(0.0, NOTHING_FORCED), (1.0, NOTHING_FORCED), (1.2, FORCED)])
@pytest.mark.parametrize("text", TEXTS, ids=["short", "sentence", "long"])
def test_attention_of_all_readers_is_the_score(
    classifier: TextClassifier, text: str, scale: float, forced: ForcedTokens, normalizer: str
) -> None:
    classifier.config.score_normalizer = normalizer
    try:
        analysed = classifier.start(text)
        trace = analysed.trace(scale, forced=forced)
    finally:
        classifier.config.score_normalizer = "reference"
    divisor = len(trace.tokens) if normalizer == "sequence" else classifier.config.score_reference_length
    for layer in range(trace.num_layers):
        positions, attention = attention_by_reader(analysed, layer)
        assert positions.tolist() == np.flatnonzero(~np.isnan(trace.scores[layer])).tolist()
        np.testing.assert_allclose(attention.sum(1).numpy(), 1, rtol=1e-5)
        np.testing.assert_allclose(
            attention.sum(0).numpy() / divisor, trace.scores[layer, positions], rtol=1e-4
        )


@pytest.mark.parametrize("text", TEXTS, ids=["short", "sentence", "long"])
def test_strongest_readers(classifier: TextClassifier, text: str) -> None:
    analysed = classifier.start(text)
    trace = analysed.trace(1.0, forced=FORCED)
    received = attention_received(analysed, trace, top=4)
    assert received.readers.shape == received.weights.shape == (*trace.scores.shape, 4)
    for layer in range(trace.num_layers):
        positions, attention = attention_by_reader(analysed, layer)
        shares = (attention / attention.sum(0)).numpy()
        row_of = {int(position): row for row, position in enumerate(positions)}
        for position in range(len(trace.tokens)):
            readers, weights = received.readers[layer, position], received.weights[layer, position]
            if position not in row_of:
                assert (readers == -1).all() and (weights == 0).all()
                continue
            own, found = shares[:, row_of[position]], min(4, len(positions))
            assert (readers[found:] == -1).all() and (weights[found:] == 0).all()
            assert len({*readers[:found].tolist()}) == found
            np.testing.assert_allclose(weights[:found], np.sort(own)[::-1][:found], rtol=1e-5)
            named = [own[row_of[reader]] for reader in readers[:found].tolist()]
            np.testing.assert_allclose(named, weights[:found], rtol=1e-5)
    assert (received.readers[-1] == -1).any(), "the text must lose tokens for this test to mean something"


def test_answers_for_the_record_and_not_for_the_last_run(classifier: TextClassifier) -> None:
    analysed = classifier.start(TEXTS[1])
    trace = analysed.trace(1.0)
    expected = attention_received(analysed, trace)
    analysed.trace(0.0)
    again = attention_received(analysed, trace)
    np.testing.assert_array_equal(again.readers, expected.readers)
    np.testing.assert_array_equal(again.weights, expected.weights)


def test_another_text_is_refused(classifier: TextClassifier) -> None:
    with pytest.raises(ValueError, match="give the trace of this text"):
        attention_received(classifier.start(TEXTS[0]), classifier.trace(TEXTS[1]))
