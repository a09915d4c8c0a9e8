"""The card says what the evaluation found, for every kind of model."""

from ltp_viz import TextClassifier
from ltp_viz.analysis.evaluation import evaluate
from ltp_viz.analysis.model_card import buckets_table, evaluation_table, model_card
from ltp_viz.data.datasets import LabelledTexts

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
