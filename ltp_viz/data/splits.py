"""The training, holdout, validation and test parts of a data set: a folder of files, or a name on the hub."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ltp_viz.data.datasets import READERS, LabelledTexts, labelled_texts, read_table, resolve_task
from ltp_viz.data.errors import InputError
from ltp_viz.data.tasks import Task

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
    folder = Path(source)
    if folder.is_dir():
        folder = folder / task.name if (folder / task.name).is_dir() else folder
        files = [folder / f"{split}{kind}" for kind in READERS if (folder / f"{split}{kind}").is_file()]
        return read_table(files[0]) if files else None
    if folder.exists() or source.startswith((".", "/", "~")) or source.count("/") != 1:
        raise InputError(
            f"There is no data folder {source!r}; give a folder with a train file, or a hub name "
            "'owner/name'."
        )
    return _read_hub_split(source, split)


def read_evaluation_data(source: str, split: str, task: Task) -> tuple[Task, LabelledTexts]:
    """Labelled texts to judge a model on: a file, or one part of a folder or hub data set.

    Returns the task with its columns resolved. Raises InputError where there is no such part.
    """
    path = Path(source)
    if path.is_file() or path.suffix.lower() in READERS:
        table, name = read_table(path), source
    else:
        part = read_split(source, split, task)
        if part is None:
            raise InputError(f"{source} has no part {split!r}; name another with --split.")
        table, name = part, f"{source} ({split})"
    task = resolve_task(task, table, name)
    return task, labelled_texts(table, task, name)


def _read_hub_split(source: str, split: str) -> pd.DataFrame | None:
    import datasets  # late: most runs read local files

    name, _, configuration = source.partition(":")
    try:
        parts = datasets.get_dataset_split_names(name, configuration or None)
        if split not in parts:
            return None
        table = datasets.load_dataset(name, configuration or None, split=split).to_pandas()
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"The data set {source!r} cannot be had from the hub: {reason}") from error
    assert isinstance(table, pd.DataFrame)
    return table


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
    if not joined.task.is_regression and len(set(joined.train.labels)) < 2:
        name = joined.task.label_names[int(joined.train.labels[0])]
        raise InputError(
            f"All {len(joined.train):,} training texts have the label {name!r}; a classifier needs two "
            "or more."
        )
    return joined


def _read_training_data(source: str, task: Task) -> TrainingData:
    table = read_split(source, "train", task)
    if table is None:
        raise InputError(f"{source} has no train part; name one of its files train.csv or train.parquet.")
    holdout = read_split(source, "holdout", task)
    kept_aside = 0
    if holdout is None:
        holdout, table = _keep_aside(table)
        if holdout.empty:
            raise InputError(
                f"{source} has {len(table)} training rows; at least 20 are needed to keep some aside."
            )
        kept_aside = len(holdout)
    task = resolve_task(task, table, f"{source} (train)")
    train = labelled_texts(table, task, f"{source} (train)")
    return TrainingData(task, train, labelled_texts(holdout, task, f"{source} (holdout)"), kept_aside)


def _keep_aside(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    count = min(MOST_HOLDOUT_ROWS, int(HOLDOUT_SHARE * len(table)) if len(table) >= 20 else 0)
    order = np.random.default_rng(_HOLDOUT_SEED).permutation(len(table))
    return table.iloc[np.sort(order[:count])], table.iloc[np.sort(order[count:])]
