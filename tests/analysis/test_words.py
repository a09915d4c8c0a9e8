"""Pieces join to the whole text, and a word knows its tokens."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltp_viz import TextClassifier
from ltp_viz.analysis.words import text_pieces


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=80))
def test_pieces_join_to_the_original_text(text: str, classifier: TextClassifier) -> None:
    source = classifier.tokenize(text)
    assert "".join(piece.text for piece in text_pieces(source)) == source.text


def test_a_word_holds_all_of_its_tokens(classifier: TextClassifier) -> None:
    source = classifier.tokenize("An unforgettably brilliant, unbearable film.")
    pieces = [piece for piece in text_pieces(source) if piece.positions]
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
        assert piece.positions == tuple(i for i, owner in enumerate(source.word_ids) if owner == word)
    assert len(source.tokens) > len(pieces) + 2, "the text must hold a word of several tokens"


def test_text_behind_the_truncation_has_no_tokens(classifier: TextClassifier) -> None:
    pieces = text_pieces(classifier.tokenize("good film " * 600))
    assert not pieces[-1].positions and len(pieces[-1].text) > 3000


def test_both_texts_of_a_pair(classifier: TextClassifier) -> None:
    source = classifier.tokenize("first words", "second ones")
    assert [p.text for p in text_pieces(source, 0)] == ["first", " ", "words"]
    assert [p.text for p in text_pieces(source, 1)] == ["second", " ", "ones"]
    assert all(source.segments[i] == 1 for piece in text_pieces(source, 1) for i in piece.positions)
