"""Questions to Parquet files, answered by DuckDB in place: in bounded memory and without a network."""

import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from ltp_viz.data.errors import InputError

_SETTINGS: dict[str, Any] = {
    "memory_limit": "1GB",
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def connect() -> duckdb.DuckDBPyConnection:
    """A database of its own in memory, to be used in a `with`."""
    # What does not fit goes to a folder of its own, which DuckDB makes if need be and removes at the end.
    spill = Path(tempfile.gettempdir()) / f"ltp-viz-{uuid.uuid4().hex}"
    return duckdb.connect(":memory:", config=_SETTINGS | {"temp_directory": str(spill)})


def quoted(column: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + column.replace('"', '""') + '"'


def ask(path: Path, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows that `sql` gives, where the Parquet file at `path` is called `t` and ? are the values.

    Raises InputError if there is no such file any more.
    """
    try:
        with connect() as connection:
            connection.read_parquet(str(path)).create_view("t")
            return connection.execute(sql, list(values)).fetchall()
    except duckdb.Error as error:  # damage has many kinds
        raise InputError(f"The table {path} cannot be read; load the original file again.") from error
