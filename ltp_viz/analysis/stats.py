"""Estimates with intervals, and the scores of dense and pruned answers from their confusion with gold.

Every score of `data.metrics.task_metrics` follows from three counts per class c: rows with gold c, rows with
answer c, and rows with both. The same holds for a bootstrap sample of the rows, which is a multinomial draw
of the cells' counts; dense and pruned share the draw, so their difference is paired.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from ltp_viz.data.label_sets import set_members

DRAWS = 1000
_SEED = 0
_MOST_DRAWN = 2**22  # counts of groups held at a time
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
    f1: ScorePair  # of class 1 where there are two, else the mean over classes; of sets, all labels together
    matthews: ScorePair | None  # None of sets
    lost: int  # dense right, pruned wrong
    won: int  # dense wrong, pruned right
    # exact, two-sided: lost and won as sides of a fair coin; 1 if both are 0
    mcnemar_p: float
    macro_f1: ScorePair | None = None  # of sets of labels, the mean over labels
    by_label: tuple[ScorePair, ...] = ()  # of sets of labels, F1 of each, (C,)


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
        mcnemar_p=_mcnemar_p(lost, won),
    )


def set_scores(groups: NDArray[np.int64], labels: int) -> RunScores:
    """Scores of sets of labels from their numbers (`data.label_sets`): gold, dense, pruned and the rows of
    each such group, (M, 4); NaN without rows. Accuracy is the share of rows whose labels are all right."""
    gold, dense, pruned, counts = groups.T
    rows = int(counts.sum())
    truth, of_dense, of_pruned = (set_members(each, labels) for each in (gold, dense, pruned))
    # Per group and label: in gold and answer, and in either; (M, 4 C + 2) with the rows that are right.
    features = np.concatenate(
        [
            *(part for answer in (of_dense, of_pruned) for part in (truth & answer, truth * 1 + answer)),
            np.stack([dense == gold, pruned == gold], 1),
        ],
        axis=1,
    ).astype(float)
    sums = [counts @ features]
    if rows:
        generator = np.random.default_rng(_SEED)
        step = max(1, _MOST_DRAWN // len(counts))
        for first in range(0, DRAWS, step):
            draws = generator.multinomial(rows, counts / rows, size=min(step, DRAWS - first))
            sums.append(draws @ features)
    summed = np.vstack(sums)  # (1 + DRAWS, 4 C + 2), the original rows first
    sides = [_set_metrics(summed[:, 2 * side * labels :], labels) for side in (0, 1)]
    right = [int((counts * (answer == gold)).sum()) for answer in (dense, pruned)]
    lost = int(counts[(dense == gold) & (pruned != gold)].sum())
    won = int(counts[(dense != gold) & (pruned == gold)].sum())
    change = (summed[:, -1] - summed[:, -2]) / (rows or np.nan)
    return RunScores(
        rows=rows,
        accuracy=ScorePair(accuracy_of(right[0], rows), accuracy_of(right[1], rows), _estimate(change)),
        f1=_pair(sides[0][0], sides[1][0]),
        matthews=None,
        lost=lost,
        won=won,
        mcnemar_p=_mcnemar_p(lost, won),
        macro_f1=_pair(sides[0][1], sides[1][1]),
        by_label=tuple(_pair(first, second) for first, second in zip(sides[0][2], sides[1][2], strict=True)),
    )


def _set_metrics(
    sums: NDArray[np.float64], labels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Micro F1 (S,), macro F1 (S,) and the F1 of each label (C, S), from 2 C sums of each sample."""
    both, either = sums[:, :labels], sums[:, labels : 2 * labels]
    each = _ratio(2 * both, either, 0.0)
    return _ratio(2 * both.sum(1), either.sum(1), 0.0), each.mean(1), each.T


def _mcnemar_p(lost: int, won: int) -> float:
    return float(binomtest(lost, lost + won).pvalue) if lost + won else 1.0


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
    if len(values) == 1:  # no rows to draw from
        return Estimate(float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Estimate(float(values[0]), float(low), float(high))
