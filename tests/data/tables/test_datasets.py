"""Labelled files: read whole and alike in every format, or refused in one sentence."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ltp_viz import InputError
from ltp_viz.data.tables.datasets import LabelledTexts, resolve_task
from ltp_viz.data.tables.source import import_table
from ltp_viz.data.tables.splits import read_evaluation_data
from ltp_viz.data.tables.tasks import TASKS, Task

SST2, CUSTOM = TASKS["sst2"], TASKS["custom"]
KINDS = ("parquet", "csv", "tsv", "jsonl")
# What formats and their readers like to mistake for something else.
AWKWARD = (
    "a fine film",
    'with "quotes", commas\tand tabs',
    "NA",
    "null",
    "nan",
    "None",
    "12",
    "2024-01-31",
    "two\nlines",
    "ünï ❤ 漢字",
    "  spaces  ",
    "1e5",
)


def write(frame: pd.DataFrame, path: Path) -> Path:
    writers: dict[str, Any] = {
        "parquet": frame.to_parquet,
        "csv": lambda to: frame.to_csv(to, index=False),
        "tsv": lambda to: frame.to_csv(to, index=False, sep="\t"),
        "jsonl": lambda to: frame.to_json(to, orient="records", lines=True),
    }
    writers[path.suffix[1:]](path)
    return path


def resolved(task: Task, frame: pd.DataFrame, folder: Path, kind: str = "jsonl") -> Task:
    """The task with what it left open taken from these columns."""
    source = write(frame, folder / f"data.{kind}")
    return resolve_task(task, import_table(source, folder / "table.parquet", name="data"), "data")


def texts_of(path: Path, task: Task) -> LabelledTexts:
    """All rows of a file of the task, as training reads them."""
    return read_evaluation_data(str(path), "", task)[1]


@pytest.mark.parametrize("kind", KINDS)
def test_formats_read_alike(tmp_path: Path, kind: str) -> None:
    labels = [i % 2 for i in range(len(AWKWARD))]
    path = write(pd.DataFrame({"sentence": AWKWARD, "label": labels}), tmp_path / f"texts.{kind}")
    data = texts_of(path, SST2)
    assert data == LabelledTexts(AWKWARD, tuple(labels)) and len(data) == len(AWKWARD)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("labels", "names", "classes"),
    [
        (["b", "a", "b"], ("a", "b"), (1, 0, 1)),
        ([10, 2, 10], ("2", "10"), (1, 0, 1)),
        ([1.0, 0.0, 1.0], ("0", "1"), (1, 0, 1)),
        ([True, False, True], ("0", "1"), (1, 0, 1)),
        ([-1, 1, -1], ("-1", "1"), (0, 1, 0)),
    ],
)
def test_labels_of_own_data_become_names(
    tmp_path: Path, kind: str, labels: list[Any], names: tuple[str, ...], classes: tuple[int, ...]
) -> None:
    frame = pd.DataFrame({"text": ["x", "y", "z"], "label": labels})
    path = write(frame, tmp_path / f"texts.{kind}")
    assert texts_of(path, CUSTOM).labels == classes
    assert resolved(CUSTOM, frame, tmp_path, kind).label_names == names


def test_labels_of_several_types_in_one_column(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "x", "label": "good"}\n{"text": "y", "label": 3}\n')
    assert texts_of(path, CUSTOM).labels == (1, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_spaces_around_labels_are_none_of_them(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"text": ["x", "y", "z"], "label": [" pos", "neg\t", "pos"]})
    path = write(frame, tmp_path / f"texts.{kind}")
    assert resolved(CUSTOM, frame, tmp_path, kind).label_names == ("neg", "pos")
    assert texts_of(path, CUSTOM).labels == (1, 0, 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blank", ["", "  ", "\t\n"])
@pytest.mark.parametrize("column", ["text", "label"])
def test_blank_cells_are_empty(tmp_path: Path, kind: str, blank: str, column: str) -> None:
    frame = pd.DataFrame({"text": ["x", "y", "z"], "label": ["a", "b", "a"]})
    frame.loc[1, column] = blank
    with pytest.raises(InputError, match=f"has no {column} in column '{column}' of row 2; fill or remove"):
        texts_of(write(frame, tmp_path / f"texts.{kind}"), CUSTOM)


@pytest.mark.parametrize("column", ["text", "label"])
@pytest.mark.parametrize("cell", [["a", "b"], {"a": 1}])
@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_columns_of_lists_and_objects_are_left_out_and_named(
    tmp_path: Path, column: str, cell: Any, kind: str
) -> None:
    frame = pd.DataFrame({"text": ["x", "y"], "label": ["a", "b"]})
    path = write(frame.assign(**{column: [cell, cell]}), tmp_path / f"texts.{kind}")
    with pytest.raises(InputError, match=rf"left out, as they hold lists, objects or bytes: {column}\)"):
        texts_of(path, CUSTOM)
    beside = write(frame.assign(more=[cell, cell]), tmp_path / f"beside.{kind}")
    assert texts_of(beside, CUSTOM) == LabelledTexts(("x", "y"), (0, 1))


def test_numbers_too_large_for_a_class(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["x", "y"], "label": [0.0, 1e300]})
    with pytest.raises(InputError, match=r"'label' of data holds numbers such as 1e\+300 and not classes"):
        resolved(CUSTOM, frame, tmp_path)


@pytest.mark.parametrize("kind", ["parquet", "csv", "tsv"])
def test_columns_that_only_have_numbers(tmp_path: Path, kind: str) -> None:
    path = write(pd.DataFrame({"0": ["x", "y"], "1": [1, 0]}), tmp_path / f"texts.{kind}")
    task = replace(CUSTOM, text_columns=("0",), label_column="1")
    assert texts_of(path, task) == LabelledTexts(("x", "y"), (1, 0))


@pytest.mark.parametrize(
    ("task", "column"),
    [
        (replace(CUSTOM, text_columns=("a", "a"), label_column="c"), "a"),
        (replace(CUSTOM, text_columns=("a", "c"), label_column="c"), "c"),
        (replace(CUSTOM, label_column="text"), "text"),
    ],
)
def test_a_column_has_one_use(tmp_path: Path, task: Task, column: str) -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "text": ["x", "y"], "c": [0, 1]})
    with pytest.raises(
        InputError, match=f"Column '{column}' of data has two uses; name another with --text-columns"
    ):
        resolved(task, frame, tmp_path)


@pytest.mark.parametrize("labels", [[1, 0], [1.0, 0.0], [True, False], ["positive", "negative"]])
def test_a_known_task_takes_indices_and_names(tmp_path: Path, labels: list[Any]) -> None:
    path = write(pd.DataFrame({"sentence": ["x", "y"], "label": labels}), tmp_path / "texts.parquet")
    assert texts_of(path, SST2).labels == (1, 0)


def test_pairs_and_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"sentence1": ["a", "b"], "sentence2": ["c", "d"], "label": [4.5, 0]})
    path = write(frame, tmp_path / "texts.csv")
    assert texts_of(path, TASKS["stsb"]) == LabelledTexts(("a", "b"), (4.5, 0.0), ("c", "d"))
    data = texts_of(path, TASKS["stsb"])
    assert (data + data).text_pairs == ("c", "d", "c", "d")
    assert data.take([1, 0]) == LabelledTexts(("b", "a"), (0.0, 4.5), ("d", "c"))
    with pytest.raises(InputError, match="join only data of one kind"):
        data + LabelledTexts(("a",), (1,))


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (("review", "label"), ("review",)),
        (("text", "sentence", "label"), ("text",)),
        (("premise", "hypothesis", "label"), ("premise", "hypothesis")),
        (("question", "sentence", "label"), ("question", "sentence")),
        (("id", "content", "label"), ("content",)),
    ],
)
def test_usual_column_names_are_found(
    tmp_path: Path, columns: tuple[str, ...], found: tuple[str, ...]
) -> None:
    frame = pd.DataFrame([[0 if name == "label" else "x" for name in columns]], columns=list(columns))
    task = resolved(CUSTOM, frame, tmp_path)
    assert task.text_columns == found and task.label_column == "label"


def test_a_known_task_finds_its_text_under_another_usual_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["x"], "label": [0]})
    assert resolved(SST2, frame, tmp_path).text_columns == ("text",)
    with pytest.raises(InputError, match="no column 'sentence1'"):
        resolved(TASKS["mrpc"], frame, tmp_path)  # one text is no pair


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"body": ["a"], "label": [0]}, "has no column 'sentence', only body, label"),
        ({"sentence": ["a"]}, "has no column 'label'"),
        ({"sentence": [], "label": []}, "has no rows"),
        ({"sentence": ["a"], "label": [2]}, "label '2' in row 1; task sst2 allows 0 to 1"),
        ({"sentence": ["a", "b"], "label": [0, -1]}, "label '-1' in row 2; task sst2 allows 0 to 1"),
        ({"sentence": ["a"], "label": ["x"]}, "label 'x' in row 1; task sst2 allows negative, positive"),
        ({"sentence": ["a", "b"], "label": [0, None]}, "has no label in column 'label' of row 2"),
        ({"sentence": ["a", None], "label": [0, 1]}, "has no text in column 'sentence' of row 2"),
        ({"sentence": ["a", "b"], "label": [0, 0.5]}, "label '0.5' in row 2; task sst2 allows 0 to 1"),
    ],
)
def test_refuses(tmp_path: Path, columns: dict[str, list[object]], message: str) -> None:
    path = write(pd.DataFrame(columns), tmp_path / "texts.parquet")
    with pytest.raises(InputError, match=message):
        texts_of(path, SST2)


@pytest.mark.parametrize("value", ["high", "inf", ""])
def test_a_regression_needs_numbers(tmp_path: Path, value: str) -> None:
    path = tmp_path / "texts.csv"
    path.write_text(f"sentence1,sentence2,label\na,b,1.5\na,b,{value}\n")
    with pytest.raises(InputError, match="row 2"):
        texts_of(path, TASKS["stsb"])


@pytest.mark.parametrize("kind", KINDS)
def test_empty_files(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"texts.{kind}"
    path.touch()
    with pytest.raises(InputError, match=r"texts\.[a-z]+ (is empty|cannot be read|has no)"):
        texts_of(path, SST2)


@pytest.mark.parametrize("kind", KINDS)
def test_missing_and_broken_files(tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputError, match="There is no file"):
        texts_of(tmp_path / f"none.{kind}", SST2)
    broken = tmp_path / f"broken.{kind}"
    broken.write_bytes(b'\xff\xfe{"sentence: \x00,,\n"')
    with pytest.raises(InputError, match=r"cannot be read|holds the byte|is not JSON"):
        texts_of(broken, SST2)


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("rows", [1, 300_000])  # far enough to be decoded in several pieces
def test_files_that_are_not_utf8(tmp_path: Path, kind: str, rows: int) -> None:
    path = write(
        pd.DataFrame({"text": ["a fine film"] * rows + ["un café"], "label": 1}), tmp_path / f"t.{kind}"
    )
    text = path.read_text().replace("\\u00e9", "é")
    path.write_bytes(text.encode("latin-1"))
    line = rows + 1 if kind == "jsonl" else rows + 2
    with pytest.raises(InputError, match=rf"Line {line:,} of t.{kind} holds the byte E9, .*--encoding, one"):
        texts_of(path, CUSTOM)


def test_files_of_other_kinds(tmp_path: Path) -> None:
    (tmp_path / "texts.xlsx").touch()
    with pytest.raises(InputError, match=r"ends in '.xlsx'; give a CSV, TSV, TXT, JSON, JSONL or Parquet"):
        texts_of(tmp_path / "texts.xlsx", SST2)
