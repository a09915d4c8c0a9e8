"""Exports of a run's rows to one file, streamed by DuckDB."""

from pathlib import Path
from typing import Any, Literal, get_args

from ltp_viz.analysis.dataset.results.database import RunDatabase
from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.rows import answer_name, select_list, shown_columns
from ltp_viz.analysis.exports import FORMULA_STARTS, defused
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.queries import quoted

ExportKind = Literal["parquet", "csv", "json"]
_FORMATS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "json": "FORMAT json, ARRAY true",
}


def export(database: RunDatabase, where: RowFilter, scale: int, path: Path, kind: ExportKind) -> None:
    """See `RunResults.export`."""
    if kind not in get_args(ExportKind):
        raise InputError(f"kind is {kind!r}; give one of {', '.join(get_args(ExportKind))}.")
    condition, values = database.condition(where, scale)
    answers: dict[str, str] = {}
    for k, value in enumerate(database.spec.scales):
        answers[f"answer_{value:.10g}"] = answer_name(database, f"label_{k}")
        answers[f"confidence_{value:.10g}"] = f"confidence_{k}"
    query = f"SELECT {select_list(shown_columns(database, scale, answers))} FROM results {condition}"
    if kind == "csv":
        query = f"SELECT {_defused_columns(database, query, values)} FROM ({query})"
    try:
        with atomic_write(path) as aside:
            aside.touch()  # raises an OSError of its own if the place is not writable
            database.copy(query, values, aside, _FORMATS[kind])
    except OSError as error:
        raise InputError(
            f"{str(path)!r} cannot be written ({error.strerror}); choose another place."
        ) from error


def _defused_columns(database: RunDatabase, query: str, values: list[Any]) -> str:
    """The SELECT list that applies `exports.defused` to column names and text cells."""
    database.set("formula_starts", list(FORMULA_STARTS))
    columns = []
    for name, kind, *_ in database.fetch(f"DESCRIBE {query}", values):
        cell = quoted(name)
        if kind == "VARCHAR":
            runs = f"list_contains(getvariable('formula_starts'), left({cell}, 1))"
            cell = f"CASE WHEN {runs} THEN chr(39) || {cell} ELSE {cell} END"
        columns.append(f"{cell} AS {quoted(defused(name))}")
    return ", ".join(columns)
