"""The text comes back whole, and a word is as deep as its longest-lived token."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltp_viz import TextClassifier
from ltp_viz.analysis.words import text_pieces


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=80))
def test_pieces_join_to_the_original_text(text: str, classifier: TextClassifier) -> None:
    trace = classifier.trace(text)
    assert "".join(piece.text for piece in text_pieces(trace)) == trace.text


def test_a_word_is_as_deep_as_its_deepest_token(classifier: TextClassifier) -> None:
    trace = classifier.trace("An unforgettably brilliant, unbearable film.")
    pieces = [piece for piece in text_pieces(trace) if piece.depth is not None]
    assert [piece.text for piece in pieces] == [
        "An",
        "unforgettably",
        "brilliant",
        ",",
        "unbearable",
        "film",
        ".",
    ]
    for word, piece in enumerate(pieces):
        tokens = [i for i, owner in enumerate(trace.word_ids) if owner == word]
        assert piece.depth == max(trace.survival_depth[tokens])
    assert len(trace.tokens) > len(pieces) + 2, "the text must hold a word of several tokens"


def test_text_behind_the_truncation_has_no_depth(classifier: TextClassifier) -> None:
    trace = classifier.trace("good film " * 600)
    pieces = text_pieces(trace)
    assert pieces[-1].depth is None and len(pieces[-1].text) > 3000


def test_both_texts_of_a_pair(classifier: TextClassifier) -> None:
    trace = classifier.trace("first words", "second ones")
    assert [p.text for p in text_pieces(trace, 0)] == ["first", " ", "words"]
    assert [p.text for p in text_pieces(trace, 1)] == ["second", " ", "ones"]
