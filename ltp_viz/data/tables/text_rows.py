"""CSV, TSV and JSON lines, read in a stream with the number of the line at hand for whatever is wrong.

Python's own CSV and JSON readers are used: they keep every cell as it is written and know the line they are
in, which quicker ones do not.
"""

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.limits import (
    BATCH_CHARACTERS,
    BATCH_ROWS,
    MOST_CELL_CHARACTERS,
    MOST_COLUMNS,
    ColumnsOfText,
)
from ltp_viz.data.text.tokenization import clean_text

# What a person may choose, and how it is called.
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1252": "Windows-1252"}
_MOST_LINE_CHARACTERS = 16_000_000
_DELIMITERS = (",", ";", "\t", "|")
_PACKED = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; unpack it, or save it as CSV",
    b"\x1f\x8b": "packed with gzip; unpack it",
    b"BZh": "packed with bzip2; unpack it",
    b"\xfd7zXZ\x00": "packed with xz; unpack it",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it",
    b"PAR1": "Parquet; let its name end in .parquet",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV",
    b"%PDF-": "a PDF; save its table as CSV",
}

Row = Sequence[str | None]


def open_text(source: Path, name: str, kind: str, encoding: str) -> ColumnsOfText:
    """Open a .csv, .tsv or .jsonl file whose every byte has been looked at. Raises InputError."""
    codec, digest = _scan(source, name, encoding)
    text = _TextFile(source, name, codec)
    if kind == ".jsonl":
        keys = text.json_keys()
        columns = tuple(map(clean_text, keys))
        rows, how = text.json_rows(keys), "json lines"
    else:
        delimiter = "\t" if kind == ".tsv" else text.delimiter()
        records = text.records(delimiter)
        columns = tuple(next(records, (0, []))[1])
        if not columns:
            raise InputError(f"{name} is empty; give a file with a header and at least one row.")
        rows, how = text.csv_rows(records, len(columns)), f"csv {delimiter}"

    def fingerprint(version: str) -> str:
        return hashlib.sha256(f"{digest} {codec} {how} {version}".encode()).hexdigest()

    return ColumnsOfText(columns, _batches(rows), fingerprint)


def _scan(source: Path, name: str, encoding: str) -> tuple[str, str]:
    """The codec to read with and the sha256 of the bytes. Raises InputError where they are no text in it."""
    sha = hashlib.sha256()
    line, is_ascii = 1, True
    with source.open("rb") as file:
        start = file.read(16)
        for magic, what in _PACKED.items():
            if start.startswith(magic):
                raise InputError(f"{name} is no text file: it is {what}.")
        encoding, codec = _codec(start, encoding)
        decoder = codecs.getincrementaldecoder(codec)()
        file.seek(0)
        while True:
            block = file.read(1 << 20)
            sha.update(block)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(error.encoding, "ignore")
                line += before.count("\n")
                byte = error.object[error.start : error.start + 1].hex().upper()
                if encoding == "utf-8" and not (is_ascii and before.isascii()):
                    raise InputError(
                        f"Line {line:,} of {name} holds the byte {byte}, which is not UTF-8 as what "
                        "stands before it; the file mixes encodings, so save it anew in UTF-8."
                    ) from error
                raise InputError(_undecodable(name, line, f"the byte {byte}", encoding)) from error
            if "\0" in text:
                line += text[: text.index("\0")].count("\n")
                raise InputError(_undecodable(name, line, "a NUL character", encoding))
            line += text.count("\n")
            is_ascii = is_ascii and text.isascii()
            if not block:
                return codec, sha.hexdigest()


def _codec(start: bytes, encoding: str) -> tuple[str, str]:
    """The encoding, which a byte order mark overrules, and the codec that reads it and drops the mark."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "utf-16"
    if encoding == "utf-8" or start.startswith(codecs.BOM_UTF8):
        return "utf-8", "utf-8-sig"
    if encoding == "utf-16":  # without a mark: in the order in which the header's first letter makes sense
        return "utf-16", "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
    return encoding, encoding


def _undecodable(name: str, line: int, what: str, encoding: str) -> str:
    others = " or ".join(told for other, told in ENCODINGS.items() if other != encoding)
    return (
        f"Line {line:,} of {name} holds {what}, which is no text in {ENCODINGS[encoding]}; choose the "
        f"file's own encoding, {others}, or save it anew in UTF-8."
    )


class _TextFile:
    """A file read as often as its rows are asked for, from its start, a line at a time."""

    def __init__(self, source: Path, name: str, codec: str):
        self.source, self.name, self.codec = source, name, codec

    def _lines(self, file: io.TextIOWrapper) -> Iterator[str]:
        number = 0
        while line := file.readline(_MOST_LINE_CHARACTERS):
            number += 1
            if len(line) == _MOST_LINE_CHARACTERS:
                raise InputError(
                    f"Line {number:,} of {self.name} has {_MOST_LINE_CHARACTERS:,} characters or more; write "
                    "one row per line."
                )
            yield line

    def delimiter(self) -> str:
        """What cuts the header into most cells, first of all if it cuts the first row into as many."""

        def cells(delimiter: str) -> tuple[bool, int]:
            try:
                records = self.records(delimiter)
                header = next(records, (0, []))[1]
                cuts_alike = len(next(records, (0, header))[1]) == len(header) > 1
                return cuts_alike, len(header)
            except InputError:  # another delimiter may cut the same lines well
                return False, 0

        return max(_DELIMITERS, key=cells)

    def records(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Each record with the number of the line it begins in; blank lines are none."""
        # The limit is one for the whole process; nothing else in it needs a lower one.
        csv.field_size_limit(MOST_CELL_CHARACTERS)
        with self.source.open(encoding=self.codec, newline="") as file:
            reader = csv.reader(self._lines(file), delimiter=delimiter, strict=True)
            first_line = 1
            try:
                for record in reader:
                    if record:
                        yield first_line, record
                    first_line = reader.line_num + 1
            except csv.Error as error:
                raise InputError(self._broken(first_line, reader.line_num, str(error))) from error

    def _broken(self, first_line: int, last_line: int, reason: str) -> str:
        if "field larger" in reason:
            return (
                f"A cell in line {first_line:,} of {self.name} has more than {MOST_CELL_CHARACTERS:,} "
                "characters; shorten it, or close its quotes if they were left open."
            )
        if "unexpected end" in reason:
            return f"The quotes opened in line {first_line:,} of {self.name} are never closed; close them."
        where = (
            f"line {first_line:,}" if first_line == last_line else f"lines {first_line:,} to {last_line:,}"
        )
        return (
            f"The quotes in {where} of {self.name} are broken; put a cell that holds quotes in quotes, "
            "and write those inside it twice."
        )

    def csv_rows(self, records: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Row]:
        """The records, all of `width` cells."""
        for line, record in records:
            if len(record) != width:
                raise InputError(
                    f"Line {line:,} of {self.name} has {_cells(len(record))} and the header {width:,}; put "
                    "cells that hold the delimiter in quotes."
                )
            yield record

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with self.source.open(encoding=self.codec, newline="") as file:
            for number, line in enumerate(self._lines(file), start=1):
                if not line.strip():
                    continue
                try:
                    value = _JSON.decode(line)
                except (ValueError, RecursionError) as error:
                    value = error
                if not isinstance(value, dict):
                    raise InputError(f"Line {number:,} of {self.name} {_no_object(line, value)}")
                yield number, value

    def json_keys(self) -> tuple[str, ...]:
        """All keys in the order in which they first occur."""
        keys: dict[str, None] = {}
        for _, value in self._objects():
            keys.update(dict.fromkeys(value))
            if len(keys) > MOST_COLUMNS:
                break  # whoever checks the columns refuses them
        if not keys:
            raise InputError(f"{self.name} has no rows; write one object with at least one key per line.")
        return tuple(keys)

    def json_rows(self, keys: Sequence[str]) -> Iterator[Row]:
        """The cells under `keys` of every object."""
        for line, value in self._objects():
            yield [self._cell(value.get(key), key, line) for key in keys]

    def _cell(self, cell: Any, key: str, line: int) -> str | None:
        if isinstance(cell, str):
            if len(cell) > MOST_CELL_CHARACTERS:
                raise InputError(
                    f"Line {line:,} of {self.name} has {len(cell):,} characters in {key!r}; at most "
                    f"{MOST_CELL_CHARACTERS:,} are read."
                )
            if "\0" in cell:
                raise InputError(f"Line {line:,} of {self.name} holds a NUL character in {key!r}; remove it.")
            return clean_text(cell)
        if isinstance(cell, list | dict):
            what = "a list" if isinstance(cell, list) else "an object"
            raise InputError(
                f"Line {line:,} of {self.name} holds {what} in {key!r}; only text, numbers and true or "
                "false are read."
            )
        return _CONSTANTS[cell]


# Numbers stay as they are written; NaN is how many programs write a missing one.
_NUMBERS = {"Infinity": "inf", "-Infinity": "-inf"}
_JSON = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_NUMBERS.get)
_CONSTANTS = {None: None, True: "true", False: "false"}


def _no_object(line: str, found: Any) -> str:
    if line.lstrip().startswith("["):
        what = "begins a list instead of an object"
    elif isinstance(found, Exception):
        what = f"is not JSON ({getattr(found, 'msg', 'too deeply nested')})"
    else:
        what = "holds a single value instead of an object"
    return f"{what}; write one object, {{...}}, per line."


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"


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
