"""Folders that a data set of the hub was saved to, and the meaning of labels in training."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

from ltp_viz import InputError, TextClassifier
from ltp_viz.cli.main import main
from ltp_viz.cli.options import Parser
from ltp_viz.cli.train import add_options, recipe_of
from ltp_viz.data.tables.labelled_data import read_labelled_data
from ltp_viz.data.tables.reading import ReadingOptions
from ltp_viz.data.tables.splits import read_evaluation_data, read_training_data
from ltp_viz.data.tables.tasks import TASKS
from tests.conftest import SST2_MODEL

FEATURES = Features({"sentence": Value("string"), "label": ClassLabel(names=["positive", "negative"])})
CUSTOM = TASKS["custom"]


def part(count: int, word: str = "text") -> Dataset:
    rows = {"sentence": [f"{word} {i}" for i in range(count)], "label": [i % 2 for i in range(count)]}
    return Dataset.from_dict(rows, features=FEATURES)


def saved(folder: Path) -> str:
    parts = {"train": part(30), "validation": part(5, "other"), "test": part(3, "last")}
    DatasetDict(parts).save_to_disk(folder)
    return str(folder)


def sharded(folder: Path) -> str:
    for name, rows in (("train", part(30)), ("validation", part(5, "other"))):
        (folder / "data").mkdir(parents=True, exist_ok=True)
        for shard in range(2):
            piece = rows.shard(2, shard, contiguous=True)
            piece.to_parquet(folder / "data" / f"{name}-0000{shard}-of-00002.parquet")
    return str(folder)


@pytest.mark.parametrize("save", [saved, sharded])
def test_a_saved_data_set_is_read_by_every_command(
    classifier: TextClassifier,
    tmp_path: Path,
    save: Callable[[Path], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = save(tmp_path / "reviews")
    read = read_labelled_data(classifier, folder, "validation")
    assert read.texts.texts == tuple(f"other {i}" for i in range(5))
    assert read.texts.labels == (1, 0, 1, 0, 1)  # by the names that the file says, not by their numbers
    _, data = read_evaluation_data(folder, "validation", TASKS["sst2"])
    assert (data.texts, data.labels) == (read.texts.texts, read.texts.labels)
    training = read_training_data([folder], CUSTOM)
    assert len(training.train) + len(training.holdout) == 30
    assert training.task.label_names == ("positive", "negative")
    with pytest.raises(InputError, match=r"has no part 'dev', only .*train and validation; name one with"):
        read_labelled_data(classifier, folder, "dev")
    command = ["analyze", "--data", folder, "--model", str(SST2_MODEL), "--output", str(tmp_path / "out")]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "reviews (validation): 5 of 5 rows to run" in printed.err and "5 rows, 5 with" in printed.out


def test_one_part_saved_alone_is_a_folder_of_that_part(classifier: TextClassifier, tmp_path: Path) -> None:
    part(4).save_to_disk(tmp_path / "alone")
    assert len(read_labelled_data(classifier, str(tmp_path / "alone"), "train").texts) == 4
    with pytest.raises(InputError, match="has no part 'validation', only train; name one with --split"):
        read_labelled_data(classifier, str(tmp_path / "alone"))
    (tmp_path / "alone/state.json").write_text("{")
    with pytest.raises(InputError, match=r"state\.json is damaged; save the data set again"):
        read_labelled_data(classifier, str(tmp_path / "alone"))


def test_a_damaged_saved_data_set_is_refused(classifier: TextClassifier, tmp_path: Path) -> None:
    folder = Path(saved(tmp_path / "reviews"))
    for file in (folder / "validation").glob("*.arrow"):
        file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(InputError, match="cannot be read as a saved data set"):
        read_labelled_data(classifier, str(folder))


def test_commands_refuse_other_folders_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data/empty").mkdir(parents=True)
    (tmp_path / "data/empty/notes.md").write_text("nothing")
    monkeypatch.chdir(tmp_path)
    messages = set()
    for command in ("evaluate", "analyze", "compare", "why"):
        # A path of two words exists here, so it is no name on the hub.
        assert main([command, "--model", str(SST2_MODEL), "--data", "data/empty"]) == 2
        messages.add(capsys.readouterr().err.strip())
    [message] = messages
    assert "data/empty has no part 'validation' nor any other; give a folder with a file valid" in message


# The meaning of labels in training


def folder_with(path: Path, labels: list[str]) -> str:
    path.mkdir()
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(len(labels))], "label": labels})
    frame.to_csv(path / "train.csv", index=False)
    return str(path)


def test_labels_say_what_values_mean_in_training(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "data", ["good", "bad", "great"] * 20)
    options = ReadingOptions(labels=("good=positive", "great=positive", "bad=negative"))
    data = read_training_data([folder], CUSTOM, options)
    assert data.task.label_names == ("negative", "positive")
    for texts in (data.train, data.holdout):
        expected = [int(int(text.split()[1]) % 3 != 1) for text in texts.texts]
        assert list(texts.labels) == expected
    sst2 = ReadingOptions(labels=("good=1", "great=Positive", "bad=0"), text_columns=("text",))
    known = read_training_data([folder], TASKS["sst2"], sst2)
    assert (known.train, known.task.label_names) == (data.train, ("negative", "positive"))
    _, judged = read_evaluation_data(f"{folder}/train.csv", "", TASKS["sst2"], sst2)
    assert list(judged.labels) == [int(i % 3 != 1) for i in range(60)]
    some = read_training_data([folder], CUSTOM, ReadingOptions(labels=("great=good",)))
    assert some.task.label_names == ("bad", "good")


@pytest.mark.parametrize(
    ("labels", "task", "message"),
    [
        ("good", "custom", "--labels holds 'good'; give VALUE=CLASS, such as good=positive"),
        ("good= ", "custom", "--labels holds 'good= '; give VALUE=CLASS"),
        ("good=fine", "sst2", "give VALUE=CLASS with a class out of negative, positive or 0 to 1"),
    ],
)
def test_labels_that_cannot_be_are_refused(tmp_path: Path, labels: str, task: str, message: str) -> None:
    folder = folder_with(tmp_path / "data", ["good", "bad"] * 20)
    with pytest.raises(InputError, match=message):
        read_training_data([folder], TASKS[task], ReadingOptions(labels=(labels,)))


def test_training_says_that_it_learns_no_sets(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "data", ["joy", "anger", "joy, anger"] * 20)
    data = read_training_data([folder], CUSTOM)
    assert any("labels such as 'joy, anger' are trained as classes of their own" in m for m in data.messages)
    other = folder_with(tmp_path / "other", ["joy, pure", "anger", "fear"] * 20)
    assert not any(
        "classes of their own" in message for message in read_training_data([other], CUSTOM).messages
    )
    lists = tmp_path / "lists"
    lists.mkdir()
    frame = pd.DataFrame({"text": ["a", "b"] * 20, "labels": [["joy"], ["joy", "anger"]] * 20})
    frame.to_parquet(lists / "train.parquet")
    with pytest.raises(InputError, match="training learns one class per text and no sets of labels"):
        read_training_data([str(lists)], CUSTOM)


def test_labels_on_the_command_line_of_training() -> None:
    parser = Parser()
    add_options(parser)
    words = ["--base", "x", "--data", "y", "--output", "z", "--labels", "a=b", "c=d", "--labels=-1=f"]
    recipe, _ = recipe_of(parser.parse_args(words))
    assert recipe.reading.labels == ("a=b", "c=d", "-1=f")
    with pytest.raises(InputError, match="a regression has none; leave out --labels"):
        recipe_of(parser.parse_args([*words, "--regression"]))
