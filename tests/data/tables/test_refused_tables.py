"""What cannot be imported is refused in one sentence, with the line where there is one."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ltp_viz import InputError
from ltp_viz.data.tables import parquet_rows
from ltp_viz.data.tables.source import import_table, open_source
from tests.data.tables.test_source import GOOD, cells, taken


def refusal(tmp_path: Path, content: bytes | str, file: str = "texts.csv", **how: Any) -> str:
    with pytest.raises(InputError) as error:
        taken(tmp_path, content, file, **how)
    assert not list(tmp_path.glob("taken/*")) and not list(tmp_path.glob("taken/.*"))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "texts.csv is empty"),
        ("\n\n", "texts.csv is empty"),
        ("text,label\n", "texts.csv has no rows"),
        ("text,text\na,b\n", "Two columns of texts.csv are called both 'text'; give each its own"),
        ("text,Text\na,b\n", "are called 'text' and 'Text'"),
        (
            "a" * 501 + ",text\n0,a\n",
            "The name of column 1 of texts.csv has 501 characters; begin the file with",
        ),
        (GOOD + "a\n", "Line 5 of texts.csv has 1 cell and the header 2"),
        (GOOD + '"x\ny",1\na,b,1\n', "Line 7 of texts.csv has 3 cells and the header 2"),
        (GOOD + '"a" b,1\n', "The quotes in line 5 of texts.csv are broken"),
        (GOOD + '"a\nb\n"c,1\n', "The quotes in lines 5 to 7 of texts.csv are broken"),
        (GOOD + '"a,1\nb,0\n', "The quotes opened in line 5 of texts.csv are never closed"),
        (GOOD + '"' + "a,1\n" * 300_000, "A cell in line 5 of texts.csv has more than 1,000,000 characters"),
        (GOOD + "a" * 1_000_001 + ",1\n", "A cell in line 5 of texts.csv has more than 1,000,000 characters"),
        (GOOD + "a,1\0\n", "Line 5 of texts.csv holds a NUL character"),
        (
            GOOD.encode() + b"caf\xe9,1\n",
            "Line 5 of texts.csv holds the byte E9, which is no text in UTF-8; choose",
        ),
        (GOOD.encode() * 400_000 + b"\xc3", "Line 1,600,001 of texts.csv holds the byte C3"),
        (
            "é,label\n".encode() + b"\xe9,1\n",
            "Line 2 of texts.csv holds the byte E9, which is not UTF-8 as what stands before",
        ),
        (GOOD.encode("utf-16") + b"\x00\xd8\x00", "Line 5 of texts.csv holds the byte"),
        (gzip.compress(GOOD.encode(), mtime=0), "is packed with gzip; unpack it"),
        (b"PAR1 and so on", "it is Parquet; let its name end in .parquet"),
        (
            ",".join(f"c{i}" for i in range(1001)) + "\n",
            "texts.csv has more than 1,000 columns; leave out some",
        ),
    ],
)
def test_refuses_csv(tmp_path: Path, content: bytes | str, message: str) -> None:
    assert message in refusal(tmp_path, content)


def test_refuses_a_line_without_end(tmp_path: Path) -> None:
    message = refusal(tmp_path, "text,label\n" + "ab," * 6_000_000)
    assert "Line 2 of texts.csv has 16,000,000 characters or more" in message


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (
            b"text,label\n\x81,1\n",
            "windows-1252",
            "Line 2 of texts.csv holds the byte 81, which is no text in Win",
        ),
        (
            GOOD.encode("utf-16-le"),
            "utf-8",
            "Line 1 of texts.csv holds a NUL character, which is no text in UTF-8",
        ),
        (GOOD, "latin-9", "The encoding 'latin-9' is not known; choose one of utf-8, utf-16, windows-1252"),
    ],
)
def test_refuses_wrong_encodings(tmp_path: Path, content: bytes | str, encoding: str, message: str) -> None:
    assert message in refusal(tmp_path, content, encoding=encoding)


def test_refuses_an_excel_workbook(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sheet.xml", "<a/>")
    assert "a ZIP archive or an Excel workbook" in refusal(tmp_path, packed.getvalue())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a"}\n"b"\n', "Line 2 of texts.jsonl holds a single value instead of an object"),
        ('[{"text": "a"}]\n', "Line 1 of texts.jsonl begins a list instead of an object"),
        ('[\n{"text": "a"}\n]\n', "Line 1 of texts.jsonl begins a list instead of an object"),
        ('{"text": "a"}\n{"text": \n', "Line 2 of texts.jsonl is not JSON (Expecting value)"),
        ('{"text": ' + "[" * 100_000 + "\n", "Line 1 of texts.jsonl is not JSON (too deeply nested)"),
        ('{"text": "a"}\n\n{"text": ["b"]}\n', "Line 3 of texts.jsonl holds a list in 'text'"),
        ('{"text": {"b": 1}}\n', "Line 1 of texts.jsonl holds an object in 'text'"),
        ('{"text": "a\\u0000"}\n', "Line 1 of texts.jsonl holds a NUL character in 'text'"),
        ('{"text": "' + "a" * 1_000_001 + '"}\n', "has 1,000,001 characters in 'text'; at most 1,000,000"),
        ("{}\n{}\n", "texts.jsonl has no rows"),
        ("\n", "texts.jsonl has no rows"),
        (json.dumps({f"c{i}": 1 for i in range(1001)}), "texts.jsonl has more than 1,000 columns"),
    ],
)
def test_refuses_json_lines(tmp_path: Path, content: str, message: str) -> None:
    assert message in refusal(tmp_path, content, "texts.jsonl")


def parquet(table: pa.Table, **how: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **how)
    return file.getvalue()


PARQUET = parquet(pa.table({"text": ["a", "b"], "label": [0, 1]}))
TWICE = pa.table([["a"], ["b"]], names=["text", "text"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PARQUET[:-20], "texts.parquet cannot be read as Parquet: it is cut short"),
        (PARQUET[:20], "texts.parquet cannot be read as Parquet: it is cut short"),
        (PARQUET[:4] + bytes(60) + PARQUET[64:], "texts.parquet cannot be read as Parquet"),
        (
            b"text,label\na,1\n",
            "texts.parquet cannot be read as Parquet: it is cut short, damaged or of another",
        ),
        (parquet(pa.table({"text": pa.array([], pa.string())})), "texts.parquet has no rows"),
        (parquet(pa.table({})), "texts.parquet has no columns"),
        (parquet(TWICE), "are called both 'text'"),
        (parquet(pa.table({"text": [["a"]]})), "Column 'text' of texts.parquet holds lists or objects"),
        (parquet(pa.table({"text": [{"a": 1}]})), "Column 'text' of texts.parquet holds lists or objects"),
        (parquet(pa.table({"text": [b"\xff\xd8"]})), "holds bytes that are no text in UTF-8"),
        (parquet(pa.table({"text": ["a", "b\0"]})), "Row 2 of texts.parquet holds a NUL character in 'text'"),
        (
            parquet(pa.table({"text": ["é" * 1_000_001]})),
            "has 1,000,001 characters; at most 1,000,000 are read",
        ),
        (parquet(pa.table({f"c{i}": [1] for i in range(1001)})), "texts.parquet has more than 1,000 columns"),
    ],
)
def test_refuses_parquet(tmp_path: Path, content: bytes, message: str) -> None:
    assert message in refusal(tmp_path, content, "texts.parquet")


def test_a_long_cell_of_few_characters_is_no_too_long_cell(tmp_path: Path) -> None:
    table = taken(tmp_path, parquet(pa.table({"text": ["漢" * 900_000]})), "texts.parquet")
    assert len(cells(table)["text"][0]) == 900_000


def test_refuses_a_parquet_file_that_unpacks_into_far_more_than_it_says(tmp_path: Path) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(20_000, np.int32)), pa.array(["x" * 1_000_000]))
    bomb = parquet(pa.table({"text": text}), compression="zstd")
    assert len(bomb) < 1000
    assert "texts.parquet unpacks into 20.0 GB; at most 8 GB are read" in refusal(
        tmp_path, bomb, "texts.parquet"
    )


def test_refuses_a_parquet_file_whose_metadata_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One page of 100 MB, which the metadata say unpacks into 1 byte.
    size = 100_000_000
    honest = parquet(
        pa.table({"text": ["x" * size]}), compression="zstd", use_dictionary=False, write_statistics=False
    )
    metadata = pq.read_metadata(io.BytesIO(honest)).row_group(0)
    said = {metadata.total_byte_size, metadata.column(0).total_uncompressed_size}
    footer = len(honest) - 8 - int.from_bytes(honest[-8:-4], "little")
    lying = honest[footer:]
    for number in said:
        lying = lying.replace(varint(number), varint(1, len(varint(number))))
    path = tmp_path / "texts.parquet"
    path.write_bytes(honest[:footer] + lying)
    assert pq.read_metadata(path).row_group(0).total_byte_size == 1
    settings = {"memory_limit": "60MB", "threads": 1}
    monkeypatch.setattr(parquet_rows, "connect", lambda: parquet_rows.duckdb.connect(config=settings))
    assert "texts.parquet unpacks into more at once" in refusal(tmp_path, path.read_bytes(), path.name)


def varint(number: int, length: int = 0) -> bytes:
    """A number as Thrift's compact protocol writes it, filled up to `length` bytes."""
    number, groups = 2 * number, []
    while number or len(groups) < max(length, 1):
        groups.append(number & 127)
        number >>= 7
    return bytes([*(group | 128 for group in groups[:-1]), groups[-1]])


def test_refuses_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match=r"There is no file none.csv; give|has a name without an ending"):
            import_table(path, tmp_path / "in.parquet")
    refused = refusal(tmp_path, b"a", "texts.xlsx")
    assert "ends in '.xlsx'; give a CSV, TSV, TXT, JSON, JSONL or Parquet file" in refused
    assert "save the sheet as CSV" in refused
    with pytest.raises(InputError, match=r"none\.parquet is not an imported table"):
        open_source(tmp_path / "none.parquet")
    (tmp_path / "other.parquet").write_bytes(PARQUET)
    with pytest.raises(InputError, match=r"other\.parquet is not an imported table"):
        open_source(tmp_path / "other.parquet")
