"""Sets of labels in files of many kinds: the same sets by every road, scored as a plain computation does."""

import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value
from datasets import Sequence as ListOf

import ltp_viz
from ltp_viz import InputError, TextClassifier
from ltp_viz.analysis.evaluation.evaluate import evaluate
from ltp_viz.data.label_sets import MOST_LABELS, answer_codes, set_code, set_members
from ltp_viz.data.tables.blocks import read_block
from ltp_viz.data.tables.checks import check
from ltp_viz.data.tables.chosen_roles import chosen_roles
from ltp_viz.data.tables.labelled_data import read_labelled_data
from ltp_viz.data.tables.reading import ReadingOptions
from ltp_viz.data.tables.source import import_table
from tests.data.checkpoints.brought import save_bert

NAMES = ("joy", "anger", "fear")
TEXTS = ("a warm film", "a dull mess", "funny . warm", "cold", "a film", "dull . cold")
SETS = ((0,), (0, 1), (), (2, 1), (0, 1, 2), None)  # None: no labels
Sets = tuple[tuple[int, ...] | None, ...]


@pytest.fixture(scope="module")
def feelings(tmp_path_factory: pytest.TempPathFactory) -> TextClassifier:
    folder = save_bert(
        tmp_path_factory.mktemp("models") / "feelings",
        id2label=dict(enumerate(NAMES)),
        problem_type="multi_label_classification",
    )
    return ltp_viz.load_model(folder)


def named(names: Sequence[str] = NAMES) -> list[list[str] | None]:
    return [None if each is None else [names[index] for index in each] for each in SETS]


def numbers(first: int = 0) -> list[list[int] | None]:
    return [None if each is None else [index + first for index in each] for each in SETS]


def vectors() -> list[list[int] | None]:
    return [None if each is None else [int(index in each) for index in range(3)] for each in SETS]


def csv(cells: Sequence[Any], column: str = "label") -> bytes:
    return pd.DataFrame({"text": TEXTS, column: cells}).to_csv(index=False).encode()


def lines(cells: Sequence[Any], column: str = "labels") -> bytes:
    rows = ({"text": text, column: cell} for text, cell in zip(TEXTS, cells, strict=True))
    return "\n".join(map(json.dumps, rows)).encode()


def parquet(cells: Any, column: str = "labels", **more: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"text": TEXTS, column: cells, **more}), file)
    return file.getvalue()


def of_the_hub(names: Sequence[str]) -> bytes:
    features = Features({"text": Value("string"), "labels": ListOf(ClassLabel(names=list(names)))})
    file = io.BytesIO()
    rows = [None if each is None else [names.index(NAMES[index]) for index in each] for each in SETS]
    Dataset.from_dict({"text": list(TEXTS), "labels": rows}, features=features).to_parquet(file)
    return file.getvalue()


def per_label(names: Sequence[str] = NAMES, missing: Any = None) -> bytes:
    rows = np.array([[missing] * 3 if each is None else each for each in vectors()], dtype=object)
    return pd.DataFrame({"text": TEXTS, **dict(zip(names, rows.T, strict=True))}).to_csv(index=False).encode()


def joined(separator: str, empty: str = "[]") -> list[str | None]:
    return [None if each is None else separator.join(each) or empty for each in named()]


def written(cells: Sequence[Any]) -> list[str | None]:
    return [None if each is None else str(each) for each in cells]


FILES: dict[str, bytes] = {
    "comma.csv": csv(joined(", ")),
    "pipe.csv": csv(joined("|")),
    "semicolon.csv": csv(joined(";", "none")),
    "case.csv": csv([None if cell is None else cell.upper() for cell in joined(" , ")], "Labels"),
    "json.csv": csv([None if each is None else json.dumps(each) for each in named()]),
    "python.csv": csv(written(named())),
    "numpy_names.csv": csv([None if each is None else str(np.array(each, dtype=str)) for each in named()]),
    "numbers.csv": csv(written(numbers())),
    "numbers_from_one.csv": csv(written(numbers(1))),
    "numbers_comma.csv": csv([None if e is None else ",".join(map(str, e)) or "[]" for e in numbers()]),
    "vector.csv": csv(written(vectors())),
    "vector_plain.csv": csv([None if each is None else " ".join(map(str, each)) for each in vectors()]),
    "vector_comma.csv": csv([None if each is None else ",".join(map(str, each)) for each in vectors()]),
    "vector_numpy.csv": csv([None if e is None else str(np.array(e, dtype=float)) for e in vectors()]),
    "vector_unlabelled.csv": csv([str(each or [-1, -1, -1]) for each in vectors()]),
    "per_label.csv": per_label(),
    "per_label_case.csv": per_label(("Joy", "ANGER", "Fear ")),
    "per_label_unlabelled.csv": per_label(missing=-1),
    "names.jsonl": lines(named()),
    "names.json": b"[" + lines(named()).replace(b"\n", b",\n") + b"]",
    "numbers.jsonl": lines(numbers()),
    "vector.jsonl": lines(vectors()),
    "booleans.jsonl": lines([None if each is None else list(map(bool, each)) for each in vectors()]),
    "emotions.jsonl": lines(named(), "emotions"),
    "names.parquet": parquet(named()),
    "numbers.parquet": parquet(numbers()),
    "small.parquet": parquet(pa.array(numbers(), pa.large_list(pa.int8()))),
    "vector.parquet": parquet(pa.array(vectors(), pa.list_(pa.float32()))),
    "fixed.parquet": parquet(pa.array(vectors(), pa.list_(pa.int64(), 3))),
    "choices.parquet": parquet(pa.array(named(), pa.list_(pa.dictionary(pa.int8(), pa.string())))),
    "hub.parquet": of_the_hub(NAMES),
    "hub_other_order.parquet": of_the_hub(("fear", "joy", "anger")),
    "beside_others.parquet": parquet(named(), tags=[["x"]] * 6, vectors=[[0.5, -3.0]] * 6),
}


def by_lab(classifier: TextClassifier, path: Path, options: ReadingOptions) -> dict[int, int | None]:
    table = import_table(path, path.with_suffix(".imported"))
    block = read_block(table.path, chosen_roles(classifier, table, options), 0, table.rows)
    return dict(zip(block["row"].to_pylist(), block["gold"].to_pylist(), strict=True))


def by_command(classifier: TextClassifier, path: Path, options: ReadingOptions) -> dict[int, int | None]:
    read = read_labelled_data(classifier, str(path), options=options, needs_labels=False)
    labels = [None if math.isnan(label) else int(label) for label in read.texts.labels]
    return dict(zip(read.rows, labels, strict=True))


def codes(sets: Sets = SETS) -> dict[int, int | None]:
    return {row: None if each is None else set_code(each) for row, each in enumerate(sets, start=1)}


@pytest.mark.parametrize("name", FILES)
def test_every_way_to_write_sets_is_read_alike_by_every_road(
    feelings: TextClassifier, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    for road in (by_lab, by_command):
        assert road(feelings, path, ReadingOptions()) == codes()
    read = read_labelled_data(feelings, str(path))
    assert read.rows == (1, 2, 3, 4, 5)
    assert any("Scores cover 5 of 6 rows" in message for message in read.messages)
    found = {(meaning.meant, meaning.rows) for meaning in read.meanings}
    assert found == {("joy", 3), ("anger", 3), ("fear", 2), ("none", 1)}


@pytest.mark.parametrize("name", FILES)
def test_one_label_is_read_from_the_same_files(feelings: TextClassifier, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    for index, label in enumerate(NAMES):
        expected = {row: None if each is None else int(index in each) for row, each in enumerate(SETS, 1)}
        for road in (by_lab, by_command):
            assert road(feelings.for_label(label), path, ReadingOptions()) == expected


def test_one_label_is_read_from_yes_and_no_too(feelings: TextClassifier, tmp_path: Path) -> None:
    path = tmp_path / "anger.csv"
    for cells in ([1, 0, 1, 0, 0, 1], ["anger", "not anger"] * 3, [True, False] * 3):
        path.write_bytes(csv(cells))
        expected = [int(cell in (1, "anger")) for cell in cells]
        assert list(by_command(feelings.for_label("anger"), path, ReadingOptions()).values()) == expected


def test_scores_equal_a_plain_computation(feelings: TextClassifier, tmp_path: Path) -> None:
    path = tmp_path / "sets.jsonl"
    path.write_bytes(lines(named()))
    data = read_labelled_data(feelings, str(path)).texts
    found = evaluate(feelings, data, global_scale=8.0)
    assert found.pruned_macs < found.dense_macs
    for scale, scores in ((8.0, found.pruned), (0.0, found.dense)):
        answers = [
            {name for name, p in zip(NAMES, row, strict=True) if p > 0.5}
            for row in feelings.predict(data.texts, global_scale=scale).probabilities.tolist()
        ]
        gold = [set(each) for each in named() if each is not None]
        assert scores == pytest.approx(plain_scores(gold, answers))


def plain_scores(gold: list[set[str]], answers: list[set[str]]) -> dict[str, float]:
    def f1(names: Sequence[str]) -> float:
        pairs = [(g & set(names), a & set(names)) for g, a in zip(gold, answers, strict=True)]
        both = sum(len(g & a) for g, a in pairs)
        either = sum(len(g) + len(a) for g, a in pairs)
        return 2 * both / either if either else 0.0

    equal = [g == a for g, a in zip(gold, answers, strict=True)]
    return {
        "micro_f1": f1(NAMES),
        "macro_f1": sum(f1([name]) for name in NAMES) / len(NAMES),
        "subset_accuracy": sum(equal) / len(equal),
    }


def test_a_label_of_no_class_leaves_its_row_unscored_and_is_named(
    feelings: TextClassifier, tmp_path: Path
) -> None:
    path = tmp_path / "strange.csv"
    path.write_bytes(csv(["joy", "joy, awe", "anger", "awe", "fear", "rage|joy"]))
    read = read_labelled_data(feelings, str(path))
    assert read.rows == (1, 3, 5)
    assert any("3 rows with labels that mean no class: 'awe' (2), 'rage' (1)" in m for m in read.messages)
    mapped = read_labelled_data(feelings, str(path), options=ReadingOptions(labels=("awe=joy", "rage=anger")))
    assert mapped.texts.labels == (1, 1, 2, 1, 4, 3)
    table = import_table(path, tmp_path / "strange.parquet")
    found = check(table, chosen_roles(feelings, table, ReadingOptions()))
    assert (found.unknown_rows, found.unknown_values, found.without_label) == (3, 2, 0)


def test_a_label_that_holds_a_separator_is_one_label(tmp_path: Path) -> None:
    names = ("joy, pure", "anger", "fear")
    model = ltp_viz.load_model(
        save_bert(
            tmp_path / "model", id2label=dict(enumerate(names)), problem_type="multi_label_classification"
        )
    )
    path = tmp_path / "texts.csv"
    path.write_bytes(csv(["joy, pure", "joy, pure|anger", "[]", "fear;anger", "anger", None]))
    assert list(by_command(model, path, ReadingOptions()).values()) == [1, 3, 0, 6, 2, None]


def test_what_cannot_be_scored_is_refused(feelings: TextClassifier, tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_bytes(pd.DataFrame({"text": TEXTS}).to_csv(index=False).encode())
    with pytest.raises(InputError, match="or give a column of 0 and 1 for each label, called like it"):
        read_labelled_data(feelings, str(path))
    path.write_bytes(csv(["x", "y", "x,y", "z", None, "x"]))
    with pytest.raises(InputError, match="cannot be scored by column 'label', which holds 'x'"):
        read_labelled_data(feelings, str(path))
    path.write_bytes(per_label())
    with pytest.raises(InputError, match="--labels names 'rage', and the labels of this file are called joy"):
        read_labelled_data(feelings, str(path), options=ReadingOptions(labels=("rage=joy",)))
    many = save_bert(
        tmp_path / "many",
        id2label={index: f"label {index}" for index in range(MOST_LABELS + 1)},
        problem_type="multi_label_classification",
    )
    with pytest.raises(InputError, match=r"has 53 labels, and sets are compared of 52 at most; .+--label"):
        read_labelled_data(ltp_viz.load_model(many), str(path))
    two = save_bert(tmp_path / "two", id2label={0: "valence", 1: "arousal"}, problem_type="regression")
    with pytest.raises(InputError, match="predicts 2 numbers at once"):
        read_labelled_data(ltp_viz.load_model(two), str(path))


def test_columns_named_like_some_labels_are_no_sets(feelings: TextClassifier, tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    for frame in (
        pd.DataFrame({"text": TEXTS, "joy": [1, 0] * 3, "anger": [1, 0] * 3}),
        pd.DataFrame({"text": TEXTS, "joy": [1, 0] * 3, "anger": [1, 0] * 3, "fear": [1, 0, 2] * 2}),
    ):
        path.write_bytes(frame.to_csv(index=False).encode())
        with pytest.raises(InputError, match="has no column of labels"):
            read_labelled_data(feelings, str(path))
        for label in ("joy", "anger"):  # a column for the only label that is asked about
            found = by_command(feelings.for_label(label), path, ReadingOptions())
            assert list(found.values()) == [1, 0] * 3
            assert chosen_label(feelings.for_label(label), path) == label


def chosen_label(classifier: TextClassifier, path: Path) -> str | None:
    return read_labelled_data(classifier, str(path)).roles.label


def test_numbers_of_sets_say_which_labels_they_hold() -> None:
    generator = np.random.default_rng(0)
    for count in (1, 3, MOST_LABELS):
        logits = generator.normal(size=(50, count))
        found = answer_codes(logits, "labels")
        assert (set_members(found, count) == (logits > 0)).all()
        assert (set_members(found.astype(float), count) == (logits > 0)).all()  # as labelled texts hold them
        assert found.tolist() == [set_code(np.flatnonzero(row > 0).tolist()) for row in logits]


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (["joy and anger", "joy", "joy anger", "fear & joy", "joy/awe", "ang"], (2, 6)),
        (["None", "joy", "nan", "anger", "none", "set()"], (2, 4, 5, 6)),
        (["[1, 0, 1]", "[1, 0]", "[0, 1]", "[1, 1]", "[0]", "[]"], ()),
        (["[1, 0, 1, 0]", "[0, 1, 0, 0]"] * 3, ()),
        (["[0.2, 0.8, 1]", "[0, 1, 0]"] * 3, ()),
        (["101", "010"] * 3, ()),
    ],
)
def test_what_is_no_set_of_these_labels_is_not_scored_in_part(
    feelings: TextClassifier, tmp_path: Path, cells: list[str], rows: tuple[int, ...]
) -> None:
    path = tmp_path / "texts.csv"
    path.write_bytes(csv(cells))
    if rows:
        read = read_labelled_data(feelings, str(path))
        assert read.rows == rows and any("that mean no class" in message for message in read.messages)
    else:
        with pytest.raises(InputError, match="cannot be scored by column 'label'"):
            read_labelled_data(feelings, str(path))
