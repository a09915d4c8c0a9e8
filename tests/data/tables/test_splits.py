"""Parts of data sets: found in folders and on the hub, joined, and a holdout that is always the same."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pytest

from ltp_viz import InputError
from ltp_viz.data.tables.reading import FileFormat, ReadingOptions
from ltp_viz.data.tables.splits import (
    HOLDOUT_SHARE,
    MOST_HOLDOUT_ROWS,
    import_split,
    read_evaluation_data,
    read_training_data,
)
from ltp_viz.data.tables.tasks import TASKS

SST2, CUSTOM = TASKS["sst2"], TASKS["custom"]


def numbered(count: int, word: str = "text") -> pd.DataFrame:
    return pd.DataFrame(
        {"sentence": [f"{word} {i}" for i in range(count)], "label": [i % 2 for i in range(count)]}
    )


def folder_with(path: Path, **parts: pd.DataFrame) -> str:
    path.mkdir(parents=True)
    for name, frame in parts.items():
        frame.to_csv(path / f"{name}.csv", index=False)
    return str(path)


@pytest.mark.parametrize("count", [20, 333, 60_000])
def test_the_holdout_kept_aside_is_disjoint_and_always_the_same(tmp_path: Path, count: int) -> None:
    source = folder_with(tmp_path / "data", train=numbered(count))
    data = read_training_data([source], SST2)
    assert data.kept_aside == len(data.holdout) == min(MOST_HOLDOUT_ROWS, int(HOLDOUT_SHARE * count))
    assert sorted(data.train.texts + data.holdout.texts) == sorted(numbered(count).sentence)
    assert not set(data.train.texts) & set(data.holdout.texts)
    assert read_training_data([source], SST2) == data
    # Both keep the order of the file, and rows keep their labels.
    for part in (data.train, data.holdout):
        numbers = [int(text.split()[1]) for text in part.texts]
        assert numbers == sorted(numbers) and list(part.labels) == [number % 2 for number in numbers]


@pytest.mark.parametrize(
    ("count", "rows"), [(40, (13, 18, 29, 33)), (100, (0, 1, 4, 15, 18, 50, 68, 69, 94, 95))]
)
def test_these_very_rows_are_kept_aside(tmp_path: Path, count: int, rows: tuple[int, ...]) -> None:
    # Results in docs/results.md depend on them; 18 and 33 are the first that are drawn from 40.
    source = folder_with(tmp_path / "data", train=numbered(count))
    assert read_training_data([source], SST2).holdout.texts == tuple(f"text {row}" for row in rows)


def labelled(count: int, rare: Sequence[int]) -> pd.DataFrame:
    frame = numbered(count)
    return frame.assign(label=["rare" if i in rare else "ab"[i % 2] for i in range(count)])


@pytest.mark.parametrize(
    ("rare", "kept"),
    [
        ((18,), (13, 20, 29, 33)),  # a class of one row stays in train
        ((18, 33), (13, 18, 20, 29)),  # of two that would both go, the one drawn later stays
        ((18, 5), (13, 18, 29, 33)),
    ],
)
def test_train_keeps_a_row_of_every_class(
    tmp_path: Path, rare: tuple[int, ...], kept: tuple[int, ...]
) -> None:
    source = folder_with(tmp_path / "data", train=labelled(40, rare))
    data = read_training_data([source], CUSTOM)
    assert data.task.label_names == ("a", "b", "rare") and set(data.train.labels) == {0, 1, 2}
    assert data.holdout.texts == tuple(f"text {row}" for row in kept) and data.kept_aside == 4
    assert sorted(data.train.texts + data.holdout.texts) == sorted(labelled(40, rare).sentence)


def test_labels_that_never_repeat_leave_nothing_to_keep_aside(tmp_path: Path) -> None:
    source = folder_with(tmp_path / "data", train=numbered(30).assign(label=[f"u{i}" for i in range(30)]))
    with pytest.raises(InputError, match=r"data \(train\) has another label in each of its 30 rows"):
        read_training_data([source], CUSTOM)
    # Numbers to predict may all differ, and where they do the same rows are kept aside as ever.
    task = replace(CUSTOM, is_regression=True)
    numbers = folder_with(tmp_path / "numbers", train=numbered(40).assign(label=range(40)))
    assert read_training_data([numbers], task).holdout.labels == (13, 18, 29, 33)


@pytest.mark.parametrize("column", ["sentence", "label"])
def test_rows_are_numbered_as_in_the_file(tmp_path: Path, column: str) -> None:
    for row in (13, 39):  # one of those kept aside, and one behind them
        frame = labelled(40, ())
        frame.loc[row, column] = None
        source = folder_with(tmp_path / str(row), train=frame)
        with pytest.raises(
            InputError, match=rf"{row} \(train\) has no .* in column '{column}' of row {row + 1};"
        ):
            read_training_data([source], CUSTOM)


def test_numbers_that_are_all_the_same_are_refused(tmp_path: Path) -> None:
    source = folder_with(tmp_path / "data", train=numbered(30).assign(label=2.5))
    with pytest.raises(InputError, match=r"All 27 training texts have the number 2\.5; a regression needs"):
        read_training_data([source], replace(CUSTOM, is_regression=True))


def test_a_holdout_with_columns_of_other_usual_names(tmp_path: Path) -> None:
    other = numbered(3, "other").rename(columns={"sentence": "text"})
    known = folder_with(tmp_path / "known", train=numbered(5), holdout=other)
    assert read_training_data([known], SST2).holdout.texts == ("other 0", "other 1", "other 2")
    other = other.rename(columns={"label": "target"})
    guessed = folder_with(tmp_path / "guessed", train=numbered(5), holdout=other)
    data = read_training_data([guessed], CUSTOM)
    assert data.holdout.texts == ("other 0", "other 1", "other 2") and data.holdout.labels == (0, 1, 0)
    assert data.task.text_columns == ("sentence",) and data.task.label_names == ("0", "1")
    # Columns named as in train go before usual ones that the holdout has besides.
    more = numbered(3, "other").assign(text="no")
    both = folder_with(tmp_path / "both", train=numbered(5), holdout=more)
    assert read_training_data([both], CUSTOM).holdout == data.holdout


@pytest.mark.parametrize(
    ("changes", "columns", "message"),
    [
        ({"sentence": "txt"}, (), r"\(holdout\) has no column with a usual name for texts, only txt, label"),
        ({"sentence": "text"}, ("sentence",), r"\(holdout\) has no column 'sentence', only text, label"),
        ({"label": "gold"}, (), r"\(holdout\) has no column 'label', only sentence, gold"),
    ],
)
def test_a_holdout_whose_columns_cannot_be_told(
    tmp_path: Path, changes: dict[str, str], columns: tuple[str, ...], message: str
) -> None:
    source = folder_with(tmp_path / "data", train=numbered(5), holdout=numbered(3).rename(columns=changes))
    with pytest.raises(InputError, match=message):
        read_training_data([source], replace(CUSTOM, text_columns=columns))


def test_a_holdout_of_pairs_for_single_texts(tmp_path: Path) -> None:
    pairs = pd.DataFrame({"sentence1": ["a"], "sentence2": ["b"], "label": [0]})
    source = folder_with(tmp_path / "data", train=numbered(5), holdout=pairs)
    with pytest.raises(InputError, match=r"\(holdout\) has pairs and .*\(train\) single texts"):
        read_training_data([source], CUSTOM)
    source = folder_with(
        tmp_path / "other", train=pd.concat([pairs] * 2).assign(label=[0, 1]), holdout=numbered(5)
    )
    with pytest.raises(InputError, match=r"\(holdout\) has single texts and .*\(train\) pairs"):
        read_training_data([source], CUSTOM)


def test_a_holdout_of_its_own_is_used(tmp_path: Path) -> None:
    source = folder_with(tmp_path / "data", train=numbered(5), holdout=numbered(3, "other"))
    data = read_training_data([source], SST2)
    assert len(data.train) == 5 and data.kept_aside == 0
    assert data.holdout.texts == ("other 0", "other 1", "other 2")


def test_data_are_found_in_a_folder_named_after_the_task(tmp_path: Path) -> None:
    folder_with(tmp_path / "all/sst2", train=numbered(30))
    folder_with(tmp_path / "all/cola", train=numbered(40, "cola"))
    assert len(read_training_data([str(tmp_path / "all")], SST2).train) == 27
    assert len(read_training_data([str(tmp_path / "all")], TASKS["cola"]).train) == 36
    assert len(read_training_data([str(tmp_path / "all/sst2")], SST2).train) == 27


def test_sources_are_joined_in_their_order(tmp_path: Path) -> None:
    first = folder_with(tmp_path / "first", train=numbered(4), holdout=numbered(2))
    second = folder_with(tmp_path / "second", train=numbered(40, "more"))
    data = read_training_data([first, second], CUSTOM)
    assert data.train.texts[:4] == tuple(numbered(4).sentence) and len(data.train) == 40
    assert data.holdout.texts[:2] == tuple(numbered(2).sentence) and len(data.holdout) == 6
    assert data.kept_aside == 4 and data.task.label_names == ("0", "1")
    # Each may have columns of its own, but labels mean the same in all.
    named = numbered(40, "more").rename(columns={"sentence": "review", "label": "target"})
    third = folder_with(tmp_path / "third", train=named)
    assert read_training_data([first, third], CUSTOM).train == data.train
    fourth = folder_with(tmp_path / "fourth", train=numbered(40).assign(label="new"))
    with pytest.raises(InputError, match="label 'new' in row 1; task custom allows 0, 1"):
        read_training_data([first, fourth], CUSTOM)


def test_training_reads_plain_glue_files_and_says_how(tmp_path: Path) -> None:
    rows = [f'"A film {i}.\t{i % 2}' if i % 3 else f"A film {i}.\t{i % 2}" for i in range(30)]
    (tmp_path / "train.tsv").write_text("\n".join(["sentence\tlabel", *rows, ""]))
    with pytest.raises(InputError, match=r"\(train\) are .+--quoting text"):
        read_training_data([str(tmp_path)], SST2)
    data = read_training_data([str(tmp_path)], SST2, ReadingOptions(FileFormat(quoting="text")))
    assert len(data.train) + len(data.holdout) == 30 and data.train.texts[0] == '"A film 1.'
    assert data.messages == (f"{tmp_path} (train): Read as: tab separated, UTF-8, header, quotes are text.",)


def test_one_class_in_one_source_may_be_joined_by_another(tmp_path: Path) -> None:
    first = folder_with(tmp_path / "first", train=numbered(40).assign(label=0))
    second = folder_with(tmp_path / "second", train=numbered(40))
    with pytest.raises(InputError, match="have the label 'negative'; a classifier needs two"):
        read_training_data([first], SST2)
    assert set(read_training_data([first, second], SST2).train.labels) == {0, 1}


def test_parts_to_evaluate_on(tmp_path: Path) -> None:
    source = folder_with(tmp_path / "data", train=numbered(5), validation=numbered(3))
    task, part = read_evaluation_data(source, "validation", CUSTOM)
    assert task.text_columns == ("sentence",) and len(part) == 3
    assert read_evaluation_data(f"{source}/train.csv", "validation", SST2)[1].texts == tuple(
        numbered(5).sentence
    )
    with pytest.raises(
        InputError, match="has no part 'test', only train and validation; name one with --split"
    ):
        read_evaluation_data(source, "test", SST2)
    assert import_split(source, "test", "sst2", tmp_path / "in.parquet") is None
    folder_with(tmp_path / "data/sst2", holdout=numbered(3))
    with pytest.raises(InputError, match="has no part 'test', only holdout; name one with --split"):
        read_evaluation_data(source, "test", SST2)
    with pytest.raises(
        InputError, match=r"has no part 'test' nor any other; give a folder with a file test\.csv"
    ):
        read_evaluation_data(str(tmp_path), "test", SST2)


@pytest.mark.parametrize("source", ["none", "./none", "a/b/c"])
def test_no_data_to_evaluate_on(source: str) -> None:
    with pytest.raises(InputError) as error:
        read_evaluation_data(source, "validation", SST2)
    assert str(error.value) == (
        f"There is no file or folder {source!r}; give a file, a folder with a validation file, or a hub name "
        "'owner/name'."
    )


# The hub is out of reach of tests: `datasets` is replaced at its border, with its own classes and errors.
@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    parts = {"train": numbered(30), "validation": numbered(4)}

    def load(
        name: str, configuration: str | None = None, *, split: str, streaming: bool
    ) -> datasets.IterableDataset:
        assert streaming
        calls.append((name, configuration, split))
        return datasets.Dataset.from_pandas(parts[split]).to_iterable_dataset()

    def names(name: str, configuration: str | None = None) -> list[str]:
        if name == "nobody/nothing":
            raise datasets.exceptions.DatasetNotFoundError("Dataset 'nobody/nothing' doesn't exist.\nReally.")
        if configuration == "wrong":
            raise ValueError("BuilderConfig 'wrong' not found.")
        return list(parts)

    monkeypatch.setattr(datasets, "load_dataset", load)
    monkeypatch.setattr(datasets, "get_dataset_split_names", names)
    return calls


def test_hub_data_sets(hub: list[tuple[Any, ...]]) -> None:
    data = read_training_data(["nyu-mll/glue:sst2"], SST2)
    assert hub == [("nyu-mll/glue", "sst2", "train")]
    assert len(data.train) == 27 and len(data.holdout) == 3
    hub.clear()
    assert len(read_evaluation_data("owner/name", "validation", SST2)[1]) == 4
    assert hub == [("owner/name", None, "validation")]
    with pytest.raises(
        InputError, match="owner/name has no part 'test', only train and validation; name one"
    ):
        read_evaluation_data("owner/name", "test", SST2)


def test_what_the_hub_refuses_is_told_in_one_sentence(hub: list[tuple[Any, ...]]) -> None:
    with pytest.raises(InputError) as error:
        read_training_data(["nobody/nothing"], SST2)
    assert str(error.value) == (
        "The data set 'nobody/nothing' cannot be had from the hub: Dataset 'nobody/nothing' doesn't exist."
    )
    with pytest.raises(InputError, match="BuilderConfig 'wrong' not found"):
        read_training_data(["owner/name:wrong"], SST2)
    assert not hub


@pytest.mark.parametrize("source", ["none", "./none", "~/none", "/none/at/all", "a/b/c"])
def test_what_is_neither_folder_nor_hub_name(source: str, hub: list[tuple[Any, ...]]) -> None:
    with pytest.raises(InputError, match="There is no data folder"):
        read_training_data([source], SST2)
    assert not hub
