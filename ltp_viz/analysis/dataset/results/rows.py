"""Rows of a run's results: for tables, and one in full."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from ltp_viz.analysis.dataset.results.database import RunDatabase
from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.records import StoredRow
from ltp_viz.core.answers import NO_LABEL
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.queries import quoted

Order = Literal["row", "margin", "confidence", "length", "flip scale"]
_ORDERS: dict[str, str] = {
    "row": "row",
    "margin": "margin",
    "confidence": "confidence",
    "length": "length",
    "flip scale": "flip_scale",
}


def shown_columns(database: RunDatabase, scale: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every shown column with its SQL expression; `more` comes before the extra columns.

    Names are unique regardless of case: an extra column with a taken name gets "_" appended.
    """
    columns = {
        "row": "row",
        "text": "text",
        "text_pair": "text_pair",
        "gold": answer_name(database, "gold"),
        "dense": answer_name(database, "label_0"),
        "pruned": answer_name(database, f"label_{scale}"),
        "dense_confidence": "confidence_0",
        "dense_margin": "margin_0",
        "confidence": f"confidence_{scale}",
        "margin": f"margin_{scale}",
        "length": "length",
        "cut": "total_tokens > length",
        "flops_saved": f"1 - macs_{scale} / dense_macs",
        "flip_scale": _flip_scale(database.spec.scales),
        **(more or {}),
    }
    for index, name in enumerate(database.extras):
        while name.lower() in {taken.lower() for taken in columns}:
            name += "_"
        columns[name] = f"extra_{index}"
    return columns


def select_list(columns: dict[str, str]) -> str:
    """The SELECT list of named columns."""
    return ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())


def answer_name(database: RunDatabase, column: str) -> str:
    """The SQL expression for a column of answers in words: names of classes, or of all labels of a set."""
    if database.spec.answer_kind == "labels":
        held = f"lambda name, place: ({column} >> (place - 1)) & 1 = 1"
        names = f"array_to_string(list_filter(getvariable('label_names'), {held}), ', ')"
        return f"CASE WHEN {column} IS NOT NULL THEN coalesce(nullif({names}, ''), '{NO_LABEL}') END"
    return f"getvariable('label_names')[{column} + 1]"


def rows(
    database: RunDatabase,
    where: RowFilter,
    scale: int,
    order: Order,
    descending: bool,
    limit: int,
    offset: int,
) -> pd.DataFrame:
    """See `RunResults.rows`."""
    if order not in _ORDERS:
        raise InputError(f"order is {order!r}; give one of {', '.join(_ORDERS)}.")
    if limit < 0 or offset < 0:
        raise InputError(f"limit is {limit} and offset {offset}; give whole numbers from 0.")
    condition, values = database.condition(where, scale)
    direction = "DESC" if descending else "ASC"
    columns = select_list(shown_columns(database, scale))
    return database.frame(
        f"SELECT * FROM (SELECT {columns} FROM results {condition}) "
        f"ORDER BY {_ORDERS[order]} {direction} NULLS LAST, row LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )


def row(database: RunDatabase, number: int) -> StoredRow:
    """See `RunResults.row`."""
    scales = range(len(database.spec.scales))
    columns = ["row", "text", "text_pair", "gold", "length", "total_tokens", "dense_macs", "token_ids"]
    columns += [f"extra_{index}" for index in range(len(database.extras))]
    columns += [f"{name}_{k}" for name in ("label", "confidence", "margin", "macs", "depths") for k in scales]
    found = database.fetch(f"SELECT {', '.join(columns)} FROM results WHERE row = ?", [number])
    if not found:
        raise InputError(
            f"Row {number} is not among the results; it has no text, or the run has not reached it."
        )
    cells = dict(zip(columns, found[0], strict=True))

    def at_all_scales(name: str, kind: type) -> Any:
        return np.array([cells[f"{name}_{k}"] for k in scales], dtype=kind)

    return StoredRow(
        row=cells["row"],
        text=cells["text"],
        text_pair=cells["text_pair"],
        gold=cells["gold"],
        extras=tuple((name, cells[f"extra_{index}"]) for index, name in enumerate(database.extras)),
        length=cells["length"],
        total_tokens=cells["total_tokens"],
        dense_macs=cells["dense_macs"],
        token_ids=np.array(cells["token_ids"], dtype=np.int64),
        labels=at_all_scales("label", np.int64),
        confidences=at_all_scales("confidence", np.float64),
        margins=at_all_scales("margin", np.float64),
        macs=at_all_scales("macs", np.int64),
        depths=at_all_scales("depths", np.int64),
    )


def _flip_scale(scales: tuple[float, ...]) -> str:
    """The SQL expression for the smallest scale at which the answer differs from dense; NULL if there is
    none."""
    cases = " ".join(
        f"WHEN label_{k} <> label_0 THEN {scale!r}::DOUBLE" for k, scale in enumerate(scales) if k
    )
    return f"CASE {cases} END"
