"""Any upload becomes a table of text or is refused with one message, and leaves nothing behind."""

import codecs
import csv
import io
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz import InputError
from ltp_viz.data.tables.reading import ENCODINGS, FileFormat
from ltp_viz.data.tables.source import SourceTable, import_table, open_source, preview
from tests.hostile.corpus import TEXTS
from tests.hostile.fuzzing import damaged_bytes, fuzzed, odd_values, written

SHORT = [text for text in TEXTS.values() if len(text) < 5_000]
CSV = 'text,label\r\n"a ""warm"", funny\nfilm",1\r\né漢😀,0\r\n,\r\n'
JSON_ROWS = '{"text": "a \\"warm\\" film\\n", "label": 1}\n{"label": null, "text": "é😀", "more": 1.50}\n'


def parquet(columns: dict[str, Any], **how: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **how)
    return file.getvalue()


COLUMNS: dict[str, Any] = {
    "text": ["a warm film", "é😀", None] * 9,
    "label": [1, 0, None] * 9,
    "score": pa.array([0.5, float("nan"), None] * 9),
    "kind": pa.array(["x", "y", "x"] * 9).dictionary_encode(),
    "seen": pa.array([0, 10**15, None] * 9, pa.timestamp("us")),
}
SEEDS: dict[str, list[bytes]] = {
    "csv": [CSV.encode(), CSV.replace(",", ";").encode("utf-8-sig"), CSV.encode("utf-16")],
    "tsv": [CSV.replace(",", "\t").encode(), CSV.replace(",", "\t").encode("utf-16-le")],
    "jsonl": [JSON_ROWS.encode(), JSON_ROWS.encode("utf-16-be")],
    "parquet": [
        parquet({"text": ["a", "b"], "label": [0, 1]}),
        parquet(COLUMNS, compression="none"),
        parquet(COLUMNS, compression="zstd", row_group_size=5, data_page_version="2.0"),
        parquet(COLUMNS, compression="gzip", use_dictionary=False, write_page_index=True),
    ],
}


def imported_or_refused(folder: Path, content: bytes, name: str, encoding: str = "utf-8") -> str:
    """The message with which it is refused, or "" for a table that can be read and opened again."""
    source, target = folder / name, folder / "taken/in.parquet"
    source.write_bytes(content)
    target.unlink(missing_ok=True)
    try:
        table = import_table(source, target, file_format=FileFormat(encoding=encoding))
    except InputError as error:
        message = str(error)
        assert "\n" not in message and len(message) < 1500, message
        message.encode()
        assert not target.exists() and not list(folder.glob("taken/.*"))
        return message
    check_table(table)
    return ""


def check_table(table: SourceTable) -> None:
    found = pq.read_table(table.path)
    assert found.column_names == ["row", *table.columns, *table.list_columns] and len(found) == table.rows > 0
    assert found["row"].to_pylist() == list(range(1, table.rows + 1))
    for column in table.columns:
        cells = [cell for cell in found[column].to_pylist() if cell is not None]
        assert all(isinstance(cell, str) and cell.strip() and "\0" not in cell for cell in cells)
    assert open_source(table.path) == table
    assert len(preview(table, 5, characters=20)) == min(5, table.rows)
    assert [file.name for file in table.path.parent.iterdir()] == [table.path.name]


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def gzipped(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=31)
    return packing.compress(content) + packing.flush()


def as_csv(cells: list[str]) -> bytes:
    file = io.StringIO(newline="")
    table = csv.writer(file)
    table.writerow(["text"])
    table.writerows([cell] for cell in cells)
    return file.getvalue().encode("utf-8", "replace")


GROWN = "x" * 1_000_000
# File name, content, and what the message must contain; "" for a table.
UPLOADS: dict[str, tuple[str, bytes, str]] = {
    "formulas": ("a.csv", b"text,label\n=1+1,@x\n-2,\"\t=cmd|' /C calc'!A0\"\n", ""),
    "markup": ("a.csv", as_csv(["</script><script>alert(1)</script>"]), ""),
    "header as markup": ("a.csv", b"<img src=x onerror=alert(1)>,{{7*7}}\na,b\n", ""),
    "header of SQL": ("a.csv", b'"a""; DROP TABLE t; --",\'\na,b\n', ""),
    "deep JSON": ("a.jsonl", b'{"a":' * 50_000, "too deeply nested"),
    "deep JSON, closed": ("a.jsonl", b'{"a":' * 500 + b"1" + b"}" * 500 + b"\n", "holds an object"),
    "long number": ("a.jsonl", b'{"text": ' + b"9" * 100_000 + b"}\n", ""),
    "many keys": ("a.jsonl", written(dict.fromkeys(map(str, range(5_000)))), "more than 1,000 columns"),
    "key twice": ("a.jsonl", b'{"text": "a", "text": "b"}\n', ""),
    "surrogate key": ("a.jsonl", b'{"\\ud800": "a"}\n', ""),
    "two surrogate keys": ("a.jsonl", b'{"\\ud800": "a", "\\udfff": "b"}\n', "are called both"),
    "gzip bomb": ("a.csv", gzipped(bytes(50_000_000)), "packed with gzip"),
    "gzip in an ending's guise": ("a.parquet", gzipped(CSV.encode()), "cannot be read as Parquet"),
    "xz bomb": ("a.jsonl", lzma.compress(bytes(10_000_000)), "packed with xz"),
    "zip bomb": ("a.csv", zipped("a.csv", bytes(50_000_000)), "a ZIP archive"),
    "zip that leaves its folder": ("a.csv", zipped("../../evil.csv", CSV.encode()), "a ZIP archive"),
    "page of one long cell": ("a.parquet", parquet({"text": [GROWN * 3]}, compression="zstd"), "3,000,000"),
    "nested": ("a.parquet", parquet({"text": [[["a"]]]}), "lists or objects"),
    "CSV named Parquet": ("a.parquet", CSV.encode(), "cannot be read as Parquet"),
    "Parquet named CSV": ("a.csv", SEEDS["parquet"][0], "it is Parquet"),
    "Parquet named JSON lines": ("a.jsonl", SEEDS["parquet"][0], "it is Parquet"),
    "program named CSV": ("a.csv", b"\x7fELF\x02\x01\x01" + bytes(100), "NUL"),
    "pickle named CSV": ("a.csv", b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00", "the byte 80"),
    "page of the web": ("a.csv", b"<!doctype html><script>alert(1)</script>\n", "has no rows"),
    "no known ending": ("a.exe", CSV.encode(), "'.exe'"),
    "two endings": ("a.csv.exe", CSV.encode(), "'.exe'"),
    "only marks": ("a.csv", codecs.BOM_UTF8 * 3, "has no rows"),
    "UTF-16 cut in half": ("a.csv", CSV.encode("utf-16")[:-1], "the byte"),
    "quotes never closed": ("a.csv", b'text\n"' + b"a,\n" * 1000, "never closed"),
    "one column of commas": ("a.csv", b"," * 999 + b"\n" + b"," * 999 + b"\n", ""),
    "blank names": ("a.csv", b" ,\t\na,b\n", ""),
    "names of the program's own": ("a.csv", b"row,row_,ROW__\na,b,c\n", ""),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_hostile_uploads_are_imported_or_refused(tmp_path: Path, name: str) -> None:
    file, content, expected = UPLOADS[name]
    message = imported_or_refused(tmp_path, content, file)
    assert (expected in message) if expected else not message, message


def test_hostile_texts_are_cells_like_others(tmp_path: Path) -> None:
    cells = [text for text in SHORT if "\0" not in text]
    assert not imported_or_refused(tmp_path, as_csv(cells), "texts.csv")
    stored = pq.read_table(tmp_path / "taken/in.parquet")["text"].to_pylist()
    sent = [cell.encode("utf-8", "replace").decode() for cell in cells]
    assert stored == [cell if cell.strip() else None for cell in sent]


PIECES = st.one_of(
    st.sampled_from(
        (",", ";", "\t", "|", '"', '""', "\n", "\r\n", "\r", " ", "text", "label", "=1", "{", "[")
    ),
    st.sampled_from(SHORT),
    st.text(max_size=8),
)
pieced = st.lists(PIECES, max_size=30).map("".join)
objects = st.one_of(
    st.dictionaries(st.text(max_size=6), odd_values, max_size=4),
    st.dictionaries(st.sampled_from(("text", "label", "Text")), st.text(max_size=9) | st.none(), max_size=3),
    odd_values,
)
json_lines = st.lists(objects.map(written), max_size=6).map(b"\n".join)


@st.composite
def uploads(draw: st.DrawFn) -> tuple[str, bytes, str]:
    """A kind of file, its content, and its stated encoding."""
    kind = draw(st.sampled_from(sorted(SEEDS)))
    said = draw(st.sampled_from(sorted(ENCODINGS)))
    how = draw(st.integers(0, 9))
    if how == 0:
        return kind, draw(st.binary(max_size=80)), said
    if how <= 5 or kind == "parquet":
        return kind, draw(damaged_bytes(SEEDS[kind])), said
    if kind == "jsonl" and how <= 8:
        return kind, draw(json_lines), said
    return kind, draw(pieced).encode(draw(st.sampled_from(sorted(ENCODINGS))), "replace"), said


@given(upload=uploads())
@fuzzed(250)
def test_any_upload_is_imported_or_refused(tmp_path: Path, upload: tuple[str, bytes, str]) -> None:
    kind, content, encoding = upload
    imported_or_refused(tmp_path, content, f"texts.{kind}", encoding)
