"""Which column of a source table is what, and the blocks of rows that a run reads of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ltp_viz.data.errors import InputError

MOST_EXTRAS = 8


@dataclass(frozen=True)
class Roles:
    """Which column is what, and which class each label value means."""

    text: str
    text_pair: str | None
    label: str | None  # None: no gold labels
    classes: tuple[tuple[str, int], ...]  # label value as written -> class index
    extras: tuple[str, ...] = ()  # other columns kept beside the results, at most MOST_EXTRAS

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Roles":
        """The opposite of `to_dict`. Raises InputError where something is not as that writes it."""
        try:
            return cls(
                text=_word(told["text"]),
                text_pair=None if told["text_pair"] is None else _word(told["text_pair"]),
                label=None if told["label"] is None else _word(told["label"]),
                classes=tuple((_word(value), int(index)) for value, index in told["classes"]),
                extras=tuple(map(_word, told.get("extras", ()))),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{told!r} does not say which column is what; set the columns anew.") from error


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _gone(path: str | Path) -> InputError:
    return InputError(f"The table {path} cannot be read; load the original file again.")


def read_block(path: str | Path, roles: Roles, index: int, block_rows: int) -> pa.Table:
    """The rows with index * block_rows < row <= (index + 1) * block_rows that have a text, in order.

    Columns: `row` int64, `text` string, `text_pair` string (null without pairs), `gold` int16 (null where
    the label is missing or means no class), `extra_0`... string, in the order of `roles.extras`. `path` may
    be any URL that fsspec knows. Raises InputError if it cannot be read or lacks a column.
    """
    wanted = ["row", *(name for name in (roles.text, roles.text_pair, roles.label) if name), *roles.extras]
    first = index * block_rows
    try:
        with fsspec.open(str(path), "rb") as file, pq.ParquetFile(file) as parquet:
            missing = next((name for name in wanted if name not in parquet.schema_arrow.names), None)
            if missing is not None:
                raise InputError(f"The table {path} has no column {missing!r}; set the columns anew.")
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
        "gold": _gold(nothing if roles.label is None else table[roles.label], roles),
    }
    columns |= {f"extra_{number}": table[name] for number, name in enumerate(roles.extras)}
    has_text = pc.is_valid(columns["text"])
    if roles.text_pair is not None:
        has_text = pc.and_(has_text, pc.is_valid(columns["text_pair"]))
    return pa.table(columns).filter(has_text).combine_chunks()


def _gold(labels: pa.Array | pa.ChunkedArray, roles: Roles) -> pa.Array | pa.ChunkedArray:
    values = pa.array([value for value, _ in roles.classes], pa.string())
    indices = pa.array([index for _, index in roles.classes], pa.int16())
    return pc.take(indices, pc.index_in(labels, value_set=values))
