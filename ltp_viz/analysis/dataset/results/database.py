"""The stored rows of a run as one table of an in-memory DuckDB database, read in place."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd

from ltp_viz.analysis.dataset.results.filters import RowFilter, condition
from ltp_viz.analysis.dataset.runs.store import PARTS, RESULTS, RunStore
from ltp_viz.data.errors import InputError

Answer = TypeVar("Answer")

# The columns of `results` before the first part is stored.
_SHARED = {
    "row": "BIGINT",
    "text": "VARCHAR",
    "text_pair": "VARCHAR",
    "gold": "BIGINT",
    "length": "INTEGER",
    "total_tokens": "INTEGER",
    "token_ids": "INTEGER[]",
    "dense_macs": "BIGINT",
}
_PER_SCALE = {
    "label": "BIGINT",
    "confidence": "FLOAT",
    "margin": "FLOAT",
    "macs": "BIGINT",
    "depths": "UTINYINT[]",
}


class RunDatabase:
    """The view `results` over a run's files, as of when it was opened or last refreshed."""

    def __init__(self, folder: Path, memory_limit: str):
        self.folder = folder
        self.spec = RunStore(folder).spec()
        self.extras = self.spec.roles.extras
        # DuckDB spills to this folder alone; it is removed with this object.
        self._spill = tempfile.TemporaryDirectory(prefix="ltp-viz-")
        self._database = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "temp_directory": self._spill.name,
                # DuckDB would download an extension that is not built in.
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._database.execute("SET parquet_metadata_cache = true")  # a running run has many files
        self.set("label_names", list(self.spec.label_names))
        self.is_complete = False
        self.refresh()

    def refresh(self) -> None:
        """List the files again."""
        with self._errors_as_messages():
            try:
                self._open_files()
            except duckdb.IOException:  # the listed parts have been joined since
                self._open_files()

    def _open_files(self) -> None:
        # Parts are listed first: they are removed only after the results are written, so a list of parts
        # without results was complete.
        parts = sorted((self.folder / PARTS).glob("part-*.parquet"))
        results = self.folder / RESULTS
        self.is_complete = results.exists()
        files = [_literal(str(path)) for path in ([results] if self.is_complete else parts)]
        self.set("files", files)
        stored = "SELECT * FROM read_parquet(getvariable('files'))"
        self._database.execute(f"CREATE OR REPLACE VIEW results AS {stored if files else self._nothing()}")

    @property
    def num_layers(self) -> int:
        """Layers of the model, L; 0 before the first row. Tokens of the dense model survive all layers."""
        found = self.fetch("SELECT list_max(depths_0) FROM results LIMIT 1")
        return int(found[0][0]) if found else 0

    def set(self, name: str, value: Any) -> None:
        """Set a variable that a query reads with `getvariable('name')`."""
        self._database.execute(f"SET VARIABLE {name} = ?", [value])

    def condition(self, where: RowFilter, scale: int) -> tuple[str, list[Any]]:
        """The `WHERE ...` clause of a filter and its values. Raises InputError for an invalid filter or
        scale."""
        if not 0 <= scale < len(self.spec.scales):
            raise InputError(
                f"Scale number {scale} is not in this run; give one from 0 to {len(self.spec.scales) - 1}."
            )
        sql, values = condition(where, scale, self.extras, self.spec.answer_kind)
        if where.pattern:
            try:
                self._database.execute("SELECT regexp_matches('', ?, 'i')", [values[0]])
            except duckdb.InvalidInputException as error:
                reason = str(error).removeprefix("Invalid Input Error: ").splitlines()[0]
                raise InputError(
                    f"The pattern {where.pattern!r} is not a regular expression ({reason}); correct it."
                ) from error
        return f"WHERE {sql}", values

    def fetch(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._query(sql, values, lambda answer: answer.fetchall())

    def frame(self, sql: str, values: list[Any] | None = None) -> pd.DataFrame:
        """The rows of a query as a data frame."""
        return self._query(sql, values, lambda answer: answer.df())

    def copy(self, sql: str, values: list[Any], target: Path, how: str) -> None:
        """Stream the rows of a query to a file. Raises OSError if the file cannot be written."""
        try:
            self.fetch(f"COPY ({sql}) TO {_text_literal(str(target))} ({how})", values)
        except InputError as error:
            if target.name in str(error):  # writing failed, not reading
                raise OSError(errno.EIO, "the disk may be full") from error
            raise

    def _query(
        self, sql: str, values: list[Any] | None, read: Callable[[duckdb.DuckDBPyConnection], Answer]
    ) -> Answer:
        with self._errors_as_messages():
            try:
                return read(self._database.execute(sql, values))
            except duckdb.IOException:
                # The parts have been joined since, perhaps during the read.
                self.refresh()
                return read(self._database.execute(sql, values))

    @contextmanager
    def _errors_as_messages(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise InputError("This needs more memory than a query may take; narrow the filter.") from error
        except duckdb.Error as error:  # damaged files raise many kinds of error
            raise InputError(
                f"The results in {str(self.folder)!r} cannot be read ({str(error).splitlines()[0]}); "
                "remove the run and start it again."
            ) from error

    def _nothing(self) -> str:
        columns = _SHARED | {f"extra_{i}": "VARCHAR" for i in range(len(self.extras))}
        for k in range(len(self.spec.scales)):
            columns |= {f"{name}_{k}": kind for name, kind in _PER_SCALE.items()}
        return (
            "SELECT "
            + ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
            + " WHERE false"
        )


def _text_literal(value: str) -> str:
    """A text as an SQL literal, for places where a parameter cannot be bound."""
    return "'" + value.replace("'", "''") + "'"


def _literal(path: str) -> str:
    """A path in which DuckDB finds no glob pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)
