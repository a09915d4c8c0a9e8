"""Every example that is in sight on the first visit shows, on the default model, what its name promises."""

import pytest

from ltp_viz import TextClassifier
from ltp_viz.ui.inputs.texts import first_examples
from tests.bench.start_texts import Shown, ranked, shown


@pytest.fixture(scope="module")
def examples(default_classifier: TextClassifier) -> dict[str, Shown]:
    return {name: shown(default_classifier, text) for name, text in first_examples().items()}


def test_on_the_start_text_pruning_flips_a_sure_answer_near_strength_one(examples: dict[str, Shown]) -> None:
    start = next(iter(examples.values()))
    assert start.unpruned.probabilities.max() > 0.9
    assert start.unpruned.label == "negative" and start.pruned.label == "positive"
    assert 0.5 <= start.first_flip <= 1.25
    assert len(set(start.pruned.feed_forward_lengths)) >= 4, "words fall layer by layer"
    assert start.pruned.macs < 0.5 * start.pruned.dense_macs


def test_pruning_falls_for_sarcasm(examples: dict[str, Shown]) -> None:
    sarcasm = examples["Sarcasm"]
    assert (sarcasm.unpruned.label, sarcasm.pruned.label) == ("negative", "positive")


def test_stronger_pruning_loses_the_late_turn(examples: dict[str, Shown]) -> None:
    turn = examples["Late turn"]
    assert turn.unpruned.label == turn.pruned.label == "positive"
    assert 1.0 < turn.first_flip <= 1.25


def test_a_long_review_is_thinned_layer_by_layer_and_keeps_its_answer(examples: dict[str, Shown]) -> None:
    long = examples["300-word review"]
    assert 290 <= len(long.unpruned.text.split()) <= 310
    assert long.unpruned.label == long.pruned.label == "positive"
    assert long.pruned.macs < 0.5 * long.pruned.dense_macs
    assert len(set(long.pruned.feed_forward_lengths)) == 6


def test_what_is_no_review_gets_a_sure_answer_too(examples: dict[str, Shown]) -> None:
    assert examples["Not a review"].unpruned.probabilities.max() > 0.9


def test_candidates_that_flip_near_strength_one_come_first(default_classifier: TextClassifier) -> None:
    texts = [first_examples()[name] for name in ("300-word review", "Late turn", "Sarcasm", "Everything did")]
    assert [text for text, _ in ranked(default_classifier, texts)] == texts[::-1]
