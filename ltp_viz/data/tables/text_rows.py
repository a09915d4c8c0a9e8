"""CSV, TSV, plain text and JSON, read in a stream, so that every error knows its line."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from ltp_viz.data.tables.csv_rows import open_delimited
from ltp_viz.data.tables.json_rows import JsonFile
from ltp_viz.data.tables.limits import BATCH_CHARACTERS, BATCH_ROWS, ColumnsOfText
from ltp_viz.data.tables.reading import ENCODINGS, FileFormat
from ltp_viz.data.tables.text_file import open_text_file
from ltp_viz.data.text.tokenization import clean_text

JSON_KINDS = (".json", ".jsonl", ".ndjson")
TEXT_KINDS = (".csv", ".tsv", ".txt", *JSON_KINDS)

Row = Sequence[str | None]


def open_text(source: Path, name: str, kind: str, is_packed: bool, wanted: FileFormat) -> ColumnsOfText:
    """Open a text file of one of TEXT_KINDS, plain or packed with gzip. Raises InputError."""
    file = open_text_file(source, name, is_packed, wanted.encoding)
    left_out: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    rows: Iterable[Row]
    if kind in JSON_KINDS:
        json_file = JsonFile(file, kind)
        keys, left_out, lists = json_file.keys()
        lists = tuple(map(clean_text, lists))
        columns, rows = tuple(map(clean_text, keys)), json_file.rows(keys)
        how = "json array" if json_file.is_array else "json lines"
        read_as = (
            f"{'array of JSON objects' if json_file.is_array else 'JSON lines'}, {ENCODINGS[file.encoding]}"
        )
    else:
        table = open_delimited(file, kind, wanted)
        columns, rows, how = table.columns, table.rows, table.how
        read_as = table.read_as.format(encoding=ENCODINGS[file.encoding])

    def fingerprint(version: str) -> str:
        return hashlib.sha256(f"{file.digest} {file.codec} {how} {version}".encode()).hexdigest()

    return ColumnsOfText(columns, _batches(rows), fingerprint, read_as, left_out, lists)


def _batches(rows: Iterable[Row]) -> Iterator[list[pa.StringArray]]:
    held: list[Row] = []
    characters = 0
    for row in rows:
        held.append(row)
        characters += sum(len(cell) for cell in row if cell)
        if len(held) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield _arrays(held)
            held, characters = [], 0
    if held:
        yield _arrays(held)


def _arrays(rows: Sequence[Row]) -> list[pa.StringArray]:
    return [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
