"""Scores against values worked out by hand, and where they are not defined."""

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray

from ltp_viz.data.metrics import ranking_metrics, task_metrics


def answers(classes: list[int], width: int) -> NDArray[np.float64]:
    """Logits (N, C) that answer these classes."""
    return np.eye(width)[classes] * 3 - 1


@pytest.fixture(autouse=True)
def no_warnings() -> None:
    warnings.simplefilter("error")


def test_two_classes() -> None:
    # Of class 1: 3 found, 1 missed, 2 false alarms; of class 0: 4 right.
    truth = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    predicted = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0]
    scores = task_metrics(truth, answers(predicted, 2))
    assert scores == pytest.approx(
        {
            "accuracy": 0.7,
            "f1": 2 * 3 / (2 * 3 + 1 + 2),
            "matthews": (3 * 4 - 2 * 1) / np.sqrt((3 + 2) * (3 + 1) * (4 + 2) * (4 + 1)),
        }
    )


def test_many_classes() -> None:
    truth, predicted = [0, 0, 1, 1, 2, 3], [0, 1, 1, 1, 2, 2]
    scores = task_metrics(truth, answers(predicted, 4))
    assert scores["accuracy"] == pytest.approx(4 / 6)
    assert scores["f1"] == pytest.approx((2 / 3 + 4 / 5 + 2 / 3 + 0) / 4)
    # Gorodkin's generalisation: covariance of truth and answer over classes.
    matrix = np.zeros((4, 4))
    for row in zip(truth, predicted, strict=True):
        matrix[row] += 1
    true, given, n = matrix.sum(1), matrix.sum(0), matrix.sum()
    wanted = (np.trace(matrix) * n - true @ given) / np.sqrt((n**2 - given @ given) * (n**2 - true @ true))
    assert scores["matthews"] == pytest.approx(wanted)


def test_probabilities_and_logits_score_alike() -> None:
    chance = np.random.default_rng(0)
    logits, truth = chance.normal(size=(50, 3)), chance.integers(0, 3, size=50)
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert task_metrics(truth, logits) == task_metrics(truth, probabilities)


@pytest.mark.parametrize(
    ("truth", "predicted", "accuracy", "f1"),
    [
        ([0, 1, 0, 1], [0, 0, 0, 0], 0.5, 0.0),
        ([0, 1, 0, 1], [1, 1, 1, 1], 0.5, 2 / 3),
        ([1, 1, 1], [1, 1, 1], 1.0, 1.0),
        ([0, 0, 0], [0, 0, 0], 1.0, 0.0),
        ([0, 0, 0], [1, 1, 1], 0.0, 0.0),
        ([1], [0], 0.0, 0.0),
    ],
)
def test_answers_that_are_all_alike(
    truth: list[int], predicted: list[int], accuracy: float, f1: float
) -> None:
    scores = task_metrics(truth, answers(predicted, 2))
    assert scores == pytest.approx({"accuracy": accuracy, "f1": f1, "matthews": 0.0})


def test_regression() -> None:
    truth, predicted = [1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 4.0, 5.0]
    scores = task_metrics(truth, np.array(predicted)[:, None])
    deviations = np.array(truth) - 2.5, np.array(predicted) - 3.0
    pearson = deviations[0] @ deviations[1] / np.sqrt((deviations[0] ** 2).sum() * (deviations[1] ** 2).sum())
    # Ranks 1 2 3 4 against 2 1 3 4: 1 - 6 * (1 + 1) / (4 * 15).
    assert scores == pytest.approx({"pearson": pearson, "spearman": 0.8, "mse": 1.0})


@pytest.mark.parametrize(
    ("truth", "predicted"),
    [([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]), ([2.0, 2.0], [1.0, 2.0]), ([1.0], [3.0])],
)
def test_a_correlation_that_is_not_defined_is_zero(truth: list[float], predicted: list[float]) -> None:
    scores = task_metrics(truth, np.array(predicted, dtype=np.float32)[:, None])
    assert scores["pearson"] == scores["spearman"] == 0
    assert scores["mse"] == pytest.approx(np.mean((np.array(truth) - predicted) ** 2))


def test_nearly_constant_answers_of_half_precision() -> None:
    predicted = np.full((4, 1), 0.5, dtype=np.float16)
    predicted[0] = 0.5005
    scores = task_metrics([1.0, 2.0, 3.0, 4.0], predicted)
    assert -1 <= scores["pearson"] < 0 and np.isfinite(scores["spearman"])


def test_labels_are_scored_together_and_one_by_one() -> None:
    """By hand: label 0 is right twice; label 1 misses one; label 2 is given once in vain."""
    truth = np.array([[1, 1, 0], [0, 0, 0], [1, 1, 0]])
    logits = np.array([[2.0, 1.0, -1.0], [-1.0, -2.0, 3.0], [0.5, -0.5, -2.0]])
    scores = task_metrics(truth, logits)
    assert scores["micro_f1"] == pytest.approx(2 * 3 / (2 * 3 + 1 + 1))
    assert scores["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert scores["subset_accuracy"] == pytest.approx(1 / 3)


def test_ranking_by_hand() -> None:
    """Of the four pairs of a 1 and a 0, three are in order."""
    scores = ranking_metrics([1, 0, 1, 0], np.array([3.0, 2.0, 1.0, 0.0]))
    assert scores["auc"] == pytest.approx(3 / 4)
    assert scores["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert np.isnan(ranking_metrics([1, 1], np.array([1.0, 2.0]))["auc"])
