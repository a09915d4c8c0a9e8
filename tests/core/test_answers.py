"""What logits mean, by hand."""

import numpy as np
import pytest

from ltp_viz.core.answers import (
    answer_text,
    answer_with_share,
    chosen,
    margin_of,
    probabilities_of,
    same_answer,
)

LOGITS = np.array([4.0, -1.0, 4.0], dtype=np.float32)
NAMES = ("a", "b", "c")


def test_probabilities_of_each_kind() -> None:
    np.testing.assert_allclose(probabilities_of(LOGITS, "labels"), 1 / (1 + np.exp(-LOGITS.astype(float))))
    np.testing.assert_allclose(probabilities_of(LOGITS), np.exp(LOGITS) / np.exp(LOGITS).sum(), rtol=1e-6)
    assert np.isnan(probabilities_of(LOGITS, "numbers")).all()
    extreme = probabilities_of(np.array([-2000.0, 2000.0]), "labels")
    assert extreme.tolist() == [0.0, 1.0]


def test_answers_in_words() -> None:
    assert [answer_text(LOGITS, NAMES, kind) for kind in ("class", "labels", "numbers")] == [
        "a",
        "a, c",
        "a 4, b -1, c 4",
    ]
    assert answer_text(-abs(LOGITS), NAMES, "labels") == "none"
    assert answer_with_share(LOGITS, NAMES, "labels") == "a 98.2%, c 98.2%"
    assert answer_with_share(LOGITS[:1], NAMES[:1], "numbers") == "4"


def test_the_same_answer_is_the_same_labels() -> None:
    other = np.array([5.0, 0.5, 3.0])
    assert same_answer(LOGITS, other).item() and not same_answer(LOGITS, other, "labels").item()
    both = np.stack([LOGITS, other])
    assert same_answer(both, both[::-1], "labels").tolist() == [False, False]
    assert chosen(both, "labels").tolist() == [[True, False, True], [True, True, True]]


def test_margins() -> None:
    assert margin_of(np.array([0.2, 0.7, 0.1])) == pytest.approx(0.5)
    assert margin_of(np.array([0.9, 0.4]), "labels") == pytest.approx(0.2)
    assert np.isnan(margin_of(np.array([1.0]), "numbers"))
