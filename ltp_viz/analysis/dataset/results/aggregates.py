"""Accuracy and cost of the filtered rows: over all scales, by length, by the values of an extra column."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.dataset.results.database import RunDatabase
from ltp_viz.analysis.dataset.results.filters import RowFilter, extra_column
from ltp_viz.analysis.dataset.results.records import Cost, Curve, LengthBucket, ValueBucket
from ltp_viz.analysis.stats import accuracy_of, wilson
from ltp_viz.data.errors import InputError

BINS = 20


def curve(database: RunDatabase, where: RowFilter, scale: int) -> Curve:
    """See `RunResults.curve`."""
    scales = database.spec.scales
    condition, values = database.condition(where, scale)
    sums = ", ".join(
        f"count_if(label_{k} = gold), sum(macs_{k}), count_if(label_{k} = label_0)"
        for k in range(len(scales))
    )
    rows, labelled, dense_macs, *sums_of_scales = database.fetch(
        f"SELECT count(*), count(gold), sum(dense_macs), {sums} FROM results {condition}", values
    )[0]
    # A sum over no rows is NULL, which becomes NaN.
    right, macs, agreeing = np.array(sums_of_scales, dtype=float).reshape(len(scales), 3).T
    accuracy, low, high = wilson(right, np.full(len(scales), labelled))
    return Curve(
        scales=scales,
        rows=rows,
        labelled=labelled,
        accuracy=accuracy,
        accuracy_low=low,
        accuracy_high=high,
        flops_share=macs / float(dense_macs or 1),
        agreement=agreeing / (rows or np.nan),
    )


def cost(database: RunDatabase, where: RowFilter, scale: int) -> Cost:
    """See `RunResults.cost`."""
    condition, values = database.condition(where, scale)
    # Integer arithmetic, so that a share on an edge falls into the bin above it.
    bin_of = f"least((dense_macs - macs_{scale}) * {BINS} // dense_macs, {BINS - 1})"
    groups = database.fetch(
        f"SELECT length, {bin_of}, count(*), sum(dense_macs), sum(macs_{scale}) "
        f"FROM results {condition} GROUP BY ALL",
        values,
    )
    lengths, bins, rows = np.array([group[:3] for group in groups], dtype=np.int64).reshape(-1, 3).T
    length_edges, length_rows = _length_histogram(lengths, rows)
    return Cost(
        rows=int(rows.sum()),
        dense_macs=sum(int(group[3]) for group in groups),
        macs=sum(int(group[4]) for group in groups),
        saved_edges=np.linspace(0, 1, BINS + 1),
        saved_rows=np.bincount(bins, weights=rows, minlength=BINS).astype(np.int64),
        length_edges=length_edges,
        length_rows=length_rows,
    )


def length_buckets(
    database: RunDatabase, where: RowFilter, scale: int, count: int
) -> tuple[LengthBucket, ...]:
    """See `RunResults.length_buckets`."""
    if count < 1:
        raise InputError(f"count is {count}; give at least one bucket.")
    condition, values = database.condition(where, scale)
    by_length = database.fetch(
        f"SELECT length, {_sums(scale)} FROM results {condition} GROUP BY length ORDER BY length", values
    )
    if not by_length:
        return ()
    lengths = np.array([length for length, *_ in by_length])
    sums = np.array([row[1:] for row in by_length], dtype=object)
    until = np.cumsum(sums[:, 0].astype(np.int64))
    # The length of the row at each quantile, as `numpy.quantile(..., method="lower")` finds it.
    places = (np.linspace(0, 1, count + 1)[1:-1] * (until[-1] - 1)).astype(np.int64)
    edges = lengths[np.searchsorted(until, places, side="right")]
    bucket = np.searchsorted(edges, lengths, side="left")
    masks = [bucket == index for index in range(count)]
    return tuple(
        LengthBucket(int(lengths[mask].min()), int(lengths[mask].max()), **_summary(sums[mask].sum(0)))
        for mask in masks
        if mask.any()
    )


def extra_values(database: RunDatabase, name: str, limit: int) -> tuple[tuple[str, int], ...]:
    """See `RunResults.extra_values`."""
    column = f"coalesce({extra_column(name, database.extras)}, '')"
    counted = database.fetch(
        f"SELECT {column} AS value, count(*) AS rows FROM results GROUP BY value "
        "ORDER BY rows DESC, value LIMIT ?",
        [limit],
    )
    return tuple((value, rows) for value, rows in counted)


def by_extra(
    database: RunDatabase, name: str, where: RowFilter, scale: int, limit: int
) -> tuple[ValueBucket, ...]:
    """See `RunResults.by_extra`."""
    column = f"coalesce({extra_column(name, database.extras)}, '')"
    condition, values = database.condition(where, scale)
    groups = database.fetch(
        f"SELECT {column} AS value, {_sums(scale)} FROM results {condition} GROUP BY value "
        "ORDER BY rows DESC, value LIMIT ?",
        [*values, limit],
    )
    return tuple(ValueBucket(value, **_summary(sums)) for value, *sums in groups)


def _sums(scale: int) -> str:
    # Without gold labels nothing is counted and DuckDB returns NULL.
    right = "coalesce(count_if({} = gold), 0)"
    return (
        f"count(*) AS rows, count(gold), {right.format('label_0')}, {right.format(f'label_{scale}')}, "
        f"sum(dense_macs), sum(macs_{scale})"
    )


def _summary(sums: Sequence[Any]) -> dict[str, Any]:
    """The fields that both kinds of bucket share, from the columns of `_sums`."""
    rows, labelled, dense_right, pruned_right, dense_macs, macs = map(int, sums)
    return {
        "rows": rows,
        "labelled": labelled,
        "dense": accuracy_of(dense_right, labelled),
        "pruned": accuracy_of(pruned_right, labelled),
        "flops_reduction": dense_macs / macs,
    }


def _length_histogram(
    lengths: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Edges and rows of at most BINS bins of equal integer width."""
    if not len(lengths):
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    width = -(-(int(np.ptp(lengths)) + 1) // BINS)
    edges = np.arange(lengths.min(), lengths.max() + width + 1, width)
    return edges, np.histogram(lengths, edges, weights=rows)[0].astype(np.int64)
