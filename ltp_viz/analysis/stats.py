"""Estimates with intervals, and the scores of dense and pruned answers from their confusion with gold.

Every score of `data.metrics.task_metrics` follows from three counts per class c: rows with gold c, rows with
answer c, and rows with both. The same holds for a bootstrap sample of the rows, which is a multinomial draw
of the cells' counts; dense and pruned share the draw, so their difference is paired.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

DRAWS = 1000
_SEED = 0
_Z = 1.959963984540054  # standard deviations that hold 95% of a normal distribution


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ScorePair:
    """One score, dense and pruned: `change` is pruned minus dense, with a paired interval."""

    dense: Estimate
    pruned: Estimate
    change: Estimate


@dataclass(frozen=True)
class RunScores:
    """Scores over the rows with a gold label, as `data.metrics.task_metrics` defines them."""

    rows: int
    accuracy: ScorePair
    f1: ScorePair  # of class 1 where there are two, else the mean over classes
    matthews: ScorePair
    lost: int  # dense right, pruned wrong
    won: int  # dense wrong, pruned right
    # exact, two-sided: lost and won as sides of a fair coin; 1 if both are 0
    mcnemar_p: float


def scores(confusion: NDArray[np.int64]) -> RunScores:
    """Scores from counts by gold, dense and pruned class, (C, C, C); NaN without rows.

    95% intervals: Wilson's for accuracy, as in every other figure; the bootstrap's for the rest, which is too
    narrow for few rows (below about 50).
    """
    rows = int(confusion.sum())
    cells = np.argwhere(confusion)  # (M, 3)
    counts = confusion[tuple(cells.T)]  # (M,)
    gold, dense, pruned = cells.T
    lost = int(counts[(dense == gold) & (pruned != gold)].sum())
    won = int(counts[(dense != gold) & (pruned == gold)].sum())
    draws = counts[None]
    if rows:
        draws = np.random.default_rng(_SEED).multinomial(rows, counts / rows, size=DRAWS)
    samples = np.concatenate([counts[None], draws])  # (1 + DRAWS, M), the original rows first
    classes = len(confusion)
    of_dense, of_pruned = (_metrics(samples, gold, answer, classes) for answer in (dense, pruned))
    pairs = {name: _pair(of_dense[name], of_pruned[name]) for name in of_dense}
    right = [int(counts[answer == gold].sum()) for answer in (dense, pruned)]
    accuracy = ScorePair(accuracy_of(right[0], rows), accuracy_of(right[1], rows), pairs["accuracy"].change)
    return RunScores(
        rows=rows,
        accuracy=accuracy,
        f1=pairs["f1"],
        matthews=pairs["matthews"],
        lost=lost,
        won=won,
        mcnemar_p=float(binomtest(lost, lost + won).pvalue) if lost + won else 1.0,
    )


def accuracy_of(right: int, rows: int) -> Estimate:
    """The share of right rows with Wilson's 95% interval; NaN without rows."""
    value, low, high = wilson(np.array(right), np.array(rows))
    return Estimate(float(value), float(low), float(high))


def wilson(
    right: NDArray[np.int64] | NDArray[np.float64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shares and the ends of their 95% intervals, of any shape; NaN without rows."""
    n = np.where(rows > 0, rows, np.nan).astype(float)
    share = right / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    # Rounding must not exclude the share itself.
    return share, np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)


def _metrics(
    samples: NDArray[np.int64], gold: NDArray[np.int64], answer: NDArray[np.int64], classes: int
) -> dict[str, NDArray[np.float64]]:
    """Accuracy, F1 and Matthews correlation of each sample, (S,), from counts (S, M) of M kinds of rows."""
    samples = samples.astype(float)
    one_hot = np.eye(classes)
    truth = samples @ one_hot[gold]  # (S, C)
    answered = samples @ one_hot[answer]
    both = samples @ (one_hot[gold] * (gold == answer)[:, None])
    rows, right = truth.sum(1), both.sum(1)
    either = truth + answered
    f1 = _ratio(2 * both, either, 0.0)
    covariance = right * rows - (truth * answered).sum(1)
    spread = (rows**2 - (answered**2).sum(1)) * (rows**2 - (truth**2).sum(1))
    metrics = {
        "accuracy": _ratio(right, rows, np.nan),
        # The mean leaves out classes that occur neither in gold nor in answers.
        "f1": f1[:, 1] if classes == 2 else _ratio(f1.sum(1), (either > 0).sum(1), np.nan),
        "matthews": _ratio(covariance, np.sqrt(spread), 0.0),
    }
    return {name: np.where(rows > 0, values, np.nan) for name, values in metrics.items()}


def _ratio(
    above: NDArray[np.float64], below: NDArray[np.floating | np.integer], otherwise: float
) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(above, below, out=np.full(above.shape, otherwise), where=below > 0)
    return ratio


def _pair(dense: NDArray[np.float64], pruned: NDArray[np.float64]) -> ScorePair:
    return ScorePair(*(_estimate(values) for values in (dense, pruned, pruned - dense)))


def _estimate(values: NDArray[np.float64]) -> Estimate:
    """The first value, with an interval from the others."""
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Estimate(float(values[0]), float(low), float(high))
