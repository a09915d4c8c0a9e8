"""A first guess at which column is what and which class a label means; the person corrects it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.guessed_classes import guess_classes
from ltp_viz.data.tables.label_sets import LabelColumns, column_of_label, guess_label_columns, truth
from ltp_viz.data.tables.queries import ask, quoted
from ltp_viz.data.tables.roles import MOST_EXTRAS, Roles
from ltp_viz.data.tables.source import SourceTable, preview
from ltp_viz.data.tables.tasks import USUAL_LABEL_COLUMNS, USUAL_TEXT_COLUMNS

_ROWS_LOOKED_AT = 1000
_CHARACTERS_LOOKED_AT = 1000
# Labels beyond these are more likely texts or numbers than classes.
MOST_LABEL_VALUES = 1000


def label_values(table: SourceTable, column: str, limit: int = 50) -> tuple[tuple[str, int], ...]:
    """The values of a column with the number of rows of each, most frequent first; missing ones left out.

    Raises InputError if there is no such column.
    """
    if column not in table.columns:
        raise InputError(no_column(table, column))
    name = quoted(column)
    sql = f"SELECT {name}, count(*) FROM t WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
    return tuple((str(value), int(rows)) for value, rows in ask(table.path, sql, [limit]))


def no_column(table: SourceTable, column: str) -> str:
    """The message that a column is not there."""
    shown = ", ".join(table.columns[:20]) + (", ..." if len(table.columns) > 20 else "")
    nested = " (it holds lists, objects or bytes, which are not read)" if column in table.left_out else ""
    return f"{table.name} has no column {column!r}{nested}, only {shown}; choose one of these."


def guess_roles(
    table: SourceTable,
    label_names: Sequence[str],
    reads_pairs: bool,
    own_texts: Sequence[str] = (),
    own_label: str = "",
    sets: "SetsOfLabels | None" = None,
) -> Roles:
    """Columns by their usual names, else by what they hold; the first others are kept beside the results.

    `own_texts` and `own_label` are the columns of the model's own data, used where the table has them. Names
    count whatever their case. `sets` are the labels whose sets the table may hold.
    """
    sample = preview(table, _ROWS_LOOKED_AT, _CHARACTERS_LOOKED_AT)
    usual = {column.lower(): column for column in table.columns}
    texts = tuple(usual[name.lower()] for name in own_texts if name.lower() in usual)
    if len(texts) != 1 + reads_pairs:
        texts = _usual_texts(usual, reads_pairs)
    found = _guess_labels(table, usual, sample, label_names, texts, own_label, sets)
    labels = () if found is None else found.columns
    texts = texts or _longest_texts(table, sample, labels, 2 if reads_pairs else 1)
    if found is None or set(labels) & set(texts):
        found = None
    others = [column for column in table.columns if column not in (*texts, *(found.columns if found else ()))]
    own: dict[str, Any] = {"label": None, "classes": ()} if found is None else found.in_roles()
    return Roles(
        text=texts[0],
        text_pair=texts[1] if len(texts) == 2 else None,
        extras=tuple(others[:MOST_EXTRAS]),
        **own,
    )


def _guess_labels(
    table: SourceTable,
    usual: Mapping[str, str],
    sample: pd.DataFrame,
    label_names: Sequence[str],
    texts: Sequence[str],
    own_label: str,
    sets: "SetsOfLabels | None",
) -> LabelColumns | None:
    """Classes; of a multi-label model sets; of one asked about a label, classes where all values are any of
    its two, else sets, else a column called like the label."""
    if sets is not None and sets.one is None:
        return guess_label_columns(table, sets.names, (own_label, *USUAL_LABEL_COLUMNS), texts)
    label = usual.get(own_label.lower()) or _guess_label(table, usual, sample, label_names, texts)
    classes = () if label is None else classes_of_column(table, label, label_names)
    found = None if label is None else LabelColumns("class", (label,), classes)
    if sets is None or sets.one is None:
        return found
    # "joy" beside "anger" is a set, whatever "not joy" and "joy" would make of it.
    is_named = label is not None and label.lower() in (own_label.lower(), *USUAL_LABEL_COLUMNS)
    if label is not None and is_named and has_no_other(table, label, classes):
        return found
    held = guess_label_columns(table, sets.names, (own_label, *USUAL_LABEL_COLUMNS), texts)
    if held is not None and held.classes:
        return held.about(sets.one)
    own = column_of_label(table, sets.names, sets.one, texts)
    return found if own is None else LabelColumns("class", own.columns, _as_classes(table, own.columns[0]))


def _as_classes(table: SourceTable, column: str) -> tuple[tuple[str, int], ...]:
    """Class 1 for every spelling of 1 or true in a column, 0 for the opposites; no class for -1."""
    spelled = ((value, truth(value)) for value, _ in label_values(table, column))
    return tuple((value, int(is_true)) for value, is_true in spelled if is_true is not None)


@dataclass(frozen=True)
class SetsOfLabels:
    """The labels of a multi-label model, and the one that it is asked about; None: all."""

    names: tuple[str, ...]
    one: int | None = None


def has_usual_pairs(table: SourceTable) -> bool:
    """Whether two columns have names that pairs of texts usually have."""
    return bool(_usual_texts({column.lower(): column for column in table.columns}, reads_pairs=True))


def usual_second(table: SourceTable, text: str) -> str | None:
    """The column that usually makes a pair with this one, where the table has it and no other is usual."""
    usual = {column.lower(): column for column in table.columns}
    if (text.lower(),) in USUAL_TEXT_COLUMNS:
        return None
    seconds = [names[1] for names in USUAL_TEXT_COLUMNS if len(names) == 2 and names[0] == text.lower()]
    return next((usual[name] for name in seconds if name in usual), None)


def classes_of_column(
    table: SourceTable, column: str, label_names: Sequence[str]
) -> tuple[tuple[str, int], ...]:
    """The class that each value of a column seems to mean, values that seem to mean none left out."""
    values = [value for value, _ in label_values(table, column, MOST_LABEL_VALUES)]
    return guess_classes(values, label_names, table.names_of(column))


def has_no_other(table: SourceTable, column: str, classes: Sequence[tuple[str, int]]) -> bool:
    """Whether every value of a column means one of `classes`."""
    return 0 < len(classes) == len(label_values(table, column, MOST_LABEL_VALUES + 1))


def nested_texts(table: SourceTable) -> str | None:
    """The message that the column of usual name for texts holds lists, objects or bytes, where no other has
    such a name; None where it does not."""
    if _usual_texts({column.lower(): column for column in table.columns}, reads_pairs=False):
        return None
    usual = {name for names in USUAL_TEXT_COLUMNS for name in names}
    for column in table.left_out:
        if column.lower() in usual:
            return (
                f"Column {column!r} of {table.name} holds lists, objects or bytes, which are not read; write "
                "its texts as text, or choose another column of texts"
            )
    return None


def _usual_texts(usual: Mapping[str, str], reads_pairs: bool) -> tuple[str, ...]:
    """Columns with usual names: two for pairs, else one, at worst the first of a pair; () if none."""
    candidates: Sequence[tuple[str, ...]]
    if reads_pairs:
        candidates = [names for names in USUAL_TEXT_COLUMNS if len(names) == 2]
    else:
        candidates = [names[:1] for names in sorted(USUAL_TEXT_COLUMNS, key=len)]
    for names in candidates:
        if all(name in usual for name in names):
            return tuple(usual[name] for name in names)
    return ()


def _guess_label(
    table: SourceTable,
    usual: Mapping[str, str],
    sample: pd.DataFrame,
    label_names: Sequence[str],
    texts: Sequence[str],
) -> str | None:
    """The first usual name whose values mean classes, else any column of classes, else any usual name."""

    def known(column: str) -> tuple[int, int]:
        values = sample[column].dropna().unique().tolist()
        classes = guess_classes(values[:MOST_LABEL_VALUES], label_names, table.names_of(column))
        return len(classes), len(values)

    named = [usual[name] for name in USUAL_LABEL_COLUMNS if name in usual]
    for column in named:
        if known(column)[0]:
            return column
    for column in table.columns:
        if column not in texts:
            classes, values = known(column)
            if classes == values >= 2:
                return str(column)
    return named[0] if named else None


def _longest_texts(
    table: SourceTable, sample: pd.DataFrame, labels: Sequence[str], count: int
) -> tuple[str, ...]:
    free = [column for column in table.columns if column not in labels] or list(table.columns)
    longest = sorted(free, key=lambda column: -float(sample[column].str.len().fillna(0).mean()))[:count]
    return tuple(column for column in table.columns if column in longest)
