"""A first guess at which column is what and which class a label means; the person corrects it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.guessed_classes import guess_classes
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
