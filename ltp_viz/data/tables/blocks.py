"""The blocks of rows that a run reads of a source table."""

from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.label_sets import code_of_row
from ltp_viz.data.tables.roles import Roles


def _gone(path: str | Path) -> InputError:
    return InputError(f"The table {path} cannot be read; load the original file again.")


def read_block(path: str | Path, roles: Roles, index: int, block_rows: int) -> pa.Table:
    """The rows with index * block_rows < row <= (index + 1) * block_rows that have a text, in order.

    Columns: `row` int64, `text` string, `text_pair` string (null without pairs), `gold` int16, or int64 where
    rows have sets of labels (null where the label is missing or means no class), `extra_0`... string, in the
    order of `roles.extras`. `path` may be any URL that fsspec knows. Raises InputError if it cannot be read
    or lacks a column.
    """
    wanted = ["row", *roles.texts, *roles.label_columns, *roles.extras]
    first = index * block_rows
    try:
        with fsspec.open(str(path), "rb") as file, pq.ParquetFile(file) as parquet:
            missing = next((name for name in wanted if name not in parquet.schema_arrow.names), None)
            if missing is not None:
                raise InputError(f"The table {path} has no column {missing!r}; set the columns again.")
            sizes = [parquet.metadata.row_group(group).num_rows for group in range(parquet.num_row_groups)]
            # Rows are numbered in the order of the file: a row's place is its number less one.
            ends = np.cumsum([0, *sizes])
            groups = np.flatnonzero((ends[1:] > first) & (ends[:-1] < first + block_rows))
            table = parquet.read_row_groups(groups.tolist(), wanted, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise _gone(path) from error
    start = int(ends[groups[0]]) if len(groups) else first
    return _in_roles(table.slice(max(first - start, 0), block_rows - max(start - first, 0)), roles)


def _in_roles(table: pa.Table, roles: Roles) -> pa.Table:
    nothing = pa.nulls(len(table), pa.string())
    columns: dict[str, Any] = {
        "row": table["row"],
        "text": table[roles.text],
        "text_pair": nothing if roles.text_pair is None else table[roles.text_pair],
        "gold": _gold(table, roles),
    }
    columns |= {f"extra_{number}": table[name] for number, name in enumerate(roles.extras)}
    has_text = pc.is_valid(columns["text"])
    if roles.text_pair is not None:
        has_text = pc.and_(has_text, pc.is_valid(columns["text_pair"]))
    return pa.table(columns).filter(has_text).combine_chunks()


def _gold(table: pa.Table, roles: Roles) -> pa.Array | pa.ChunkedArray:
    if roles.form != "class":
        known = dict(roles.classes)
        cells = zip(*(table[column].to_pylist() for column in roles.label_columns), strict=True)
        return pa.array([code_of_row(roles, row, known) for row in cells], pa.int64())
    labels = pa.nulls(len(table), pa.string()) if roles.label is None else table[roles.label]
    values = pa.array([value for value, _ in roles.classes], pa.string())
    indices = pa.array([index for _, index in roles.classes], pa.int16())
    return pc.take(indices, pc.index_in(labels, value_set=values))
