"""Odd files by every road: lab, commands and training read the same rows, texts and labels, or all refuse.

The lab reads blocks of an imported table under guessed roles, commands read under the same roles with the
model's own labels, and training reads under the task. Each file is written by a function here, and what it
must come to stands beside it, so that the roads cannot be wrong together.
"""

import codecs
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from ltp_viz import InputError, TextClassifier
from ltp_viz.data.tables.blocks import read_block
from ltp_viz.data.tables.chosen_roles import chosen_roles
from ltp_viz.data.tables.labelled_data import read_labelled_data
from ltp_viz.data.tables.reading import FileFormat, ReadingOptions
from ltp_viz.data.tables.source import import_table
from ltp_viz.data.tables.splits import read_evaluation_data
from ltp_viz.data.tables.tasks import TASKS

TEXTS = ("A warm film.", "A dull mess.", "So, so funny")
ROWS = tuple(zip(TEXTS, (1, 0, 1), strict=True))
NAMES = {0: "negative", 1: "positive"}


@dataclass(frozen=True)
class Case:
    """One file: its name, its bytes, and the (text, label) pairs or the message that every road must give."""

    name: str
    content: bytes
    expected: tuple[tuple[str, int], ...] | str = ROWS
    options: ReadingOptions = field(default_factory=ReadingOptions)


def delimited(
    labels: Any = (1, 0, 1), delimiter: str = ",", header: str = "text,label", newline: str = "\n"
) -> str:
    rows = (f'"{text}"{delimiter}{label}' for text, label in zip(TEXTS, labels, strict=True))
    return newline.join([header.replace(",", delimiter), *rows, ""])


def parquet(columns: dict[str, Any], **how: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **how)
    return file.getvalue()


def with_class_names(names: list[str], labels: list[int]) -> bytes:
    features = Features({"text": Value("string"), "label": ClassLabel(names=names)})
    file = io.BytesIO()
    Dataset.from_dict({"text": list(TEXTS), "label": labels}, features=features).to_parquet(file)
    return file.getvalue()


def objects(frame: pd.DataFrame, lines: bool, **how: Any) -> bytes:
    return str(frame.to_json(orient="records", lines=lines, **how)).encode()


def read_as(**how: Any) -> ReadingOptions:
    return ReadingOptions(FileFormat(**how))


CSV = delimited()
FRAME = pd.DataFrame({"text": TEXTS, "label": [1, 0, 1]})
NESTED = FRAME.assign(tags=[["a"], [], ["b", "c"]], meta=[{"a": 1}, {"a": 2}, None])
LONE_QUOTES = 'text\tlabel\nA warm film.\t1\n"Funny.\t1\nA dull mess.\t0\n"A cold film.\t0\n'
OF_LONE_QUOTES = (("A warm film.", 1), ('"Funny.', 1), ("A dull mess.", 0), ('"A cold film.', 0))

CASES = [
    Case("plain.csv", CSV.encode()),
    Case("crlf.csv", delimited(newline="\r\n").encode()),
    Case("cr.csv", delimited(newline="\r").encode()),
    Case("bom.csv", codecs.BOM_UTF8 + CSV.encode()),
    Case("utf16.csv", CSV.encode("utf-16")),
    Case("utf16le.csv", CSV.encode("utf-16-le")),
    Case("utf16be.tsv", delimited(delimiter="\t").encode("utf-16-be")),
    Case("semicolon.csv", delimited(delimiter=";").encode()),
    Case("pipe.csv", delimited(delimiter="|").encode()),
    Case("tab.csv", delimited(delimiter="\t").encode()),
    Case("tab.tsv", delimited(delimiter="\t").encode()),
    Case("comma.tsv", CSV.encode(), options=read_as(delimiter="comma")),
    Case("sep.csv", ("sep=;\n" + delimited(delimiter=";")).encode()),
    Case("sep.tsv", ("sep=\t\r\n" + delimited(delimiter="\t", newline="\r\n")).encode()),
    Case("spaces.csv", ("\n\n" + CSV + "\n \n").encode()),
    Case("blank_lines.csv", CSV.replace("\n", "\n\n").encode()),
    Case("header_case.csv", delimited(header="Text,LABEL").encode()),
    Case("header_blanks.csv", delimited(header=" text ,\tlabel ").encode()),
    Case("sentiment.csv", delimited(header="Review,Sentiment").encode()),
    Case("no_end.csv", CSV.rstrip("\n").encode()),
    Case("names.csv", delimited(("positive", "negative", "positive")).encode()),
    Case("names_case.csv", delimited(("Positive", "NEGATIVE", "positive")).encode()),
    Case("names_short.csv", delimited(("pos", "neg", "POS")).encode()),
    Case("names_space.csv", delimited((" positive", "negative ", "positive")).encode()),
    Case("floats.csv", delimited(("1.0", "0.0", "1.0")).encode()),
    Case("booleans.csv", delimited(("True", "False", "TRUE")).encode()),
    Case("signs.csv", delimited((1, -1, 1)).encode()),
    Case("from_one.csv", delimited((2, 1, 2)).encode()),
    Case("quoted_labels.csv", delimited(('"1"', '"0"', '"1"')).encode()),
    Case(
        "cells.csv",
        b'text,label\n"two\nlines",1\n"a ""quoted"" one",0\n007,1\n1e5,0\nNA,1\nnull,0\n',
        (("two\nlines", 1), ('a "quoted" one', 0), ("007", 1), ("1e5", 0), ("NA", 1), ("null", 0)),
    ),
    Case(
        "unicode.csv",
        "text,label\nna\u00efve \U0001f600,1\n\u6f22\u5b57,0\n".encode(),
        (
            ("na\u00efve \U0001f600", 1),
            ("\u6f22\u5b57", 0),
        ),
    ),
    Case(
        "cp1252.csv",
        "text,label\nun caf\u00e9,1\nbon,0\n".encode("cp1252"),
        "Line 2 of cp1252.csv holds the byte E9",
    ),
    Case(
        "cp1252_chosen.csv",
        "text,label\nun caf\u00e9,1\nbon,0\n".encode("cp1252"),
        (("un caf\u00e9", 1), ("bon", 0)),
        read_as(encoding="cp1252"),
    ),
    Case("nul.csv", b"text,label\na\0b,1\nc,0\n", "Line 2 of nul.csv holds a NUL character"),
    Case("empty.csv", b"", "empty.csv is empty"),
    Case("header_only.csv", b"text,label\n", "header_only.csv has no rows"),
    Case("columns_twice.csv", b"text,text,label\na,b,1\n", "are called both 'text'"),
    Case(
        "unquoted_comma.csv", b"text,label\nlong, but good,1\nshort, but bad,0\n", "Line 2 of unquoted_comma"
    ),
    Case("too_few.csv", b"text,label\na,1\nb\n", "Line 3 of too_few.csv has 1 cell and the header 2"),
    Case("lone_quotes.tsv", LONE_QUOTES.encode(), "The quotes in lines 3 to 5 of lone_quotes.tsv are broken"),
    Case("lone_quotes_as_text.tsv", LONE_QUOTES.encode(), OF_LONE_QUOTES, read_as(quoting="text")),
    Case(
        "swallowed.tsv",
        b'text\tlabel\nFine.\t1\n"Funny.\t1\nIn quotes"\t0\n',
        "Lines 3 to 4 of swallowed.tsv are one row in quotes",
    ),
    Case(
        "never_closed.csv",
        b'text,label\n"a,1\nb,0\n',
        "opened in line 2 of never_closed.csv are never closed",
    ),
    Case(
        "no_header.csv",
        b"A warm film.,1\nA dull mess.,0\n",
        "The first line of no_header.csv looks like data",
    ),
    Case("header_counts.csv", b"text,label,0\na,1,5\nb,0,7\n", "looks like data: it holds '0'"),
    Case("plain.txt", delimited(delimiter="\t").encode()),
    Case("comma.txt", CSV.encode()),
    Case("lines.jsonl", objects(FRAME, True)),
    Case("lines.ndjson", objects(FRAME, True)),
    Case("lines.json", objects(FRAME, True)),
    Case("array.json", objects(FRAME, False)),
    Case("pretty.json", objects(FRAME, False, indent=2)),
    Case("array_utf16.json", objects(FRAME, False).decode().encode("utf-16")),
    Case("booleans.jsonl", objects(FRAME.assign(label=[True, False, True]), True)),
    Case("names.json", objects(FRAME.assign(label=["Positive", "Negative", "positive"]), False)),
    Case("nested.jsonl", objects(NESTED, True)),
    Case("nested.json", objects(NESTED, False)),
    Case("list_lines.jsonl", b'["a", 1]\n["b", 0]\n', "begins a list instead of an object"),
    Case("cut.json", objects(FRAME, False)[:-20], "cut.json is not JSON"),
    Case(
        "late_keys.jsonl",
        b'{"text": "a", "label": 1}\n{"label": 0, "more": 2, "text": "b"}\n',
        (("a", 1), ("b", 0)),
    ),
    Case("plain.parquet", parquet({"text": TEXTS, "label": [1, 0, 1]})),
    Case("floats.parquet", parquet({"text": TEXTS, "label": [1.0, 0.0, 1.0]})),
    Case("booleans.parquet", parquet({"text": TEXTS, "label": [True, False, True]})),
    Case("small.parquet", parquet({"text": TEXTS, "label": pa.array([1, 0, 1], pa.uint8())})),
    Case(
        "choices.parquet",
        parquet({"text": TEXTS, "label": pa.array(["positive", "negative", "positive"]).dictionary_encode()}),
    ),
    Case(
        "large_text.parquet", parquet({"text": pa.array(TEXTS, pa.large_string()), "label": ["1", "0", "1"]})
    ),
    Case("bytes.parquet", parquet({"text": [text.encode() for text in TEXTS], "label": [1, 0, 1]})),
    Case("nested.parquet", parquet({"text": TEXTS, "label": [1, 0, 1], "tags": [["a"], [], None]})),
    Case("images.parquet", parquet({"text": TEXTS, "label": [1, 0, 1], "image": [b"\xff\xd8", b"", None]})),
    Case("class_names.parquet", with_class_names(["positive", "negative"], [0, 1, 0])),
    Case("class_names_as_ours.parquet", with_class_names(["negative", "positive"], [1, 0, 1])),
    Case("class_names_other.parquet", with_class_names(["ham", "spam"], [1, 0, 1])),
    Case("cut.parquet", parquet({"text": TEXTS, "label": [1, 0, 1]})[:-9], "cannot be read as Parquet"),
    Case("packed.csv.gz", gzip.compress(CSV.encode(), mtime=0)),
    Case("packed.json.gz", gzip.compress(objects(FRAME, False), mtime=0)),
    Case("packed.jsonl.gz", gzip.compress(objects(NESTED, True), mtime=0)),
    Case("packed.txt.gz", gzip.compress(delimited(delimiter="\t").encode(), mtime=0)),
    Case("cut.csv.gz", gzip.compress(CSV.encode(), mtime=0)[:-12], "cannot be unpacked"),
    Case("packed.csv", gzip.compress(CSV.encode(), mtime=0), "packed with gzip"),
    Case("packed.parquet.gz", gzip.compress(b"PAR1", mtime=0), "is packed Parquet"),
    Case("sheet.xlsx", b"PK\x03\x04", "save the sheet as CSV"),
]

Road = Callable[[Path, ReadingOptions], tuple[tuple[int, str, float | None], ...]]


@pytest.fixture
def roads(classifier: TextClassifier, tmp_path: Path) -> dict[str, Road]:
    """Every road to the (row, text, label) triples of a file."""

    def lab(path: Path, options: ReadingOptions) -> tuple[tuple[int, str, float | None], ...]:
        table = import_table(path, tmp_path / "lab.parquet", file_format=options.file)
        block = read_block(table.path, chosen_roles(classifier, table, options), 0, table.rows)
        return tuple(zip(*(block[name].to_pylist() for name in ("row", "text", "gold")), strict=True))

    def command(path: Path, options: ReadingOptions) -> tuple[tuple[int, str, float | None], ...]:
        data = read_labelled_data(classifier, str(path), options=options)
        return tuple(zip(data.rows, data.texts.texts, data.texts.labels, strict=True))

    def training(path: Path, options: ReadingOptions) -> tuple[tuple[int, str, float | None], ...]:
        task = replace(TASKS["custom"], label_names=classifier.labels)
        _, data = read_evaluation_data(str(path), "", task, options)
        return tuple(zip(range(1, len(data) + 1), data.texts, data.labels, strict=True))

    return {"lab": lab, "command": command, "training": training}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_road_reads_the_same_or_refuses_alike(
    roads: dict[str, Road], tmp_path: Path, case: Case
) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content)
    found: dict[str, Any] = {}
    for name, road in roads.items():
        try:
            found[name] = road(path, case.options)
        except InputError as error:
            found[name] = str(error)
    if isinstance(case.expected, str):
        assert set(map(type, found.values())) == {str}, found
        assert case.expected in found["lab"] and len(set(found.values())) == 1, found
    else:
        rows = tuple((number, *row) for number, row in enumerate(case.expected, start=1))
        assert found == dict.fromkeys(found, rows)


def test_there_are_enough_of_them() -> None:
    refused = sum(isinstance(case.expected, str) for case in CASES)
    assert len({case.name for case in CASES}) == len(CASES) >= 70 and refused >= 18
