"""Labelled texts from files, folders and the Hugging Face hub, checked before anything is computed."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ltp_viz.data.errors import InputError
from ltp_viz.data.tasks import USUAL_LABEL_COLUMNS, USUAL_TEXT_COLUMNS, Task

# Only an empty cell is a missing one: "NA", "null" and "nan" are words. Nor is text that looks like a date or
# a number anything but text.
_CELLS: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
READERS: dict[str, Any] = {
    ".parquet": pd.read_parquet,
    ".csv": lambda path: pd.read_csv(path, **_CELLS),
    ".tsv": lambda path: pd.read_csv(path, sep="\t", **_CELLS),
    ".jsonl": lambda path: pd.read_json(path, lines=True, dtype=False, convert_dates=False),
}


@dataclass(frozen=True)
class LabelledTexts:
    """N texts, or pairs of them, with class indices or, for a regression, numbers."""

    texts: tuple[str, ...]
    labels: tuple[float, ...]
    text_pairs: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, other: "LabelledTexts") -> "LabelledTexts":
        """Both, one after the other. Raises InputError where one has pairs and the other has not."""
        if (self.text_pairs is None) != (other.text_pairs is None):
            raise InputError("Some of the data are pairs and some single texts; join only data of one kind.")
        pairs = None if self.text_pairs is None else self.text_pairs + (other.text_pairs or ())
        return LabelledTexts(self.texts + other.texts, self.labels + other.labels, pairs)

    def take(self, rows: Any) -> "LabelledTexts":
        """The given rows, in the given order."""
        pairs = None if self.text_pairs is None else tuple(self.text_pairs[i] for i in rows)
        return LabelledTexts(tuple(self.texts[i] for i in rows), tuple(self.labels[i] for i in rows), pairs)

    def evenly(self, most: int) -> "LabelledTexts":
        """At most so many rows, evenly from all, in their order."""
        return self.take(even_rows(len(self), most))


def even_rows(total: int, most: int) -> range:
    """At most so many of `total` rows, from 0, evenly from all."""
    return range(0, total, max(1, -(-total // most)))


def read_table(path: Path) -> pd.DataFrame:
    """A Parquet, CSV, TSV or JSON-lines file. Raises InputError if it is missing, malformed or empty."""
    if not path.is_file():
        raise InputError(f"There is no file {path}; give a {_KINDS} file with the task's columns.")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path} ends in {path.suffix!r}; files of the kinds {_KINDS} are read.")
    try:
        table: pd.DataFrame = reader(path)
    except pd.errors.EmptyDataError as error:
        raise InputError(f"{path} is empty; give a file with a header and at least one row.") from error
    except (ValueError, OSError) as error:  # pandas' and pyarrow's parse errors are ValueErrors
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"{path} cannot be read as {path.suffix[1:].upper()}: {reason}") from error
    return table


_KINDS = ", ".join(kind[1:] for kind in READERS)


def resolve_task(task: Task, table: pd.DataFrame, source: object) -> Task:
    """The task with what it left open taken from the data: columns by usual names, labels by their values.

    Raises InputError where a column is missing or the labels are neither classes nor numbers.
    """
    columns = tuple(map(str, table.columns))
    text_columns = _text_columns(task, columns, source)
    label_column = _label_column(task, columns, source)
    task = replace(task, text_columns=text_columns, label_column=label_column)
    return task if task.label_names else replace(task, label_names=_names_of(table[label_column], task))


def _text_columns(task: Task, columns: tuple[str, ...], source: object) -> tuple[str, ...]:
    wanted = task.text_columns
    if wanted and all(column in columns for column in wanted):
        return wanted
    # A known task may come with columns of other names; what a person named must be there.
    may_guess = not wanted or task.name != "custom"
    for names in USUAL_TEXT_COLUMNS if may_guess else ():
        if all(name in columns for name in names) and (not wanted or len(names) == len(wanted)):
            return names
    missing = next((column for column in wanted if column not in columns), None)
    what = "no column with a usual name for texts" if missing is None else f"no column {missing!r}"
    raise InputError(
        f"{source} has {what}, only {', '.join(columns)}; name the columns of the texts with --text-columns."
    )


def _label_column(task: Task, columns: tuple[str, ...], source: object) -> str:
    if task.label_column in columns:
        return task.label_column
    usual = [name for name in USUAL_LABEL_COLUMNS if name in columns]
    if task.label_column or not usual:
        raise InputError(
            f"{source} has no column {task.label_column or 'label'!r}, only {', '.join(columns)}; "
            "name the column of the labels with --label-column."
        )
    return usual[0]


def _names_of(labels: pd.Series, task: Task) -> tuple[str, ...]:
    if task.is_regression:
        return (task.label_column,)
    present = _as_integers(labels.dropna())
    if pd.api.types.is_float_dtype(present):
        example = present[present % 1 != 0].iloc[0]
        raise InputError(
            f"Column {task.label_column!r} holds numbers such as {example:g} and not classes; add "
            "--regression to predict numbers."
        )
    if pd.api.types.is_integer_dtype(present):
        return tuple(str(value) for value in sorted(present.unique()))
    return tuple(sorted(set(present.astype(str))))


def _as_integers(labels: pd.Series) -> pd.Series:
    """Truth values and whole numbers stored as floats as the integers they mean, anything else as it is."""
    is_whole = pd.api.types.is_float_dtype(labels) and (labels % 1 == 0).all()
    return labels.astype(int) if is_whole or pd.api.types.is_bool_dtype(labels) else labels


def labelled_texts(table: pd.DataFrame, task: Task, source: object) -> LabelledTexts:
    """Texts and labels of a table under a resolved task. Raises InputError naming row and value."""
    if table.empty:
        raise InputError(f"{source} has no rows; give data with at least one.")
    columns = []
    for column in task.text_columns:
        values = table[column]
        if values.isna().any():
            row = int(values.isna().to_numpy().argmax())
            raise InputError(
                f"{source} has no text in column {column!r} of row {row + 1:,}; fill or remove that row."
            )
        columns.append(tuple(values.astype(str)))
    labels = table[task.label_column]
    if labels.isna().any():
        row = int(labels.isna().to_numpy().argmax())
        raise InputError(
            f"{source} has no label in column {task.label_column!r} of row {row + 1:,}; fill or remove "
            "that row."
        )
    numbers = _numbers(labels, task, source) if task.is_regression else _classes(labels, task, source)
    return LabelledTexts(columns[0], numbers, columns[1] if len(columns) == 2 else None)


def _numbers(labels: pd.Series, task: Task, source: object) -> tuple[float, ...]:
    numbers = pd.to_numeric(labels, errors="coerce").astype(float)
    is_number = np.isfinite(numbers.to_numpy())
    if not is_number.all():
        row = int(is_number.argmin())
        raise InputError(
            f"{source} has the label {str(labels.iloc[row])!r} in row {row + 1:,}; a regression needs a "
            "number there."
        )
    return tuple(numbers.tolist())


def _classes(labels: pd.Series, task: Task, source: object) -> tuple[int, ...]:
    labels = _as_integers(labels)
    # Whole numbers are class indices, unless the classes themselves are called by numbers.
    have_numbers_as_names = any(name.lstrip("-").isdigit() for name in task.label_names)
    if pd.api.types.is_numeric_dtype(labels) and not have_numbers_as_names:
        known: dict[Any, int] = {index: index for index in range(len(task.label_names))}
        allowed, classes = f"0 to {len(known) - 1}", labels.map(known)
    else:
        known = {name: index for index, name in enumerate(task.label_names)}
        allowed, classes = ", ".join(task.label_names), labels.astype(str).map(known)
    if classes.isna().any():
        row = int(classes.isna().to_numpy().argmax())
        raise InputError(
            f"{source} has the label {str(labels.iloc[row])!r} in row {row + 1:,}; task {task.name} allows "
            f"{allowed}."
        )
    return tuple(classes.astype(int).tolist())


def read_labelled_texts(path: Path, task: Task) -> LabelledTexts:
    """Read a file of the task. Raises InputError if it is missing or malformed."""
    table = read_table(path)
    return labelled_texts(table, resolve_task(task, table, path), path)
