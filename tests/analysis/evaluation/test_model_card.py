"""The card has the figures of the evaluation, for every kind of model."""

import copy
from types import SimpleNamespace
from typing import Any

from ltp_viz import TextClassifier
from ltp_viz.analysis.benchmark.summary import timing_words
from ltp_viz.analysis.evaluation.evaluate import evaluate
from ltp_viz.analysis.evaluation.model_card import (
    buckets_table,
    evaluation_table,
    model_card,
)
from ltp_viz.data.tables.datasets import LabelledTexts

DATA = LabelledTexts(
    ("A wonderful film.", "A dreadful bore from start to finish.", "Not bad at all, I must say.", "Meh"),
    (1, 0, 1, 0),
)


def test_tables_repeat_the_figures(classifier: TextClassifier) -> None:
    result = evaluate(classifier, DATA, buckets=2)
    table = evaluation_table(result, {"accuracy": 0.125, "f1": 0.25, "matthews": 0.375})
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert rows[2] == [
        "accuracy",
        "0.1250",
        f"{result.dense['accuracy']:.4f}",
        f"{result.pruned['accuracy']:.4f}",
    ]
    assert rows[-1][-1] == f"{result.flops_reduction:.2f}x fewer"
    assert len(buckets_table(result, "f1").splitlines()) == 2 + len(result.buckets)


def test_card_has_thresholds_recipe_and_command(classifier: TextClassifier) -> None:
    result = evaluate(classifier, DATA)
    card = model_card("m", classifier.config, result, "accuracy", "d.csv", "python -m x --data d.csv")
    assert card.startswith("---\n") and "python -m x --data d.csv" in card
    assert all(f"{threshold:.5f}" in card for threshold in classifier.config.thresholds)
    assert '"regularizer_weight"' in card and "dense stage" not in card
    assert "by learned thresholds" in card and "soft_lambda" not in card


def card_of(classifier: TextClassifier, **changes: Any) -> str:
    config = copy.deepcopy(classifier.config)
    config.recipe = {**(config.recipe or {}), "target_flops": 0.4, **changes}
    config.thresholds_learned = config.recipe.get("pruning", "learned") == "learned"
    return model_card("m", config, evaluate(classifier, DATA), "accuracy", "d.csv", "x")


def test_a_card_shows_the_lambda_that_was_found_and_not_the_one_that_was_set(
    classifier: TextClassifier,
) -> None:
    card = card_of(classifier, soft_lambda=0.25)
    assert '"soft_lambda": 0.25' in card and "its last value" in card and "regularizer_weight" not in card


def test_a_card_names_the_rule(classifier: TextClassifier) -> None:
    manual = card_of(classifier, pruning="manual")
    assert "by one threshold for all layers" in manual and "learned thresholds" not in manual
    rates = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
    top_k = card_of(classifier, pruning="top_k", rates=rates)
    assert "by top-k" in top_k and "layer by layer: 1.000, 0.900, 0.800" in top_k
    assert "learned thresholds" not in top_k and "thresholds x1" not in top_k


def test_small_words(classifier: TextClassifier) -> None:
    result = evaluate(classifier, DATA)
    assert "| F1 |" in evaluation_table(result)
    assert "| F1, mean over classes |" in evaluation_table(result, num_classes=3)
    cell: Any = SimpleNamespace(
        dtype="float32",
        batch_size=32,
        texts=9,
        dense_ms=2.0,
        pruned_ms=1.0,
        speed_up=2.0,
        dense_attention="sdpa",
    )
    assert " 1 thread, " in timing_words(cell, "p", 1) and " 2 threads, " in timing_words(cell, "p", 2)
