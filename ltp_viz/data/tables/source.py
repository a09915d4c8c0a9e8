"""A labelled file of any size, taken in once: checked, and written as one Parquet file that all else reads.

Bytes go through in a stream, so memory does not grow with the file. Whatever the file's kind, the result is
alike: a column `row` and the file's columns as text, where a blank cell is NULL and "NA", "null" or "nan"
are words. `text_rows` reads CSV, TSV and JSON lines, `parquet_rows` reads Parquet.
"""

import errno
import itertools
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.limits import ColumnsOfText, check_column_names
from ltp_viz.data.tables.parquet_rows import open_parquet
from ltp_viz.data.tables.text_rows import ENCODINGS, open_text

TEXT_KINDS = (".csv", ".tsv", ".jsonl")
KINDS = (*TEXT_KINDS, ".parquet")
_METADATA_KEY = b"ltp_viz.source"
# Part of every fingerprint: to be raised when the same bytes come to be read otherwise.
_READER_VERSION = "1"
# Few at once: each cell may be long.
_PREVIEW_BATCH = 64


@dataclass(frozen=True)
class SourceTable:
    """A file as it was taken in: one Parquet file, all cells text, empty cells NULL."""

    path: Path  # Parquet: `row` BIGINT (1-based, file order) and the original columns as VARCHAR
    name: str  # what the person calls it (file name)
    columns: tuple[str, ...]  # original names in order, unique; an original "row" is stored as "row_"
    rows: int
    fingerprint: str  # sha256 hex of the original bytes and of how they were read


def take_in(source: Path, target: Path, *, name: str | None = None, encoding: str = "utf-8") -> SourceTable:
    """Read a CSV, TSV, JSON-lines or Parquet file and write it to `target`, whole or not at all.

    `name` is what messages call the file; its ending says the kind where that of `source` does not.
    `encoding` is that of a text file; UTF-16 is recognised by its byte order mark whatever it says. Raises
    InputError, with the number of a line where there is one, if the file cannot be read.
    """
    source, target = Path(source), Path(target)
    name = name or source.name
    if encoding not in ENCODINGS:
        raise InputError(f"The encoding {encoding!r} is not known; choose one of {', '.join(ENCODINGS)}.")
    kind = _kind_of(source, name)
    if not source.is_file():
        raise InputError(f"There is no file {name}; give a {_KIND_NAMES} file.")
    try:
        if source.stat().st_size == 0:
            raise InputError(f"{name} is empty; give a file with a header and at least one row.")
        rows = open_parquet(source, name) if kind == ".parquet" else open_text(source, name, kind, encoding)
        return _write(rows, target, name)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full; make room and load it again" if is_full else error.strerror or error
        raise InputError(f"{name} cannot be taken in: {reason}.") from error


_KIND_NAMES = "CSV, TSV, JSONL or Parquet"


def _kind_of(source: Path, name: str) -> str:
    for ending in (source.suffix.lower(), Path(name).suffix.lower()):
        if ending in KINDS:
            return ending
    ending = Path(name).suffix
    told = f"ends in {ending!r}" if ending else "has a name without an ending"
    raise InputError(f"{name} {told}; give a {_KIND_NAMES} file, with a name that ends so.")


def _write(rows: ColumnsOfText, target: Path, name: str) -> SourceTable:
    """Number the rows, set blank cells to NULL and write all to `target`."""
    columns = _stored_names(check_column_names(rows.columns, name))
    schema = pa.schema([("row", pa.int64()), *((column, pa.string()) for column in columns)])
    count = 0
    with atomic_write(target) as aside, pq.ParquetWriter(aside, schema, compression="zstd") as writer:
        for cells in rows.batches:
            numbers = pa.array(range(count + 1, count + 1 + len(cells[0])), pa.int64())
            count += len(numbers)
            writer.write_batch(pa.record_batch([numbers, *map(_blank_as_null, cells)], schema=schema))
        if count == 0:
            raise InputError(f"{name} has no rows; give a file with at least one.")
        fingerprint = rows.fingerprint(_READER_VERSION)
        told = {"name": name, "columns": columns, "rows": count, "fingerprint": fingerprint}
        writer.add_key_value_metadata({_METADATA_KEY: json.dumps(told)})
    return SourceTable(target, name, columns, count, fingerprint)


def _blank_as_null(cells: pa.StringArray) -> pa.StringArray:
    is_blank = pc.or_(pc.equal(cells, ""), pc.utf8_is_space(cells))
    return pc.if_else(is_blank, None, cells)


def _stored_names(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The names with a column of the file's own called "row" moved out of the way."""
    taken = {column.lower() for column in columns}
    stored = []
    for column in columns:
        name = column
        while name.lower() == "row" or (name != column and name.lower() in taken):
            name += "_"
        stored.append(name)
    return tuple(stored)


def open_source(path: Path) -> SourceTable:
    """The table that an earlier `take_in` wrote. Raises InputError if `path` holds none."""
    path = Path(path)
    try:
        told: dict[str, Any] = json.loads(pq.read_metadata(path).metadata[_METADATA_KEY])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is not a table that was taken in; load the original file again.") from error
    return SourceTable(path, told["name"], tuple(told["columns"]), told["rows"], told["fingerprint"])


def preview(table: SourceTable, rows: int = 20, characters: int | None = None) -> pd.DataFrame:
    """The first rows: `row` and the columns; a missing cell is missing there too.

    Cells are cut to so many `characters`, where given. Raises InputError if the table is not there any more.
    """
    try:
        with pq.ParquetFile(table.path) as file:
            some = itertools.islice(file.iter_batches(_PREVIEW_BATCH), -(-rows // _PREVIEW_BATCH))
            first = pa.Table.from_batches([_cut(batch, characters) for batch in some], file.schema_arrow)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"The table {table.path} cannot be read; load {table.name} again.") from error
    frame: pd.DataFrame = first.slice(0, rows).to_pandas()
    return frame


def _cut(batch: pa.RecordBatch, characters: int | None) -> pa.RecordBatch:
    if characters is None:
        return batch
    numbers, *columns = batch.columns
    cut = [pc.utf8_slice_codeunits(column, 0, characters) for column in columns]
    return pa.record_batch([numbers, *cut], schema=batch.schema)


def take_in_hub(name: str, split: str, target: Path) -> SourceTable:
    """One split of a data set on the Hugging Face hub, "owner/name" or "owner/name:config", read as a stream.

    Raises InputError where it cannot be had.
    """
    from ltp_viz.data.tables.hub_rows import write_hub_split  # late: most runs read local files

    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "split.jsonl"
        write_hub_split(name, split, rows)
        return take_in(rows, target, name=f"{name} ({split})")


def hub_split(name: str) -> tuple[str, str] | None:
    """The data set and its split, of a table that `take_in_hub` has named; None of any other."""
    match = re.fullmatch(r"([^/]+/[^/]+) \((.+)\)", name)
    return (match[1], match[2]) if match else None
