"""Does pruning keep what matters? The size of each word's attribution against the layers it survives.

The correlation is Spearman's; ties share their mean rank. It is computed for both predictions, with different
meanings. In the pruned prediction, a word that is dropped early has few layers in which to contribute, so
some agreement is built in. The unpruned prediction does not depend on the drops: there the correlation shows
whether pruning drops the words that the full model does not need.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, rankdata, spearmanr

from ltp_viz.analysis.stats import Estimate
from ltp_viz.analysis.why.explanation import Explanation, Method, Prediction

MIN_WORDS = 3
# Minimum difference between the two ranks of a listed word, and the length of a list.
MIN_GAP, MAX_LISTED = 0.25, 5
_RESAMPLES, _SEED = 2000, 0


@dataclass(frozen=True)
class RankAgreement:
    """Spearman's correlation over the words of one text; NaN with a reason if it is undefined."""

    rho: float
    words: int
    undefined: str = ""


@dataclass(frozen=True)
class Mismatch:
    """A word that one ranking places much higher than the other.

    A rank is the share of the text's other words that rank lower, 0 to 1; ties count half.
    """

    word: int  # index into the explanation's words
    importance_rank: float
    depth_rank: float

    @property
    def gap(self) -> float:
        """Importance rank minus depth rank, -1 to 1."""
        return self.importance_rank - self.depth_rank


@dataclass(frozen=True)
class Mismatches:
    """Words on which importance and survival disagree most, largest difference first."""

    early: tuple[Mismatch, ...]  # important but dropped before the end
    late: tuple[Mismatch, ...]  # kept but unimportant: survives longer than most words


def rank_agreement(values: NDArray[np.float64], depths: NDArray[np.int64]) -> RankAgreement:
    """Correlation of attribution sizes and layers survived, (W,) each."""
    words = len(values)
    if words < MIN_WORDS:
        reason = f"{words} word{'s' if words != 1 else ''}; a correlation needs {MIN_WORDS}"
        return RankAgreement(math.nan, words, reason)
    if len(set(depths.tolist())) == 1:
        return RankAgreement(math.nan, words, "all words survive equally long")
    sizes = _sizes(values)
    if len(set(sizes.tolist())) == 1:
        return RankAgreement(math.nan, words, "all attributions are equally large")
    return RankAgreement(float(spearmanr(sizes, depths).statistic), words)


def mismatches(values: NDArray[np.float64], depths: NDArray[np.int64], num_layers: int) -> Mismatches:
    """The two lists for attributions and depths (W,), at most `MAX_LISTED` words each.

    Important but dropped early: in the upper half by importance, dropped before the end, and ahead of at
    least a quarter more of the words in importance than in survival. Kept but unimportant: in the lower half
    by importance, surviving longer than the median word, and ahead of at least a quarter more of the words
    in survival than in importance.
    """
    importance, depth = _shares_below(_sizes(values)), _shares_below(depths)
    found = [Mismatch(i, float(importance[i]), float(depth[i])) for i in range(len(values))]
    middle = float(np.median(depths)) if len(depths) else 0.0
    early = [
        each
        for each in found
        if each.gap >= MIN_GAP and each.importance_rank > 0.5 and depths[each.word] < num_layers
    ]
    late = [
        each
        for each in found
        if -each.gap >= MIN_GAP and each.importance_rank < 0.5 and depths[each.word] > middle
    ]
    return Mismatches(
        tuple(sorted(early, key=lambda each: -each.gap)[:MAX_LISTED]),
        tuple(sorted(late, key=lambda each: each.gap)[:MAX_LISTED]),
    )


def explained_agreement(explanation: Explanation, method: Method, prediction: Prediction) -> RankAgreement:
    """The agreement of one explanation, by method and prediction."""
    return rank_agreement(explanation.values(method, prediction), explanation.depths)


def explained_mismatches(explanation: Explanation, method: Method, prediction: Prediction) -> Mismatches:
    """The mismatches of one explanation, by method and prediction."""
    return mismatches(explanation.values(method, prediction), explanation.depths, explanation.num_layers)


def mean_with_interval(values: Sequence[float]) -> Estimate:
    """Mean of the defined values with the 95 % interval of 2,000 bootstrap samples of the texts.

    NaN without values; the interval of a single value, or of equal ones, is NaN.
    """
    known = np.array([value for value in values if not math.isnan(value)])
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    if len(set(known.tolist())) == 1:
        return Estimate(mean, math.nan, math.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # samples without spread
        found = bootstrap(
            (known,),
            np.mean,
            n_resamples=_RESAMPLES,
            method="percentile",
            rng=np.random.default_rng(_SEED),
            vectorized=True,
            batch=200,
        ).confidence_interval
    return Estimate(mean, float(found.low), float(found.high))


def _sizes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # Values that differ by no more than rounding noise are equal.
    return np.abs(values).round(6)


def _shares_below(values: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the other values that each value exceeds, ties counted half, (W,); 0.5 for a single value."""
    if len(values) < 2:
        return np.full(len(values), 0.5)
    shares: NDArray[np.float64] = (rankdata(values) - 1) / (len(values) - 1)
    return shares
