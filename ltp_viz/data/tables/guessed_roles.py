"""A first guess at which column is what and which class a label means; the person corrects it."""

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
) -> Roles:
    """Columns by their usual names, else by what they hold; the first others are kept beside the results.

    `own_texts` and `own_label` are the columns of the model's own data, used where the table has them. Names
    count whatever their case. Raises InputError where the column of usual name holds no texts.
    """
    sample = preview(table, _ROWS_LOOKED_AT, _CHARACTERS_LOOKED_AT)
    usual = {column.lower(): column for column in table.columns}
    texts = tuple(usual[name.lower()] for name in own_texts if name.lower() in usual)
    if len(texts) != 1 + reads_pairs:
        texts = _usual_texts(usual, reads_pairs)
    if not texts:
        _check_left_out(table)
    label = usual.get(own_label.lower()) or _guess_label(table, usual, sample, label_names, texts)
    texts = texts or _longest_texts(table, sample, label, 2 if reads_pairs else 1)
    label = None if label in texts else label
    others = [column for column in table.columns if column not in (*texts, label)]
    return Roles(
        text=texts[0],
        text_pair=texts[1] if len(texts) == 2 else None,
        label=label,
        classes=() if label is None else classes_of_column(table, label, label_names),
        extras=tuple(others[:MOST_EXTRAS]),
    )


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


def _check_left_out(table: SourceTable) -> None:
    usual = {name for names in USUAL_TEXT_COLUMNS for name in names}
    for column in table.left_out:
        if column.lower() in usual:
            raise InputError(
                f"Column {column!r} of {table.name} holds lists, objects or bytes, which are not read; write "
                "its texts as text, or give a file with a column of texts under a usual name such as 'text'."
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


def guess_classes(
    values: Sequence[str], label_names: Sequence[str], file_names: Sequence[str] = ()
) -> tuple[tuple[str, int], ...]:
    """The class that each label value seems to mean; values that seem to mean none are left out.

    A name counts whatever its case, a number as the class's index ("1.0" too), from one where no 0 and a C
    occur, in order where numbers around zero are as many as the classes (-1 and 1); true and false are the
    second and the first of two; LABEL_1 is the second; "pos" is the one name that begins so. `file_names` are
    the names of the column's classes that the file itself says, in the order of their numbers: where none of
    them is a name of the model's, their order decides.
    """
    names = {_plain(name): index for index, name in enumerate(label_names)}
    numbers = _numbers(values, label_names)

    def by_name(value: str) -> int | None:
        plain = _plain(value)
        index = names.get(plain)
        return _by_prefix(plain, names) if index is None else index

    numbers_of_label = {index: index for index in range(len(label_names))}
    in_order: dict[str, int] = {}
    if len(file_names) == len(label_names) and all(by_name(name) is None for name in file_names):
        in_order = {name: index for index, name in enumerate(file_names)}
    found = []
    for value in values:
        index = names.get(_plain(value))
        if index is None:
            index = in_order.get(value)
        if index is None:
            index = numbers.get(value)
        plain = _plain(value)
        if index is None and len(label_names) == 2:
            index = {"false": 0, "true": 1}.get(plain)
        if index is None and plain.startswith("label "):  # LABEL_1, __label__positive
            plain = plain.removeprefix("label ")
            number = whole_number(plain)
            index = names.get(plain) if number is None else numbers_of_label.get(number)
        if index is None:
            index = by_name(value)
        if index is not None:
            found.append((value, index))
    return tuple(found)


def _numbers(values: Sequence[str], label_names: Sequence[str]) -> dict[str, int]:
    """Class of every value that is a number: the class whose name is or begins with it, else the index."""
    numbers = {value: number for value in values if (number := whole_number(value)) is not None}
    leading = [re.match(r"\s*(\d+)\b", name) for name in label_names]
    called = [whole_number(name) for name in label_names]
    present = set(numbers.values())
    count = len(label_names)
    classes: dict[int, int]
    if all(leading):
        classes = {int(match[1]): index for index, match in enumerate(leading) if match}
    elif any(number is not None for number in called):
        classes = {number: index for index, number in enumerate(called) if number is not None}
    elif len(present) == count > 1 and min(present) < 0 and present == {-number for number in present}:
        classes = {number: index for index, number in enumerate(sorted(present))}
    else:
        first = 1 if count in present and 0 not in present and len(present) > 1 else 0
        classes = {first + index: index for index in range(count)}
        # Stars from 1 to 5 are no indices of two classes; a stray 7 beside 0 and 1 makes them no less.
        if present and max(present) >= first + count and not (first == 0 and present >= classes.keys()):
            classes = {}
    return {value: classes[number] for value, number in numbers.items() if number in classes}


def _plain(value: str) -> str:
    """What counts of a name: neither case nor signs between words; but -1 is not 1."""
    number = whole_number(value)
    if number is not None:
        return str(number)
    return re.sub(r"[\s_-]+", " ", value).strip().casefold()


def whole_number(value: str) -> int | None:
    """The whole number that a cell holds, "1.0" among them; None of any other cell."""
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
