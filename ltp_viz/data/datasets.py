"""Labelled text files for training and evaluation."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ltp_viz.data.errors import InputError


@dataclass(frozen=True)
class Task:
    """Which columns of a data folder are text and label, and what the labels mean."""

    name: str
    text_column: str
    label_column: str
    label_names: tuple[str, ...]
    max_tokens: int


TASKS = {
    "sst2": Task("sst2", "sentence", "label", ("negative", "positive"), 128),
    "imdb": Task("imdb", "text", "label", ("negative", "positive"), 512),
    "ag_news": Task("ag_news", "text", "label", ("World", "Sports", "Business", "Sci/Tech"), 128),
}


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with integer labels, row by row."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.texts)


def read_labelled_texts(path: Path, task: Task) -> LabelledTexts:
    """Read a Parquet or CSV file of the task. Raises InputError if it is missing or malformed."""
    if not path.is_file():
        raise InputError(f"There is no file {path}; give a Parquet or CSV file with the task's columns.")
    try:
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except (ValueError, OSError) as error:  # pandas' and pyarrow's parse errors are ValueErrors
        raise InputError(f"{path} cannot be read as {path.suffix[1:] or 'Parquet'}: {error}") from error
    for column in (task.text_column, task.label_column):
        if column not in frame:
            raise InputError(
                f"{path} has no column {column!r}, only {', '.join(map(str, frame.columns))}; "
                f"task {task.name} needs {task.text_column!r} and {task.label_column!r}."
            )
    if frame.empty:
        raise InputError(f"{path} has no rows; give a file with at least one.")
    labels = frame[task.label_column]
    if not pd.api.types.is_integer_dtype(labels) or not labels.between(0, len(task.label_names) - 1).all():
        raise InputError(
            f"{path} has labels that are not whole numbers from 0 to {len(task.label_names) - 1}; "
            f"task {task.name} needs those."
        )
    return LabelledTexts(tuple(frame[task.text_column].astype(str)), tuple(labels.tolist()))
