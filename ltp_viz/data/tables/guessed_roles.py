"""A first guess at which column is what and which class a label means; the person mends it."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from ltp_viz.data.errors import InputError
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
    """The sentence that a column is not there."""
    shown = ", ".join(table.columns[:20]) + (", ..." if len(table.columns) > 20 else "")
    return f"{table.name} has no column {column!r}, only {shown}; choose one of these."


def guess_roles(table: SourceTable, label_names: Sequence[str], reads_pairs: bool) -> Roles:
    """Columns by their usual names, else by what they hold; the first others are kept beside the results."""
    sample = preview(table, _ROWS_LOOKED_AT, _CHARACTERS_LOOKED_AT)
    usual = {column.lower(): column for column in table.columns}
    texts = _usual_texts(usual, reads_pairs)
    label = _guess_label(usual, sample, label_names, texts)
    texts = texts or _longest_texts(table, sample, label, 2 if reads_pairs else 1)
    label = None if label in texts else label
    values = [] if label is None else [value for value, _ in label_values(table, label, MOST_LABEL_VALUES)]
    others = [column for column in table.columns if column not in (*texts, label)]
    return Roles(
        text=texts[0],
        text_pair=texts[1] if len(texts) == 2 else None,
        label=label,
        classes=guess_classes(values, label_names),
        extras=tuple(others[:MOST_EXTRAS]),
    )


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
    usual: Mapping[str, str], sample: pd.DataFrame, label_names: Sequence[str], texts: Sequence[str]
) -> str | None:
    """The first usual name whose values mean classes, else any column of classes, else any usual name."""

    def known(column: str) -> tuple[int, int]:
        values = sample[column].dropna().unique().tolist()
        return len(guess_classes(values[:MOST_LABEL_VALUES], label_names)), len(values)

    named = [usual[name] for name in USUAL_LABEL_COLUMNS if name in usual]
    for column in named:
        if known(column)[0]:
            return column
    for column in sample.columns:
        if column not in ("row", *texts):
            classes, values = known(column)
            if classes == values >= 2:
                return str(column)
    return named[0] if named else None


def _longest_texts(
    table: SourceTable, sample: pd.DataFrame, label: str | None, count: int
) -> tuple[str, ...]:
    free = [column for column in table.columns if column != label] or list(table.columns)
    longest = sorted(free, key=lambda column: -float(sample[column].str.len().fillna(0).mean()))[:count]
    return tuple(column for column in table.columns if column in longest)


def guess_classes(values: Sequence[str], label_names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """The class that each label value seems to mean; values that seem to mean none are left out.

    A name counts whatever its case, a number as the class's index ("1.0" too), from one where no 0 and a C
    occur; true and false are the second and the first of two; "pos" is the one name that begins so.
    """
    names = {_plain(name): index for index, name in enumerate(label_names)}
    numbers = _numbers(values, label_names)
    found = []
    for value in values:
        plain = _plain(value)
        index = names.get(plain)
        if index is None:
            index = numbers.get(value)
        if index is None and len(label_names) == 2:
            index = {"false": 0, "true": 1}.get(plain)
        if index is None:
            index = _by_prefix(plain, names)
        if index is not None:
            found.append((value, index))
    return tuple(found)


def _numbers(values: Sequence[str], label_names: Sequence[str]) -> dict[str, int]:
    """Class of every value that is a number: the class whose name begins with it, else the index."""
    numbers = {value: number for value in values if (number := _whole(value)) is not None}
    leading = [re.match(r"\s*(\d+)\b", name) for name in label_names]
    if all(leading):
        classes = {int(match[1]): index for index, match in enumerate(leading) if match}
    elif any(_whole(name) is not None for name in label_names):
        classes = {}
    else:
        count, present = len(label_names), set(numbers.values())
        first = 1 if count in present and 0 not in present else 0
        classes = {first + index: index for index in range(count)}
        # Stars from 1 to 5 are no indices of two classes; a stray 7 beside 0 and 1 makes them no less.
        if present and max(present) >= first + count and not (first == 0 and present >= classes.keys()):
            classes = {}
    return {value: classes[number] for value, number in numbers.items() if number in classes}


def _plain(value: str) -> str:
    return re.sub(r"[\s_-]+", " ", value).strip().casefold()


def _whole(value: str) -> int | None:
    match = re.fullmatch(r"\s*([+-]?[0-9]{1,9})(\.0*)?\s*", value)
    return int(match[1]) if match else None


def _by_prefix(value: str, names: Mapping[str, int]) -> int | None:
    """The one class whose name begins with the value, or the other way round, in three letters or more."""
    found = {
        index
        for name, index in names.items()
        if min(len(value), len(name)) >= 3 and (name.startswith(value) or value.startswith(name))
    }
    return found.pop() if len(found) == 1 else None
