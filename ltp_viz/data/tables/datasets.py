"""Labelled texts of an imported table: for training all rows, strictly, for judging those with a label."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.guessed_classes import whole_number
from ltp_viz.data.tables.guessed_roles import MOST_LABEL_VALUES, classes_of_column, label_values
from ltp_viz.data.tables.label_sets import code_of_row
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.data.tables.tasks import USUAL_LABEL_COLUMNS, USUAL_TEXT_COLUMNS, Task


@dataclass(frozen=True)
class LabelledTexts:
    """N texts, or pairs of them, with class indices, numbers of label sets (`data.label_sets`) or, for a
    regression, numbers."""

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


def resolve_task(task: Task, table: SourceTable, source: object, labels: Sequence[str] = ()) -> Task:
    """The task with what it left open taken from the data: columns by usual names, labels by their values.

    `labels` are VALUE=CLASS, for values that are not called like their class.

    Names count whatever their case. Raises InputError where a column is missing or the labels are neither
    classes nor numbers.
    """
    text_columns = _text_columns(task, table, source)
    label_column = _label_column(task, table, source)
    used = (*text_columns, label_column)
    for column in used:
        if used.count(column) > 1:
            raise InputError(
                f"Column {column!r} of {source} has two uses; name another with --text-columns or "
                "--label-column."
            )
    task = replace(task, text_columns=text_columns, label_column=label_column)
    return task if task.label_names else replace(task, label_names=_names_of(table, task, source, labels))


def _text_columns(task: Task, table: SourceTable, source: object) -> tuple[str, ...]:
    usual = {column.lower(): column for column in table.columns}
    wanted = task.text_columns
    # A known task may come with columns of other names; what a person named must be there.
    may_guess = not wanted or task.name != "custom"
    for names in (wanted, *(USUAL_TEXT_COLUMNS if may_guess else ())):
        found = tuple(usual[name.lower()] for name in names if name.lower() in usual)
        if names and len(found) == len(names) and (not wanted or len(names) == len(wanted)):
            return found
    missing = next((column for column in wanted if column.lower() not in usual), None)
    what = "no column with a usual name for texts" if missing is None else f"no column {missing!r}"
    raise InputError(
        f"{source} has {what}, only {', '.join(table.columns)}{_nested(table)}; name the columns of the "
        "texts with --text-columns."
    )


def _label_column(task: Task, table: SourceTable, source: object) -> str:
    usual = {column.lower(): column for column in table.columns}
    for name in (task.label_column,) if task.label_column else USUAL_LABEL_COLUMNS:
        if name.lower() in usual:
            return usual[name.lower()]
    wanted = (task.label_column,) if task.label_column else USUAL_LABEL_COLUMNS
    are_sets = {name.lower() for name in wanted} & set(map(str.lower, table.list_columns))
    no_sets = "; training learns one class per text and no sets of labels" if are_sets else ""
    raise InputError(
        f"{source} has no column {task.label_column or 'label'!r}, only {', '.join(table.columns)}"
        f"{_nested(table)}; name the column of the labels with --label-column{no_sets}."
    )


def _nested(table: SourceTable) -> str:
    shown = ", ".join(table.left_out)
    return f" (left out, as they hold lists, objects or bytes: {shown})" if shown else ""


def _names_of(table: SourceTable, task: Task, source: object, labels: Sequence[str] = ()) -> tuple[str, ...]:
    """The classes that the labels of a column name: as the file itself says, else in order."""
    if task.is_regression:
        return (task.label_column,)
    values = [value for value, _ in label_values(table, task.label_column, MOST_LABEL_VALUES + 1)]
    if len(values) > MOST_LABEL_VALUES:
        raise InputError(
            f"Column {task.label_column!r} of {source} has more than {MOST_LABEL_VALUES:,} different labels; "
            "name another with --label-column, or add --regression to predict numbers."
        )
    given = dict(_value_and_class(pair) for pair in labels)
    values = list(dict.fromkeys(given.get(value, value) for value in values))
    if (named := table.names_of(task.label_column)) and set(values) <= set(named):
        return named
    if {value.strip().casefold() for value in values} <= {"true", "false"}:
        return ("0", "1")
    numbers = [_number(value) for value in values]
    if all(number is not None for number in numbers):
        whole = [whole_number(value) for value in values]
        if None in whole:
            example = next(number for number, value in zip(numbers, whole, strict=True) if value is None)
            raise InputError(
                f"Column {task.label_column!r} of {source} holds numbers such as {example:g} and not "
                "classes; add --regression to predict numbers."
            )
        return tuple(str(number) for number in sorted({number for number in whole if number is not None}))
    spellings: dict[str, str] = {}  # of each name its most frequent one
    for value in values:
        spellings.setdefault(value.strip().casefold(), value.strip())
    return tuple(sorted(spellings.values()))


def _value_and_class(pair: str) -> tuple[str, str]:
    value, equals, meant = pair.rpartition("=")
    if not equals or not meant.strip():
        raise InputError(f"--labels holds {pair!r}; give VALUE=CLASS, such as good=positive.")
    return value, meant.strip()


def class_of(pair: str, names: Sequence[str]) -> tuple[str, int]:
    """The value and the class that VALUE=CLASS says. Raises InputError where the class is none of `names`."""
    value, meant = _value_and_class(pair)
    known = {str(index): index for index in range(len(names))}
    known |= {name.casefold(): index for index, name in enumerate(names)}
    if meant.casefold() not in known:
        raise InputError(
            f"--labels holds {pair!r}; give VALUE=CLASS with a class out of {', '.join(names)} or 0 to "
            f"{len(names) - 1}."
        )
    return value, known[meant.casefold()]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


@dataclass(frozen=True)
class LabelledRow:
    """One row of a table with a text."""

    row: int  # in the file, from 1
    text: str
    text_pair: str | None
    label: float | None  # class index, number of a label set, or number; None: missing, or no class


def labelled_rows(table: SourceTable, roles: Roles, is_regression: bool = False) -> tuple[LabelledRow, ...]:
    """Every row with a text, or with both of a pair, in the order of the file."""
    found, classes = [], dict(roles.classes)
    for row, texts, labels in _cells(table, roles):
        if None in texts:
            continue
        label: float | None
        if roles.form == "class":
            label = _label(labels[0] if labels else None, classes, is_regression)
        else:
            label = code_of_row(roles, labels, classes)
        found.append(LabelledRow(row, str(texts[0]), texts[1] if len(texts) == 2 else None, label))
    return tuple(found)


def _label(value: str | None, classes: Mapping[str, int], is_regression: bool) -> float | None:
    if value is None or not is_regression:
        return None if value is None else classes.get(value)
    number = _number(value)
    return number if number is not None and math.isfinite(number) else None


_Cells = tuple[str | None, ...]


def _cells(table: SourceTable, roles: Roles) -> Iterator[tuple[int, _Cells, _Cells]]:
    """Number, text or texts, and the cells of the labels of every row."""
    count = len(roles.texts)
    wanted = ["row", *roles.texts, *roles.label_columns]
    try:
        with pq.ParquetFile(table.path) as file:
            for batch in file.iter_batches(columns=wanted, use_threads=False):
                columns = [batch[name].to_pylist() for name in wanted]
                for row, *cells in zip(*columns, strict=True):
                    yield row, tuple(cells[:count]), tuple(cells[count:])
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"The table {table.path} cannot be read; load {table.name} again.") from error


def labelled_texts(
    table: SourceTable, task: Task, source: object, meanings: Sequence[str] = ()
) -> LabelledTexts:
    """Texts and labels of all rows under a resolved task, as training needs them; `meanings` are
    VALUE=CLASS.

    Raises InputError, with row and value, where a row lacks a text or a label, or has a label that is no
    class of the task.
    """
    first, second = (*task.text_columns, None)[:2]
    guessed = () if task.is_regression else classes_of_column(table, task.label_column, task.label_names)
    roles, classes = Roles(str(first), second, task.label_column, guessed), dict(guessed)
    if not task.is_regression:
        classes |= dict(class_of(pair, task.label_names) for pair in meanings)
    texts: list[tuple[str, ...]] = []
    labels: list[float] = []
    for row, cells, (value,) in _cells(table, roles):
        for column, cell in zip((*task.text_columns, task.label_column), (*cells, value), strict=True):
            if cell is None:
                what = "label" if column == task.label_column else "text"
                raise InputError(
                    f"{source} has no {what} in column {column!r} of row {row:,}; fill or remove that row."
                )
        label = _label(value, classes, task.is_regression)
        if label is None:
            needed = (
                "a regression needs a number there"
                if task.is_regression
                else f"task {task.name} allows {_allowed(str(value), task.label_names)}"
            )
            raise InputError(f"{source} has the label {value!r} in row {row:,}; {needed}.")
        texts.append(tuple(map(str, cells)))
        labels.append(label)
    columns = list(zip(*texts, strict=True))
    return LabelledTexts(columns[0], tuple(labels), columns[1] if len(columns) == 2 else None)


def _allowed(value: str, names: Sequence[str]) -> str:
    """Whole numbers are class indices, unless the classes themselves are called by numbers."""
    is_index = _number(value) is not None and not any(name.lstrip("-").isdigit() for name in names)
    return f"0 to {len(names) - 1}" if is_index else ", ".join(names)
