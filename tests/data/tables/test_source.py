"""Files of every kind, and splits of the hub, are taken in alike and whole, or not at all."""

import json
import resource
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ltp_viz import InputError
from ltp_viz.data.tables.limits import BATCH_ROWS
from ltp_viz.data.tables.reading import FileFormat
from ltp_viz.data.tables.source import (
    SourceTable,
    import_hub_split,
    import_table,
    named_part,
    open_source,
    preview,
)
from tests.data.tables.test_datasets import AWKWARD, KINDS, write


def cells(table: SourceTable) -> dict[str, list[Any]]:
    return pq.read_table(table.path).to_pydict()


def taken(
    tmp_path: Path, content: bytes | str, file: str = "texts.csv", name: str | None = None, **how: Any
) -> SourceTable:
    """The table of a file of this content, read as FileFormat's settings `how` say."""
    source = tmp_path / file
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_table(source, tmp_path / "taken/in.parquet", name=name, file_format=FileFormat(**how))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken_in_alike(tmp_path: Path, kind: str) -> None:
    labels = [i % 2 for i in range(len(AWKWARD))]
    path = write(pd.DataFrame({"sentence": AWKWARD, "label": labels}), tmp_path / f"texts.{kind}")
    table = import_table(path, tmp_path / "in.parquet")
    assert (table.name, table.columns, table.rows) == (path.name, ("sentence", "label"), len(AWKWARD))
    assert cells(table) == {
        "row": list(range(1, len(AWKWARD) + 1)),
        "sentence": list(AWKWARD),
        "label": [str(label) for label in labels],
    }
    assert open_source(table.path) == table


@pytest.mark.parametrize("kind", KINDS)
def test_blank_cells_are_missing_and_truth_values_are_words(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"a": ["x", "", None, " \t", "NA"], "b": [True, False, True, False, True]})
    table = import_table(write(frame, tmp_path / f"texts.{kind}"), tmp_path / "in.parquet")
    assert cells(table)["a"] == ["x", None, None, None, "NA"]
    assert [str(value).lower() for value in cells(table)["b"]] == ["true", "false", "true", "false", "true"]


def test_numbers_and_dates_of_parquet_take_their_usual_spelling(tmp_path: Path) -> None:
    columns = {
        "whole": pa.array([1, None]),
        "float": pa.array([1.0, float("nan")]),
        "half": pa.array([0.5, None], pa.float32()),
        "date": pa.array([pd.Timestamp("2024-01-31").date(), None]),
        "bytes": pa.array(["é".encode(), None]),
        "choice": pa.array(["yes", None]).dictionary_encode(),
        "nothing": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), tmp_path / "texts.parquet")
    table = import_table(tmp_path / "texts.parquet", tmp_path / "in.parquet")
    rows = zip(*(cells(table)[name] for name in columns), strict=True)
    assert list(rows) == [("1", "1", "0.5", "2024-01-31", "é", "yes", None), (None,) * 7]


def test_numbers_of_json_stay_as_they_are_written_and_keys_may_come_late(tmp_path: Path) -> None:
    lines = '{"a": 1.50, "b": 1e400}\n\n{"b": NaN, "c": 12345678901234567890123}\n{"a": "\\ud83d"}\n'
    table = taken(tmp_path, lines, "texts.jsonl")
    assert table.columns == ("a", "b", "c")
    assert cells(table)["a"] == ["1.50", None, "\ufffd"]
    assert cells(table)["b"] == ["1e400", None, None]
    assert cells(table)["c"] == [None, "12345678901234567890123", None]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    content = f'text{delimiter}label\n"a, b; c | d"{delimiter}1\n'
    assert cells(taken(tmp_path, content)) == {"row": [1], "text": ["a, b; c | d"], "label": ["1"]}


def test_a_header_that_holds_other_delimiters(tmp_path: Path) -> None:
    table = taken(tmp_path, "text (words, signs, marks);label\na;1\n")
    assert table.columns == ("text (words, signs, marks)", "label")
    assert taken(tmp_path, "text\na\nb\n").columns == ("text",)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(tmp_path: Path, newline: str) -> None:
    content = newline.join(["text,label", "", '"two', 'lines",1', "", "b,0", ""])
    assert cells(taken(tmp_path, content))["text"] == [f"two{newline}lines", "b"]


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "windows-1252"),  # a byte order mark has the last word
        ("utf-16", "utf-8"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("windows-1252", "windows-1252"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_encodings(tmp_path: Path, codec: str, encoding: str, kind: str) -> None:
    text = "naïve “film”"
    content = f"text,label\n{text},1\n" if kind == "csv" else json.dumps({"text": text}, ensure_ascii=False)
    table = taken(tmp_path, content.encode(codec), f"texts.{kind}", encoding=encoding)
    assert table.columns[0] == "text" and cells(table)["text"] == [text]


def test_the_index_that_pandas_writes_is_a_column(tmp_path: Path) -> None:
    source = tmp_path / "texts.csv"
    pd.DataFrame({"text": ["a", "b"], "label": [0, 1]}).to_csv(source)
    table = import_table(source, tmp_path / "source.parquet")
    assert table.columns == ("column 1", "text", "label")
    assert preview(table)["column 1"].tolist() == ["0", "1"]


def test_a_column_called_row_makes_way(tmp_path: Path) -> None:
    table = taken(tmp_path, "Row,row_,text\n7,8,a\n")
    assert table.columns == ("Row__", "row_", "text")
    assert cells(table) == {"row": [1], "Row__": ["7"], "row_": ["8"], "text": ["a"]}


def test_the_fingerprint_is_of_the_bytes_and_of_how_they_are_read(tmp_path: Path) -> None:
    content = "text,label\ncaf\u00e9,1\n".encode()
    first = taken(tmp_path, content)
    assert len(first.fingerprint) == 64
    assert taken(tmp_path, content, "other.csv").fingerprint == first.fingerprint
    others = [
        taken(tmp_path, content + b"x,0\n"),
        taken(tmp_path, content, encoding="windows-1252"),
        taken(tmp_path, content, "texts.tsv"),
    ]
    assert len({table.fingerprint for table in (first, *others)}) == 4


def test_the_kind_is_told_by_the_name_where_the_path_does_not(tmp_path: Path) -> None:
    table = taken(tmp_path, "text\tlabel\na\t1\n", "upload.tmp", name="my texts.TSV")
    assert table.name == "my texts.TSV" and table.columns == ("text", "label")


def test_many_rows_keep_their_order_and_a_second_file_replaces_the_first(tmp_path: Path) -> None:
    count = 2 * BATCH_ROWS + 5
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(1, count + 1)], "label": 0})
    for kind in KINDS:
        table = import_table(write(frame, tmp_path / f"texts.{kind}"), tmp_path / "in.parquet")
        found = cells(table)
        assert found["row"] == list(range(1, count + 1)) and found["text"] == list(frame["text"])
    assert len(preview(table)) == 20 and preview(table, 2).text.tolist() == ["text 1", "text 2"]
    assert preview(table, 10**6).row.tolist() == found["row"] and preview(table, 0).empty
    assert preview(table, 70, characters=6).text.tolist() == [f"text {i}"[:6] for i in range(1, 71)]


GOOD = "text,label\n" + "a,1\n" * 3


def test_a_failed_take_in_leaves_the_earlier_table(tmp_path: Path) -> None:
    table = taken(tmp_path, GOOD)
    with pytest.raises(InputError):
        taken(tmp_path, "text,label\n" + "a,1\n" * 2 * BATCH_ROWS + "a\n")
    assert open_source(table.path) == table
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"texts.csv cannot be imported: .+\."):
        import_table(tmp_path / "texts.csv", tmp_path / "file/in.parquet")


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    words = np.random.default_rng(0).bytes(30 * BATCH_ROWS).hex()
    frame = pd.DataFrame({"text": [words[i : i + 60] for i in range(0, len(words), 60)]})
    path = write(frame, tmp_path / "texts.csv")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))  # a file cannot grow any more
    try:
        with pytest.raises(InputError, match=r"texts.csv cannot be imported: .+\."):
            import_table(path, tmp_path / "taken/in.parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((tmp_path / "taken").iterdir())


# The hub is out of reach of tests: `datasets` is replaced at its border, with its own classes and errors.
@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"sentence": ["a", None, "ü"], "label": [1, 0, -1], "day": [pd.Timestamp("2024-01-31")] * 3}

    def load(
        name: str, configuration: str | None, *, split: str, streaming: bool
    ) -> datasets.IterableDataset:
        assert streaming and (name, configuration) in (("owner/name", None), ("owner/name", "small"))
        table = datasets.Dataset.from_dict(rows | ({"image": [[1], [2], [3]]} if split == "images" else {}))
        return table.to_iterable_dataset()

    def names(name: str, configuration: str | None) -> list[str]:
        if name != "owner/name":
            raise datasets.exceptions.DatasetNotFoundError(f"Dataset {name!r} doesn't exist.\nReally.")
        return ["train", "images"]

    monkeypatch.setattr(datasets, "load_dataset", load)
    monkeypatch.setattr(datasets, "get_dataset_split_names", names)


@pytest.mark.parametrize("name", ["owner/name", "owner/name:small"])
def test_a_split_of_the_hub(tmp_path: Path, hub: None, name: str) -> None:
    table = import_hub_split(name, "train", tmp_path / "in.parquet")
    assert (table.name, table.rows) == (f"{name} (train)", 3)
    assert named_part(table.name) == (name, "train") and named_part("texts (train).csv") is None
    assert cells(table)["sentence"] == ["a", None, "ü"] and cells(table)["label"] == ["1", "0", "-1"]
    assert cells(table)["day"][0].startswith("2024-01-31")
    assert list(tmp_path.iterdir()) == [table.path] and open_source(table.path) == table


def test_images_of_the_hub_are_left_out_and_named(tmp_path: Path, hub: None) -> None:
    table = import_hub_split("owner/name", "images", tmp_path / "in.parquet")
    assert table.left_out == ("image",) and table.columns == ("sentence", "label", "day")


@pytest.mark.parametrize(
    ("name", "split", "message"),
    [
        ("nobody/nothing", "train", "The data set 'nobody/nothing' cannot be had from the hub: Dataset"),
        ("owner/name", "test", "owner/name has no part 'test', only 'train', 'images'; name one"),
        ("name", "train", "'name' is no name on the hub; give 'owner/name'"),
        ("./a", "train", "'./a' is no name on the hub"),
    ],
)
def test_what_the_hub_refuses(tmp_path: Path, hub: None, name: str, split: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        import_hub_split(name, split, tmp_path / "in.parquet")
    assert message in str(error.value) and "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())
