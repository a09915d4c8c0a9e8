"""Labelled texts from files, folders and the Hugging Face hub, checked before anything is computed."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.tasks import USUAL_LABEL_COLUMNS, USUAL_TEXT_COLUMNS, Task

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

    @property
    def digest(self) -> str:
        """Tells these texts and labels from any others."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

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


def parts_by_length(lengths: NDArray[np.int64], count: int) -> list[NDArray[np.bool_]]:
    """Masks of the texts in each quantile of length, at most `count` and none empty; texts of one length stay
    together."""
    edges = np.quantile(lengths, np.linspace(0, 1, count + 1)[1:-1], method="lower")
    part_of = np.searchsorted(edges, lengths, side="left")
    return [part_of == part for part in np.unique(part_of)]


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
    except UnicodeDecodeError as error:
        line = _first_line_not_utf8(path)
        raise InputError(f"{path} cannot be read: line {line:,} is not UTF-8; save it as UTF-8.") from error
    except (ValueError, OSError) as error:  # pandas' and pyarrow's parse errors are ValueErrors
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"{path} cannot be read as {path.suffix[1:].upper()}: {reason}") from error
    return table.rename(columns=str)  # JSON lines of lists number them


_KINDS = ", ".join(kind[1:] for kind in READERS)


def _first_line_not_utf8(path: Path) -> int:
    content = path.read_bytes()  # the reader told a place in the piece that it was reading, not in the file
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1  # saved anew in the meantime


def resolve_task(task: Task, table: pd.DataFrame, source: object) -> Task:
    """The task with what it left open taken from the data: columns by usual names, labels by their values.

    Raises InputError where a column is missing or the labels are neither classes nor numbers.
    """
    columns = tuple(map(str, table.columns))
    text_columns = _text_columns(task, columns, source)
    label_column = _label_column(task, columns, source)
    used = (*text_columns, label_column)
    for column in used:
        if used.count(column) > 1:
            raise InputError(
                f"Column {column!r} of {source} has two uses; name another with --text-columns or "
                "--label-column."
            )
    task = replace(task, text_columns=text_columns, label_column=label_column)
    return task if task.label_names else replace(task, label_names=_names_of(table, task, source))


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


def _names_of(table: pd.DataFrame, task: Task, source: object) -> tuple[str, ...]:
    if task.is_regression:
        return (task.label_column,)
    present = _as_integers(_filled(table, task.label_column, "label", source))
    if pd.api.types.is_float_dtype(present):
        example = present[~_is_whole(present)].iloc[0]
        raise InputError(
            f"Column {task.label_column!r} of {source} holds numbers such as {example:g} and not classes; "
            "add --regression to predict numbers."
        )
    if pd.api.types.is_integer_dtype(present):
        return tuple(str(value) for value in sorted(present.unique()))
    return tuple(sorted(set(present.astype(str).str.strip())))


def _as_integers(labels: pd.Series) -> pd.Series:
    """Truth values and whole numbers stored as floats as the integers they mean, anything else as it is."""
    is_whole = pd.api.types.is_float_dtype(labels) and _is_whole(labels).all()
    return labels.astype(int) if is_whole or pd.api.types.is_bool_dtype(labels) else labels


def _is_whole(numbers: pd.Series) -> pd.Series:
    return (numbers % 1 == 0) & (numbers.abs() < 2**53)  # from there on floats are whole for want of digits


# What Parquet and JSON can hold in a cell that is neither a text nor a number.
_UNFIT: dict[type, str] = {list: "a list", np.ndarray: "a list", dict: "an object", bytes: "bytes"}


def _filled(table: pd.DataFrame, column: str, what: str, source: object) -> pd.Series:
    """The cells of a column. Raises InputError where one is missing, blank, or neither text nor a number."""
    cells = table[column]
    for row, cell in enumerate(cells, start=1):
        if type(cell) in _UNFIT:
            raise InputError(
                f"{source} holds {_UNFIT[type(cell)]} in column {column!r} of row {row:,}; only text, "
                "numbers and true or false are read."
            )
        if not cell.strip() if isinstance(cell, str) else pd.isna(cell):
            raise InputError(
                f"{source} has no {what} in column {column!r} of row {row:,}; fill or remove that row."
            )
    return cells


def labelled_texts(table: pd.DataFrame, task: Task, source: object) -> LabelledTexts:
    """Texts and labels of a table under a resolved task. Raises InputError naming row and value."""
    if table.empty:
        raise InputError(f"{source} has no rows; give data with at least one.")
    columns = [tuple(_filled(table, name, "text", source).astype(str)) for name in task.text_columns]
    labels = _filled(table, task.label_column, "label", source)
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
        allowed, classes = ", ".join(task.label_names), labels.astype(str).str.strip().map(known)
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
