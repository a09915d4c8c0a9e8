"""The picture of a link shows the run of that link, in type that has every script."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import ltp_viz
from ltp_viz.figures.card.content import Card, card_of
from ltp_viz.figures.card.picture import HEIGHT, WIDTH, card_picture, plain_picture
from ltp_viz.figures.card.type import readable, runs_leftwards
from ltp_viz.figures.theme import LIGHT, rgb
from tests.conftest import SST2_MODEL

FLIPPING = "It would be untrue to say that nothing annoyed me: everything did."


@pytest.fixture(scope="module")
def model() -> ltp_viz.TextClassifier:
    return ltp_viz.load_model(SST2_MODEL)


def made(model: ltp_viz.TextClassifier, text: str, scale: float) -> Card:
    dense, pruned = (model.trace(text, global_scale=each) for each in (0.0, scale))
    return card_of(pruned, dense, "Short reviews", scale)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


def has_colour(png: bytes, colour: str) -> bool:
    """Whether a picture has this colour, or one as near as 64 colours come to it."""
    return bool((np.abs(pixels(png) - rgb(colour)).max(-1) <= 12).sum() > 500)


def test_words_answers_and_compute_are_those_of_the_runs(model: ltp_viz.TextClassifier) -> None:
    dense, pruned = model.trace(FLIPPING, global_scale=0.0), model.trace(FLIPPING)
    card = card_of(pruned, dense, "Short reviews", 1.0)
    assert "".join(word.text for word in card.words) == FLIPPING
    assert (card.before, card.after) == (dense.label, pruned.label) and card.is_flip
    assert card.share_after == pytest.approx(pruned.probabilities.max())
    assert card.saved == pytest.approx(1 - pruned.macs / pruned.dense_macs)
    word = next(word for word in card.words if word.text == "nothing")
    assert word.kept == pruned.survival_depth[pruned.tokens.index("nothing")] / pruned.num_layers
    assert word.is_dropped == (word.kept < 1)
    assert "Flips: negative 94 % → positive 92 %. 59 % less compute." in card.description
    assert "Model Short reviews, pruning strength 1" in card.description


def test_unpruned_words_are_not_struck(model: ltp_viz.TextClassifier) -> None:
    card = made(model, FLIPPING, 0.0)
    assert not any(word.is_dropped for word in card.words) and card.verdict == "Same answer: negative 94 %"
    assert card.compute == "same compute" and " 0 of 12 words are dropped" in card.description


def test_a_picture_has_the_size_of_a_preview_and_shows_the_state(model: ltp_viz.TextClassifier) -> None:
    flip, same, weak = (card_picture(made(model, FLIPPING, scale)) for scale in (1.0, 0.0, 0.3))
    for png in (flip, same, weak):
        assert Image.open(BytesIO(png)).size == (WIDTH, HEIGHT) == (1200, 630) and len(png) < 100_000
    assert has_colour(flip, LIGHT.alarm) and not has_colour(same, LIGHT.alarm)
    sentence = slice(132, 430)
    assert (pixels(same)[sentence] != pixels(weak)[sentence]).any(), "dropped words are struck"
    assert card_picture(made(model, FLIPPING, 1.0)) == flip, "the same link, the same bytes"


def test_a_long_text_stays_in_its_place(model: ltp_viz.TextClassifier) -> None:
    png = card_picture(made(model, "A warm, funny little film that never wastes a minute. " * 40, 0.5))
    assert (pixels(png)[436:466] == rgb(LIGHT.ground)).all(), "between the sentence and the rule"
    assert (pixels(png)[:, -60:][20:] == rgb(LIGHT.ground)).all(), "nothing in the margin"


def test_what_the_font_lacks_is_named() -> None:
    assert readable("Прекрасный фильм. Ένα. هذا. Über") == "Прекрасный фильм. Ένα. هذا. Über"
    assert readable("映画は good सुन्दर") == "[CJK][Hiragana] good [Devanagari]"
    assert readable("🚀") == "[rocket]"
    assert runs_leftwards("هذا فيلم") and not runs_leftwards("a هذا") and not runs_leftwards("123")


def test_every_kind_of_answer(small_models, model) -> None:  # type: ignore[no-untyped-def]
    pair = ("The museum is open.", "It is closed.")
    similarity = ltp_viz.load_model(small_models / "similarity")
    dense, pruned = (similarity.trace(*pair, global_scale=scale) for scale in (0.0, 1.0))
    card = card_of(pruned, dense, "similarity", 1.0)
    assert card.is_number and not card.is_flip and card.share_before is None
    assert [word.text.strip() for word in card.words if word.text.strip() == "|"] == ["|"]
    assert card_picture(card) != card_picture(made(model, FLIPPING, 1.0))


def test_a_plain_card_shows_its_words() -> None:
    assert plain_picture("One", "two") != plain_picture("Two", "two")
    assert len(plain_picture("A question " * 30, "A sentence " * 60)) < 100_000
