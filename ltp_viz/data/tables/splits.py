"""The training, holdout, validation and test parts of a data set: a folder of files, or a name on the hub."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import READERS, LabelledTexts, labelled_texts, read_table, resolve_task
from ltp_viz.data.tables.tasks import Task

# Where a data set brings no holdout, this share of its training part is kept aside, chosen by a fixed seed so
# that every run on the data keeps the same rows aside.
HOLDOUT_SHARE = 0.1
MOST_HOLDOUT_ROWS = 5000
_HOLDOUT_SEED = 20220814


@dataclass(frozen=True)
class TrainingData:
    """What training sees. The holdout serves every choice; validation and test stay outside."""

    task: Task  # resolved
    train: LabelledTexts
    holdout: LabelledTexts
    kept_aside: int = 0  # rows of train that serve as holdout, where the data bring none


def read_split(source: str, split: str, task: Task) -> pd.DataFrame | None:
    """The rows of one part as a table, or None where the data set has no such part.

    `source` is a folder with a file per part (`train.parquet`, `holdout.csv`, ...), a folder of such folders
    named after tasks, or a data set on the hub, `owner/name` or `owner/name:configuration`.
    """
    if Path(source).is_dir():
        folder = _folder_of(source, task)
        files = [folder / f"{split}{kind}" for kind in READERS if (folder / f"{split}{kind}").is_file()]
        return read_table(files[0]) if files else None
    if not _may_be_on_the_hub(source):
        raise InputError(
            f"There is no data folder {source!r}; give a folder with a {split} file, or a hub name "
            "'owner/name'."
        )
    return _read_hub_split(source, split)


def _folder_of(source: str, task: Task) -> Path:
    folder = Path(source)
    return folder / task.name if (folder / task.name).is_dir() else folder


def _may_be_on_the_hub(source: str) -> bool:
    return not (Path(source).exists() or source.startswith((".", "/", "~")) or source.count("/") != 1)


def read_evaluation_data(source: str, split: str, task: Task) -> tuple[Task, LabelledTexts]:
    """Labelled texts to judge a model on: a file, or one part of a folder or hub data set.

    Returns the task with its columns resolved. Raises InputError where there is no such part.
    """
    path = Path(source)
    if path.is_file() or path.suffix.lower() in READERS:
        table, name = read_table(path), source
    elif path.is_dir() or _may_be_on_the_hub(source):
        part = read_split(source, split, task)
        if part is None:
            raise InputError(f"{source} has no part {split!r}{_only_others(source, split, task)}")
        table, name = part, f"{source} ({split})"
    else:
        raise InputError(
            f"There is no file or folder {source!r}; give a file, a folder with a {split} file, or a hub "
            "name 'owner/name'."
        )
    task = resolve_task(task, table, name)
    return task, labelled_texts(table, task, name)


def _only_others(source: str, split: str, task: Task) -> str:
    if Path(source).is_dir():
        files = [file for file in _folder_of(source, task).iterdir() if file.is_file()]
        others = sorted({file.stem for file in files if file.suffix in READERS})
    else:
        others = _hub_splits(source)
    if not others:
        return f" nor any other; give a folder with a file {split}.csv or {split}.parquet."
    return f", only {' and '.join(others)}; name one with --split."


def _read_hub_split(source: str, split: str) -> pd.DataFrame | None:
    import datasets  # late: most runs read local files

    if split not in _hub_splits(source):
        return None
    name, _, configuration = source.partition(":")
    try:
        table = datasets.load_dataset(name, configuration or None, split=split).to_pandas()
    except (OSError, ValueError, RuntimeError) as error:
        raise _refused_by_the_hub(source, error) from error
    assert isinstance(table, pd.DataFrame)
    return table


def _hub_splits(source: str) -> list[str]:
    import datasets

    name, _, configuration = source.partition(":")
    try:
        return list(map(str, datasets.get_dataset_split_names(name, configuration or None)))
    except (OSError, ValueError, RuntimeError) as error:
        raise _refused_by_the_hub(source, error) from error


def _refused_by_the_hub(source: str, error: Exception) -> InputError:
    reason = str(error).strip().split("\n")[0]
    return InputError(f"The data set {source!r} cannot be had from the hub: {reason}")


def read_training_data(sources: Sequence[str], task: Task) -> TrainingData:
    """Training and holdout texts of one or several data sets, joined in their order.

    Raises InputError in one sentence for missing parts, missing columns, wrong labels and data of one class.
    """
    joined: TrainingData | None = None
    for source in sources:
        part = _read_training_data(
            source, task if joined is None else replace(task, label_names=joined.task.label_names)
        )
        if joined is not None:
            part = TrainingData(
                joined.task,
                joined.train + part.train,
                joined.holdout + part.holdout,
                joined.kept_aside + part.kept_aside,
            )
        joined = part
    assert joined is not None
    if len(set(joined.train.labels)) < 2:
        [value, *_] = joined.train.labels
        if joined.task.is_regression:
            what = f"number {value:g}; a regression needs different ones."
        else:
            what = f"label {joined.task.label_names[int(value)]!r}; a classifier needs two or more."
        raise InputError(f"All {len(joined.train):,} training texts have the {what}")
    return joined


def _read_training_data(source: str, task: Task) -> TrainingData:
    table = read_split(source, "train", task)
    if table is None:
        raise InputError(f"{source} has no train part; name one of its files train.csv or train.parquet.")
    holdout = read_split(source, "holdout", task)
    if holdout is None and len(table) < 20:
        raise InputError(
            f"{source} has {len(table)} training rows; at least 20 are needed to keep some aside."
        )
    name = f"{source} (train)"
    resolved = resolve_task(task, table, name)
    train = labelled_texts(table, resolved, name)
    if holdout is not None:
        return TrainingData(resolved, train, _holdout_texts(holdout, task, resolved, source))
    kept, left = _keep_aside(train.labels, resolved.is_regression)
    if not kept:
        raise InputError(
            f"{name} has another label in each of its {len(train):,} rows; name a column whose labels repeat "
            "with --label-column."
        )
    return TrainingData(resolved, train.take(left), train.take(kept), len(kept))


def _holdout_texts(table: pd.DataFrame, task: Task, train: Task, source: str) -> LabelledTexts:
    """A holdout part has the columns of the train part, or others that `task` leaves open or may guess."""
    name = f"{source} (holdout)"
    own = train
    if not {*train.text_columns, train.label_column} <= set(table.columns):
        own = resolve_task(replace(task, label_names=train.label_names), table, name)
    if len(own.text_columns) != len(train.text_columns):
        holds, others = ("pairs", "single texts") if len(own.text_columns) == 2 else ("single texts", "pairs")
        raise InputError(
            f"{name} has {holds} and {source} (train) {others}; give both the same columns, or name them "
            "with --text-columns."
        )
    return labelled_texts(table, own, name)


def _keep_aside(labels: Sequence[float], is_regression: bool) -> tuple[list[int], list[int]]:
    """Rows for the holdout and rows left for training, where every class keeps one of its own."""
    count = min(MOST_HOLDOUT_ROWS, int(HOLDOUT_SHARE * len(labels)))
    left_of_class = Counter(labels)
    kept: set[int] = set()
    for row in np.random.default_rng(_HOLDOUT_SEED).permutation(len(labels)).tolist():
        if len(kept) < count and (is_regression or left_of_class[labels[row]] > 1):
            left_of_class[labels[row]] -= 1
            kept.add(row)
    return sorted(kept), [row for row in range(len(labels)) if row not in kept]
