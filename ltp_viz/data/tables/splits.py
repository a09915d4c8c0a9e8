"""The training, holdout, validation and test parts of a data set: a folder of files, or a name on the hub."""

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import LabelledTexts, labelled_texts, resolve_task
from ltp_viz.data.tables.guessed_roles import MOST_LABEL_VALUES, label_values
from ltp_viz.data.tables.label_sets import SEPARATORS
from ltp_viz.data.tables.meanings import reading_messages
from ltp_viz.data.tables.reading import ReadingOptions
from ltp_viz.data.tables.saved_folders import import_saved_part, saved_parts
from ltp_viz.data.tables.source import KINDS, SourceTable, import_hub_split, import_table
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
    messages: tuple[str, ...] = ()  # how the files were read


def import_split(
    source: str, split: str, task_name: str, target: Path, options: ReadingOptions | None = None
) -> SourceTable | None:
    """The rows of one part as a table at `target`, or None where the data set has no such part.

    `source` is a folder with a file per part (`train.parquet`, `holdout.csv`, ...), one that a data set of
    the hub was saved to, a folder of such folders named after tasks, or a data set on the hub, `owner/name`
    or `owner/name:configuration`.
    """
    if Path(source).is_dir():
        folder = _folder_of(source, task_name)
        files = [folder / f"{split}{kind}" for kind in KINDS if (folder / f"{split}{kind}").is_file()]
        name = f"{source} ({split})"
        if files:
            return _imported(files[0], target, name, options)
        return import_saved_part(folder, split, target, name)
    if not _may_be_on_the_hub(source):
        raise InputError(
            f"There is no data folder {source!r}; give a folder with a {split} file, or a hub name "
            "'owner/name'."
        )
    return import_hub_split(source, split, target) if split in _hub_splits(source) else None


def _imported(path: Path, target: Path, name: str | None, options: ReadingOptions | None) -> SourceTable:
    return import_table(path, target, name=name, file_format=None if options is None else options.file)


def _folder_of(source: str, task_name: str) -> Path:
    folder = Path(source)
    return folder / task_name if (folder / task_name).is_dir() else folder


def _may_be_on_the_hub(source: str) -> bool:
    return not (Path(source).exists() or source.startswith((".", "/", "~")) or source.count("/") != 1)


def import_part(
    source: str, split: str, task_name: str, target: Path, options: ReadingOptions | None = None
) -> SourceTable:
    """A file, or one part of a folder or hub data set, as a table. Raises InputError where there is none."""
    path = Path(source).expanduser()
    if path.is_file() or path.name.lower().endswith(KINDS):
        return _imported(path, target, None, options)
    if not (path.is_dir() or _may_be_on_the_hub(source)):
        raise InputError(
            f"There is no file or folder {source!r}; give a file, a folder with a {split} file, or a hub "
            "name 'owner/name'."
        )
    part = import_split(source, split, task_name, target, options)
    if part is None:
        raise InputError(f"{source} has no part {split!r}{_only_others(source, split, task_name)}")
    return part


def read_evaluation_data(
    source: str, split: str, task: Task, options: ReadingOptions | None = None
) -> tuple[Task, LabelledTexts]:
    """Labelled texts of a task, every row with its label: a file, or one part of a folder or hub data set.

    Returns the task with its columns resolved. Raises InputError where there is no such part.
    """
    with tempfile.TemporaryDirectory(prefix="ltp-viz-") as folder:
        table = import_part(source, split, task.name, Path(folder) / "part.parquet", options)
        labels = () if options is None else options.labels
        task = resolve_task(task, table, table.name, labels)
        return task, labelled_texts(table, task, table.name, labels)


def _only_others(source: str, split: str, task_name: str) -> str:
    if Path(source).is_dir():
        folder = _folder_of(source, task_name)
        files = [file.name for file in folder.iterdir() if file.is_file()]
        named = {name.partition(".")[0] for name in files if name.lower().endswith(KINDS)}
        others = saved_parts(folder) or sorted(named)
    else:
        others = _hub_splits(source)
    if not others:
        return (
            f" nor any other; give a folder with a file {split}.csv or {split}.parquet, or one that a data "
            "set was saved to."
        )
    return f", only {' and '.join(others)}; name one with --split."


def _hub_splits(source: str) -> list[str]:
    import datasets

    name, _, configuration = source.partition(":")
    try:
        return list(map(str, datasets.get_dataset_split_names(name, configuration or None)))
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"The data set {source!r} cannot be had from the hub: {reason}") from error


def read_training_data(
    sources: Sequence[str], task: Task, options: ReadingOptions | None = None
) -> TrainingData:
    """Training and holdout texts of one or several data sets, joined in their order.

    Raises InputError for missing parts, missing columns, wrong labels and data of one class.
    """
    joined: TrainingData | None = None
    for source in sources:
        part = _read_training_data(
            source, task if joined is None else replace(task, label_names=joined.task.label_names), options
        )
        if joined is not None:
            part = TrainingData(
                joined.task,
                joined.train + part.train,
                joined.holdout + part.holdout,
                joined.kept_aside + part.kept_aside,
                joined.messages + part.messages,
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


def _read_training_data(source: str, task: Task, options: ReadingOptions | None) -> TrainingData:
    with tempfile.TemporaryDirectory(prefix="ltp-viz-") as folder:
        table = import_split(source, "train", task.name, Path(folder) / "train.parquet", options)
        if table is None:
            raise InputError(f"{source} has no train part; name one of its files train.csv or train.parquet.")
        holdout = import_split(source, "holdout", task.name, Path(folder) / "holdout.parquet", options)
        if holdout is None and table.rows < 20:
            raise InputError(
                f"{source} has {table.rows} training rows; at least 20 are needed to keep some aside."
            )
        labels = () if options is None else options.labels
        resolved = resolve_task(task, table, table.name, labels)
        train = labelled_texts(table, resolved, table.name, labels)
        messages = (*_messages(table), *_set_messages(table, resolved))
        if holdout is not None:
            held = _holdout_texts(holdout, task, resolved, source, labels)
            return TrainingData(resolved, train, held, messages=(*messages, *_messages(holdout)))
    kept, left = _keep_aside(train.labels, resolved.is_regression)
    if not kept:
        raise InputError(
            f"{table.name} has another label in each of its {len(train):,} rows; name a column whose labels "
            "repeat with --label-column."
        )
    return TrainingData(resolved, train.take(left), train.take(kept), len(kept), messages)


def _messages(*tables: SourceTable) -> tuple[str, ...]:
    return tuple(f"{table.name}: {message}" for table in tables for message in reading_messages(table))


def _set_messages(table: SourceTable, task: Task) -> tuple[str, ...]:
    """A warning where values such as "joy, anger" seem to be sets of others, "joy" and "anger"."""
    if task.is_regression:
        return ()
    values = {value.strip() for value, _ in label_values(table, task.label_column, MOST_LABEL_VALUES)}
    for value in sorted(values):
        items = [item.strip() for item in re.split(f"[{re.escape(SEPARATORS)}]", value)]
        if len(items) > 1 and values >= set(items):
            return (
                f"{table.name}: labels such as {value!r} are trained as classes of their own; training "
                "learns one class per text and no sets of labels.",
            )
    return ()


def _holdout_texts(
    table: SourceTable, task: Task, train: Task, source: str, labels: Sequence[str] = ()
) -> LabelledTexts:
    """A holdout part has the columns of the train part, or others that `task` leaves open or may guess."""
    name = f"{source} (holdout)"
    own = train
    if not {*train.text_columns, train.label_column} <= set(table.columns):
        own = resolve_task(replace(task, label_names=train.label_names), table, name, labels)
    if len(own.text_columns) != len(train.text_columns):
        holds, others = ("pairs", "single texts") if len(own.text_columns) == 2 else ("single texts", "pairs")
        raise InputError(
            f"{name} has {holds} and {source} (train) {others}; give both the same columns, or name them "
            "with --text-columns."
        )
    return labelled_texts(table, own, name, labels)


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
