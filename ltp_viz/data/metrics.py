"""Scores of a model's answers, as GLUE defines them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.stats import binom, pearsonr, spearmanr
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    matthews_corrcoef,
    mean_squared_error,
    roc_auc_score,
)


def task_metrics(labels: ArrayLike, outputs: NDArray[np.floating]) -> dict[str, float]:
    """All scores of N answers from logits or probabilities (N, C); one column means a regression.

    Classes: accuracy, F1 (of class 1 where there are two, else the mean over classes) and Matthews
    correlation. Numbers: Pearson and Spearman correlation and mean squared error. A correlation of answers
    that are all alike is not defined and given as 0. Truth (N, C) of 0 and 1 is of labels: `label_metrics`.
    """
    truth = np.asarray(labels)
    if truth.ndim == 2:
        return label_metrics(truth, outputs)
    if outputs.shape[1] == 1:
        predicted = outputs[:, 0].astype(float)
        varies = len(truth) > 1 and np.ptp(predicted) > 0 and np.ptp(truth) > 0
        return {
            "pearson": float(pearsonr(truth, predicted).statistic) if varies else 0.0,
            "spearman": float(spearmanr(truth, predicted).statistic) if varies else 0.0,
            "mse": float(mean_squared_error(truth, predicted)),
        }
    predicted = outputs.argmax(1)
    average = "binary" if outputs.shape[1] == 2 else "macro"
    is_one_class = len(np.union1d(truth, predicted)) == 1  # of which scikit-learn warns
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "f1": float(f1_score(truth, predicted, average=average, zero_division=0)),
        "matthews": 0.0 if is_one_class else float(matthews_corrcoef(truth, predicted)),
    }


# What a warning needs: so much better under another order, and not by chance in so many cases out of 1.
_SWAP_GAIN, _SWAP_CHANCE = 0.3, 0.05


def confusion_counts(labels: ArrayLike, answers: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Rows by gold class and answered class, (C, C)."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(labels, np.int64), np.asarray(answers, np.int64)), 1)
    return counts


def swapped_labels_warning(confusion: NDArray[np.int64], label_names: Sequence[str]) -> str | None:
    """A warning where the labels seem to mean other classes than they are taken for; None where not.

    `confusion` (C, C) counts rows by gold and answered class, of the model without pruning. Warns where the
    accuracy is below chance, 1 / C, by more than luck explains (binomial, 5 %), and another order of the
    classes would raise it by 30 points or more.
    """
    rows, classes = int(confusion.sum()), len(confusion)
    if rows == 0 or classes < 2:
        return None
    right = int(confusion.trace())
    gold, answered = linear_sum_assignment(confusion, maximize=True)
    best = int(confusion[gold, answered].sum())
    is_luck = binom.cdf(right, rows, 1 / classes) > _SWAP_CHANCE
    if is_luck or (best - right) / rows < _SWAP_GAIN:
        return None
    if classes == 2:
        other = "with the two labels swapped"
    else:
        moved = [
            f"{label_names[a]} as {label_names[b]}" for a, b in zip(gold, answered, strict=True) if a != b
        ]
        other = (
            f"with the labels in another order ({', '.join(moved[:4])}{', ...' if len(moved) > 4 else ''})"
        )
    return (
        f"Accuracy {100 * right / rows:.0f} % is far below chance; {other} it would be "
        f"{100 * best / rows:.0f} %. Check which value means which class."
    )


def label_metrics(truth: NDArray[np.generic], logits: NDArray[np.floating]) -> dict[str, float]:
    """Scores of labels, each above 0 in logits (N, C) or not, against truth (N, C) of 0 and 1.

    `micro_f1` counts all N C decisions together, `macro_f1` is the mean over labels; `subset_accuracy` is the
    share of texts whose labels are all right. A label that neither occurs nor is given has an F1 of 0.
    """
    answered = logits > 0
    f1 = {
        name: float(f1_score(truth, answered, average=name, zero_division=0)) for name in ("micro", "macro")
    }
    return {
        "micro_f1": f1["micro"],
        "macro_f1": f1["macro"],
        "subset_accuracy": float((answered == truth.astype(bool)).all(1).mean()),
    }


def ranking_metrics(truth: ArrayLike, scores: NDArray[np.floating]) -> dict[str, float]:
    """How well scores (N,) put the rows of 1 before those of 0: area under the ROC curve, average precision.

    Both are NaN where the truth holds one value only.
    """
    values = np.asarray(truth)
    if len(np.unique(values)) < 2:
        return {"auc": float("nan"), "average_precision": float("nan")}
    return {
        "auc": float(roc_auc_score(values, scores)),
        "average_precision": float(average_precision_score(values, scores)),
    }
