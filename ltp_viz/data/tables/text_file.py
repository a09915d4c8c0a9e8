"""A text file whose every byte has been looked at, plain or packed with gzip, read a line at a time."""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.limits import MOST_UNPACKED_BYTES
from ltp_viz.data.tables.reading import ENCODINGS

MOST_LINE_CHARACTERS = 16_000_000
_PACKED = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; unpack it, or save it as CSV",
    b"\x1f\x8b": "packed with gzip; unpack it, or let its name end in .gz",
    b"BZh": "packed with bzip2; unpack it",
    b"\xfd7zXZ\x00": "packed with xz; unpack it",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it",
    b"PAR1": "Parquet; let its name end in .parquet",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV",
    b"%PDF-": "a PDF; save its table as CSV",
}


@dataclass(frozen=True)
class TextFile:
    """A file that decodes without error, read as often as its rows are asked for."""

    source: Path
    name: str  # what messages call it
    is_packed: bool  # with gzip
    encoding: str  # one of ENCODINGS
    codec: str  # reads it and drops a byte order mark
    digest: str  # sha256 hex of the unpacked bytes

    def open(self) -> io.TextIOWrapper:
        """The text from its start, line ends as they are."""
        return io.TextIOWrapper(_bytes(self.source, self.is_packed), self.codec, newline="")

    def lines(self) -> Iterator[str]:
        """Every line with its end. Raises InputError at one that is too long to be a row."""
        with self.open() as file:
            number = 0
            while line := file.readline(MOST_LINE_CHARACTERS):
                number += 1
                if len(line) == MOST_LINE_CHARACTERS:
                    raise InputError(
                        f"Line {number:,} of {self.name} has {MOST_LINE_CHARACTERS:,} characters or more; "
                        "write one row per line."
                    )
                yield line


def open_text_file(source: Path, name: str, is_packed: bool, encoding: str) -> TextFile:
    """Look at every byte. Raises InputError, with the line, where they are not text in the encoding.

    An `encoding` of "" is detected: UTF-16 by its byte order mark or its zero bytes, else UTF-8; other
    encodings cannot be told apart with certainty, so a person chooses them.
    """
    try:
        with _bytes(source, is_packed) as file:
            start = file.read(16)
        for magic, what in _PACKED.items():
            if start.startswith(magic):
                raise InputError(f"{name} is no text file: it is {what}.")
        encoding, codec = _codec(start, encoding)
        return TextFile(
            source, name, is_packed, encoding, codec, _scan(source, name, is_packed, encoding, codec)
        )
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{name} cannot be unpacked: it is cut short, damaged or not gzip.") from error


def _bytes(source: Path, is_packed: bool) -> IO[bytes]:
    return gzip.open(source, "rb") if is_packed else source.open("rb")  # type: ignore[return-value]


def _scan(source: Path, name: str, is_packed: bool, encoding: str, codec: str) -> str:
    """The sha256 of the unpacked bytes. Raises InputError where they are not text in the codec."""
    sha = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(codec)()
    line, is_ascii, size = 1, True, 0
    with _bytes(source, is_packed) as file:
        while True:
            block = file.read(1 << 20)
            sha.update(block)
            size += len(block)
            if is_packed and size > MOST_UNPACKED_BYTES:
                raise InputError(
                    f"{name} unpacks into more than {MOST_UNPACKED_BYTES / 1e9:g} GB, the most that is read; "
                    "split it."
                )
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(error.encoding, "ignore")
                line += before.count("\n")
                byte = error.object[error.start : error.start + 1].hex().upper()
                if encoding == "utf-8" and not (is_ascii and before.isascii()):
                    raise InputError(
                        f"Line {line:,} of {name} holds the byte {byte}, which is not UTF-8 as what "
                        "stands before it; the file mixes encodings, so save it again in UTF-8."
                    ) from error
                raise InputError(_undecodable(name, line, f"the byte {byte}", encoding)) from error
            if "\0" in text:
                line += text[: text.index("\0")].count("\n")
                raise InputError(_undecodable(name, line, "a NUL character", encoding))
            line += text.count("\n")
            is_ascii = is_ascii and text.isascii()
            if not block:
                return sha.hexdigest()


def _codec(start: bytes, encoding: str) -> tuple[str, str]:
    """The encoding, which a byte order mark overrules, and the codec that reads it and drops the mark."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8", "utf-8-sig"
    if not encoding:
        # Text in UTF-16 without a mark: every other byte of its first letters is zero.
        pairs = start[: len(start) // 2 * 2]
        is_wide = len(pairs) >= 4 and (set(pairs[::2]) == {0}) != (set(pairs[1::2]) == {0})
        encoding = "utf-16" if is_wide else "utf-8"
    if encoding == "utf-16":  # in the order in which the header's first letter makes sense
        return "utf-16", "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
    return encoding, "utf-8-sig" if encoding == "utf-8" else encoding


def _undecodable(name: str, line: int, what: str, encoding: str) -> str:
    others = ", ".join(other for other in ENCODINGS if other != encoding)
    return (
        f"Line {line:,} of {name} holds {what}, which is no text in {ENCODINGS[encoding]}; choose the "
        f"file's own encoding (--encoding, one of {others}), or save it again in UTF-8."
    )
