"""What is read out of a run's stored results: frozen records, no queries.

Legend: K scales, L layers, C classes, n tokens. `dense` is scale 0 of the same weights, `pruned` the chosen
scale. A figure that no row gives (no row at all, or none with a gold label) is NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.stats import Estimate


@dataclass(frozen=True, eq=False)
class Curve:
    """The rows of one filter under every scale."""

    scales: tuple[float, ...]  # K
    rows: int
    labelled: int  # rows with a gold label: those that accuracy is over
    accuracy: NDArray[np.float64]  # (K,)
    accuracy_low: NDArray[np.float64]  # (K,) 95% interval
    accuracy_high: NDArray[np.float64]  # (K,)
    flops_share: NDArray[np.float64]  # (K,) of the dense model's, all rows together
    agreement: NDArray[np.float64]  # (K,) share of the rows that answer as dense


@dataclass(frozen=True, eq=False)
class Cost:
    """What the rows of a filter cost at one scale. MACs are sums over them."""

    rows: int
    dense_macs: int
    macs: int
    saved_edges: NDArray[np.float64]  # (21,) share of a row's FLOPs that is saved, 0 to 1
    saved_rows: NDArray[np.int64]  # (20,) rows in each bin; a bin holds its lower edge, the last both
    length_edges: NDArray[np.int64]  # (bins + 1,) tokens; a bin holds its lower edge, not its upper
    length_rows: NDArray[np.int64]  # (bins,) at most 20

    @property
    def flops_reduction(self) -> float:
        """How many times fewer FLOPs the pruned model needs."""
        return self.dense_macs / self.macs if self.macs else float("nan")


@dataclass(frozen=True)
class LengthBucket:
    """Rows of similar length, in tokens, ends included."""

    shortest: int
    longest: int
    rows: int
    labelled: int
    dense: Estimate  # accuracy
    pruned: Estimate
    flops_reduction: float


@dataclass(frozen=True)
class ValueBucket:
    """Rows that have one value in an extra column; "" is an empty cell."""

    value: str
    rows: int
    labelled: int
    dense: Estimate  # accuracy
    pruned: Estimate
    flops_reduction: float


@dataclass(frozen=True, eq=False)
class Survival:
    """Share of the tokens, ends included, that are alive after each layer."""

    all_rows: NDArray[np.float64]  # (L,)
    right: NDArray[np.float64]  # (L,) rows whose pruned answer is right
    lost: NDArray[np.float64]  # (L,) rows that dense gets right and pruned wrong
    rows: tuple[int, int, int]  # how many rows each of the three is over


@dataclass(frozen=True, eq=False)
class StoredRow:
    """One row with its answers at every scale. Classes are numbers; `gold` is None where there is none."""

    row: int  # in the file, from 1
    text: str
    text_pair: str | None
    gold: int | None
    extras: tuple[tuple[str, str | None], ...]  # column, value
    length: int  # tokens read, ends included
    total_tokens: int  # before the cut
    dense_macs: int
    token_ids: NDArray[np.int64]  # (n,)
    labels: NDArray[np.int64]  # (K,)
    confidences: NDArray[np.float64]  # (K,)
    margins: NDArray[np.float64]  # (K,)
    macs: NDArray[np.int64]  # (K,)
    depths: NDArray[np.int64]  # (K, n) layers that each token survives, 0 to L
