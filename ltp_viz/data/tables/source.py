"""A labelled file of any size, imported once: checked, and written as one Parquet file that all else reads.

Pages, commands and training read labelled data through `import_table` alone, so a file means the same
everywhere. Bytes go through in a stream, so memory does not grow with the file. Whatever the file's kind, the
result is alike: a column `row` and the file's columns as text, where a blank cell is NULL and "NA", "null" or
"nan" are words. `text_rows` reads CSV, TSV, plain text and JSON, `parquet_rows` reads Parquet.
"""

import errno
import itertools
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError
from ltp_viz.data.path_names import shown_name
from ltp_viz.data.tables.limits import ColumnsOfText, check_column_names
from ltp_viz.data.tables.parquet_rows import open_parquet
from ltp_viz.data.tables.reading import FileFormat
from ltp_viz.data.tables.text_rows import TEXT_KINDS, open_text

KINDS = (".parquet", *TEXT_KINDS, *(f"{kind}.gz" for kind in TEXT_KINDS))
_METADATA_KEY = b"ltp_viz.source"
# Part of every fingerprint: to be raised when the same bytes come to be read otherwise.
_READER_VERSION = "3"
# Few at once: each cell may be long.
_PREVIEW_BATCH = 64


@dataclass(frozen=True)
class SourceTable:
    """An imported file: one Parquet file, all cells text, empty cells NULL."""

    path: Path  # Parquet: `row` BIGINT (1-based, file order) and the original columns as VARCHAR
    name: str  # what the person calls it (file name)
    columns: tuple[str, ...]  # original names in order, unique; an original "row" is stored as "row_"
    rows: int
    fingerprint: str  # sha256 hex of the original bytes and of how they were read
    read_as: str = ""  # how the file was read, in words, such as "semicolon separated, UTF-8, header"
    left_out: tuple[str, ...] = ()  # columns of lists, objects or bytes, which are not read as texts
    list_columns: tuple[str, ...] = ()  # those of them that the table holds as JSON lists, for sets of labels
    # Names of the classes of a column, in the order of their numbers, where the file says them.
    class_names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    file_format: FileFormat = field(default_factory=FileFormat)  # what was set when it was read

    def holds(self, column: str) -> bool:
        """Whether the table has this column, of texts or of lists."""
        return column in self.columns or column in self.list_columns

    def names_of(self, column: str | None) -> tuple[str, ...]:
        """The names of a column's classes that the file itself says, () where it does not."""
        return dict(self.class_names).get(column or "", ())


def import_table(
    source: Path,
    target: Path,
    *,
    name: str | None = None,
    file_format: FileFormat | None = None,
    class_names: Mapping[str, tuple[str, ...]] | None = None,
) -> SourceTable:
    """Read a labelled file of one of KINDS and write it to `target`, whole or not at all.

    `name` is what messages call the file; its ending says the kind where that of `source` does not.
    `file_format` says how a text file is read where that is not to be detected. `class_names` are the classes
    by column of a file that cannot say them itself. Raises InputError, with the number of a line where there
    is one, if the file cannot be read.
    """
    source, target, wanted = Path(source), Path(target), file_format or FileFormat()
    name = shown_name(name or source.name)
    kind, is_packed = _kind_of(source, name)
    if not source.is_file():
        raise InputError(f"There is no file {name}; give a {KIND_NAMES} file.")
    try:
        if source.stat().st_size == 0:
            raise InputError(f"{name} is empty; give a file with a header and at least one row.")
        if kind == ".parquet":
            rows = open_parquet(source, name)
        else:
            rows = open_text(source, name, kind, is_packed, wanted)
        if class_names:
            rows = replace(rows, class_names=class_names)
        return _write(rows, target, name, wanted)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full; make room and load it again" if is_full else error.strerror or error
        raise InputError(f"{name} cannot be imported: {reason}.") from error


KIND_NAMES = "CSV, TSV, TXT, JSON, JSONL or Parquet"
_CONVERSIONS = {
    ".xlsx": "save the sheet as CSV",
    ".xls": "save the sheet as CSV",
    ".ods": "save the sheet as CSV",
    ".arrow": "save it as Parquet with `Dataset.to_parquet`",
    ".feather": "save it as Parquet with pandas' `to_parquet`",
    ".pkl": "save it as Parquet with pandas' `to_parquet`",
    ".zip": "unpack it",
    ".bz2": "unpack it",
    ".xz": "unpack it",
    ".zst": "unpack it",
}


def _kind_of(source: Path, name: str) -> tuple[str, bool]:
    """The kind of a file by its ending, and whether it is packed with gzip. Raises InputError."""
    for path in (source, Path(name)):
        is_packed = path.suffix.lower() == ".gz"
        ending = path.with_suffix("").suffix.lower() if is_packed else path.suffix.lower()
        if ending == ".parquet" and is_packed:
            raise InputError(f"{name} is packed Parquet; unpack it with `gunzip`.")
        if f"{ending}.gz" in KINDS or ending == ".parquet":
            return ending, is_packed
    ending = Path(name).suffix
    told = f"ends in {ending!r}" if ending else "has a name without an ending"
    convert = _CONVERSIONS.get(ending.lower())
    raise InputError(
        f"{name} {told}; give a {KIND_NAMES} file, with a name that ends so"
        f"{f': {convert}' if convert else ''}."
    )


def _write(rows: ColumnsOfText, target: Path, name: str, wanted: FileFormat) -> SourceTable:
    """Number the rows, set blank cells to NULL and write all to `target`."""
    columns = _stored_names(check_column_names(rows.columns, name))
    class_names = tuple(
        (stored, tuple(rows.class_names[original]))
        for original, stored in zip(rows.columns, columns, strict=True)
        if original in rows.class_names
    )
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
        lists = tuple(
            stored
            for original, stored in zip(rows.columns, columns, strict=True)
            if original in rows.list_columns
        )
        table = SourceTable(
            target,
            name,
            tuple(column for column in columns if column not in lists),
            count,
            fingerprint,
            rows.read_as,
            rows.left_out,
            lists,
            class_names,
            wanted,
        )
        said = {key: value for key, value in asdict(table).items() if key != "path"}
        writer.add_key_value_metadata({_METADATA_KEY: json.dumps(said)})
    return table


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
    """The table that an earlier `import_table` wrote. Raises InputError if `path` holds none."""
    path = Path(path)
    try:
        said: dict[str, Any] = json.loads(pq.read_metadata(path).metadata[_METADATA_KEY])
        return SourceTable(
            path,
            said["name"],
            tuple(said["columns"]),
            said["rows"],
            said["fingerprint"],
            said["read_as"],
            tuple(said["left_out"]),
            tuple(said["list_columns"]),
            tuple((column, tuple(names)) for column, names in said["class_names"]),
            FileFormat(**said["file_format"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is not an imported table; load the original file again.") from error


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


def import_hub_split(name: str, split: str, target: Path) -> SourceTable:
    """One split of a data set on the Hugging Face hub, "owner/name" or "owner/name:config", read as a stream.

    Raises InputError where it cannot be had.
    """
    from ltp_viz.data.tables.hub_rows import write_hub_split  # late: most runs read local files

    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "split.jsonl"
        class_names = write_hub_split(name, split, rows)
        return import_table(rows, target, name=f"{name} ({split})", class_names=class_names)


def named_part(name: str) -> tuple[str, str] | None:
    """The folder or hub data set and its part, of a table that has been named so; None of any other."""
    match = re.fullmatch(r"([^/]+(?:/[^/]+)?) \((.+)\)", name)
    return (match[1], match[2]) if match else None
