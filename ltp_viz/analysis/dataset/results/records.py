"""Frozen records of what queries read from a run's stored results.

Legend: K scales, L layers, C classes, n tokens. `dense` is scale 0 of the same weights, `pruned` the chosen
scale. A figure without a row to compute it from (no row at all, or none with a gold label) is NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.stats import Estimate


@dataclass(frozen=True, eq=False)
class Curve:
    """The filtered rows under every scale."""

    scales: tuple[float, ...]  # K
    rows: int
    labelled: int  # rows with a gold label, which accuracy is computed from
    accuracy: NDArray[np.float64]  # (K,)
    accuracy_low: NDArray[np.float64]  # (K,) 95% interval
    accuracy_high: NDArray[np.float64]  # (K,)
    flops_share: NDArray[np.float64]  # (K,) of the dense FLOPs, over all rows
    agreement: NDArray[np.float64]  # (K,) share of rows with the same answer as dense


@dataclass(frozen=True, eq=False)
class Cost:
    """The cost of the filtered rows at one scale. MACs are sums over the rows."""

    rows: int
    dense_macs: int
    macs: int
    saved_edges: NDArray[np.float64]  # (21,) share of a row's FLOPs that is saved, 0 to 1
    saved_rows: NDArray[np.int64]  # (20,) rows in each bin; a bin includes its lower edge, the last one both
    length_edges: NDArray[np.int64]  # (bins + 1,) tokens; a bin includes its lower edge only
    length_rows: NDArray[np.int64]  # (bins,) at most 20

    @property
    def flops_reduction(self) -> float:
        """Dense FLOPs over pruned FLOPs."""
        return self.dense_macs / self.macs if self.macs else float("nan")


@dataclass(frozen=True)
class LengthBucket:
    """Rows of similar length in tokens, special ones included."""

    shortest: int
    longest: int
    rows: int
    labelled: int
    dense: Estimate  # accuracy
    pruned: Estimate
    flops_reduction: float


@dataclass(frozen=True)
class ValueBucket:
    """Rows that share a value of an extra column; "" is an empty cell."""

    value: str
    rows: int
    labelled: int
    dense: Estimate  # accuracy
    pruned: Estimate
    flops_reduction: float


@dataclass(frozen=True, eq=False)
class Survival:
    """Share of tokens, special ones included, that are kept after each layer."""

    all_rows: NDArray[np.float64]  # (L,)
    right: NDArray[np.float64]  # (L,) in rows whose pruned answer is right
    lost: NDArray[np.float64]  # (L,) in rows that dense gets right and pruned wrong
    rows: tuple[int, int, int]  # number of rows behind each of the three


@dataclass(frozen=True, eq=False)
class StoredRow:
    """One row with its answers at every scale. Answers are numbers of classes or sets
    (`data.label_sets`); `gold` is None without a gold label."""

    row: int  # in the file, from 1
    text: str
    text_pair: str | None
    gold: int | None
    extras: tuple[tuple[str, str | None], ...]  # column, value
    length: int  # tokens read, special ones included
    total_tokens: int  # before truncation
    dense_macs: int
    token_ids: NDArray[np.int64]  # (n,)
    labels: NDArray[np.int64]  # (K,)
    confidences: NDArray[np.float64]  # (K,)
    margins: NDArray[np.float64]  # (K,)
    macs: NDArray[np.int64]  # (K,)
    depths: NDArray[np.int64]  # (K, n) layers that each token survives, 0 to L
