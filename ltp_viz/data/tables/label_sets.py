"""Sets of labels as files write them, and the set that each row means.

A file holds lists (`["joy", "anger"]` or `[0, 3]`), texts with separators ("joy, anger", "joy|anger",
"joy;anger", a list as JSON, Python or numpy print it), a vector of 0 and 1 per row, or a column of 0 and 1
per label. An empty list, or no 1, is the empty set; an empty cell, or -1 among 0 and 1, is a row without
labels.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ltp_viz.core.answers import NO_LABEL
from ltp_viz.data.label_sets import set_code
from ltp_viz.data.tables.guessed_classes import guess_classes, plain_name, whole_number
from ltp_viz.data.tables.queries import ask, quoted
from ltp_viz.data.tables.roles import LabelForm, Roles
from ltp_viz.data.tables.source import SourceTable

SEPARATORS = ",;|"
_MOST_CELLS = 100_000  # different ones that a guess looks at
_TRUTHS = {"true": 1, "false": 0, "yes": 1, "no": 0}
_PRINTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^\s,'\"]+)")


@dataclass(frozen=True)
class LabelColumns:
    """Where a table's labels stand, and what they mean; see `Roles`."""

    form: LabelForm
    columns: tuple[str, ...]
    classes: tuple[tuple[str, int], ...]
    separators: str = ""
    is_one_of_set: bool = False

    def about(self, label: int) -> "LabelColumns":
        """The same labels, asked only whether this one is among them."""
        classes = tuple((value, int(index == label)) for value, index in self.classes)
        return replace(self, classes=classes, is_one_of_set=True)

    def in_roles(self) -> dict[str, Any]:
        """The fields of `Roles` that say all this."""
        per_label = self.form == "columns"
        return {
            "label": None if per_label else self.columns[0],
            "columns_per_label": self.columns if per_label else (),
            "form": self.form,
            "classes": self.classes,
            "separators": self.separators,
            "is_one_of_set": self.is_one_of_set,
        }


def items_of(cell: str, separators: str, known: Mapping[str, int]) -> tuple[str, ...]:
    """The labels that one cell names, as it writes them; () is the empty set."""
    cell = cell.strip()
    if cell in known:
        return (cell,)
    if cell in (NO_LABEL, "set()"):
        return ()
    if (cell[:1], cell[-1:]) in (("[", "]"), ("{", "}"), ("(", ")")):
        return _listed(cell)
    if re.fullmatch(r"[+-]?[0-9.]+(\s+[+-]?[0-9.]+)+", cell):
        return tuple(cell.split())
    if not separators:
        return (cell,)
    parts = (part.strip(" \t\r\n'\"") for part in re.split(f"[{re.escape(separators)}]", cell))
    return tuple(part for part in parts if part)


def _listed(cell: str) -> tuple[str, ...]:
    """The items of a list as JSON, Python or numpy print it."""
    try:
        found = json.loads(cell, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list):
        return tuple(item.strip() if isinstance(item, str) else json.dumps(item) for item in found)
    items = (first or second or bare for first, second, bare in _PRINTED.findall(cell[1:-1]))
    return tuple(item.strip() for item in items)


def truth(cell: str | None) -> bool | None:
    """Whether a cell of 0 or 1 says that a label is there; None where it says neither."""
    if cell is None:
        return None
    number = whole_number(cell)
    found = _TRUTHS.get(cell.strip().casefold(), number)
    return bool(found) if found in (0, 1) else None


def labels_in_row(roles: Roles, cells: Sequence[str | None], known: Mapping[str, int]) -> list[str] | None:
    """The labels that a row names, from the cells of `roles.label_columns`; None: it has no labels.

    Of a vector they are called by their places from 0, of a column per label by the columns. `known` is
    `roles.classes` as a dictionary.
    """
    if roles.form == "columns":
        truths = [truth(cell) for cell in cells]
        if None in truths:
            return None
        return [column for column, is_there in zip(roles.label_columns, truths, strict=True) if is_there]
    if cells[0] is None:
        return None
    items = items_of(cells[0], roles.separators, known)
    if roles.form == "set":
        return list(items)
    truths = [truth(item) for item in items]
    if None in truths or len(truths) != len(known):
        return None
    return [str(place) for place, is_there in enumerate(truths) if is_there]


def code_of_row(roles: Roles, cells: Sequence[str | None], known: Mapping[str, int]) -> int | None:
    """The set of labels of a row as one number (`data.label_sets`), or 1 or 0 where only one label is asked
    for; None: no labels, or one of no class."""
    items = labels_in_row(roles, cells, known)
    # Where no label is known, an empty set is no answer either.
    if items is None or not known or any(item not in known for item in items):
        return None
    if roles.is_one_of_set:
        return int(any(known[item] == 1 for item in items))
    return set_code(known[item] for item in items)


def label_rows(table: SourceTable, roles: Roles) -> Iterator[tuple[list[str] | None, int]]:
    """The labels of the rows with a text, and of how many rows: once per different cell or cells."""
    known = dict(roles.classes)
    columns = ", ".join(map(quoted, roles.label_columns))
    has_text = " AND ".join(f"{quoted(text)} IS NOT NULL" for text in roles.texts)
    sql = f"SELECT {columns}, count(*) FROM t WHERE {has_text} GROUP BY ALL"
    for *cells, rows in ask(table.path, sql):
        yield labels_in_row(roles, cells, known), int(rows)


def column_of_label(
    table: SourceTable, label_names: Sequence[str], label: int, texts: Sequence[str]
) -> LabelColumns | None:
    """A column of 0 and 1 that is called like one label; None where there is none."""
    return columns_per_label(table, label_names[label : label + 1], texts)


def guess_label_columns(
    table: SourceTable, label_names: Sequence[str], usual: Sequence[str], texts: Sequence[str]
) -> LabelColumns | None:
    """Where the sets of labels seem to stand: a column of `usual` name, of lists, one per label, or any other
    whose every value means labels. None: nowhere."""
    free = [column for column in (*table.columns, *table.list_columns) if column not in texts]
    by_name = {column.lower(): column for column in free}
    named = [by_name[name.lower()] for name in usual if name.lower() in by_name]
    for column in dict.fromkeys([*named, *(each for each in table.list_columns if each in free)]):
        if (found := sets_of_column(table, column, label_names)).classes:
            return found
    if (found_columns := columns_per_label(table, label_names, texts)) is not None:
        return found_columns
    for column in free:
        found = sets_of_column(table, column, label_names)
        # A column of numbers under another name may count anything.
        are_names = any(whole_number(value) is None for value, _ in found.classes)
        if len(found.classes) >= 2 and found.form == "set" and are_names and _means_all(table, found):
            return found
    return LabelColumns("set", (named[0],), (), SEPARATORS) if named else None


def sets_of_column(table: SourceTable, column: str, label_names: Sequence[str]) -> LabelColumns:
    """How one column writes sets of labels: by names or numbers, or as a vector of 0 and 1 per row."""
    names = (*label_names, *table.names_of(column))
    separators = "".join(each for each in SEPARATORS if not any(each in name for name in names))
    whole = {name: index for index, name in enumerate(label_names)}
    parsed = [items_of(cell, separators, whole) for cell in _cells(table, column)]
    count = len(label_names)
    is_named_so = any(truth(name) is not None for name in label_names)
    if parsed and not is_named_so and all(len(items) == count and _is_vector(items) for items in parsed):
        places = tuple((str(place), place) for place in range(count))
        return LabelColumns("vector", (column,), places, separators)
    if _are_other_vectors(parsed):
        return LabelColumns("set", (column,), (), separators)
    items = list(dict.fromkeys(item for items in parsed for item in items))
    classes = guess_classes(items, label_names, table.names_of(column))
    # "joy and anger" begins with "joy" and is not it; "ang" is short for "anger".
    lengths = [len(plain_name(name)) for name in label_names]
    whole_names = {plain_name(name) for name in names}
    sure = tuple(
        (value, index)
        for value, index in classes
        if plain_name(value) in whole_names
        or whole_number(value) is not None
        or len(plain_name(value).removeprefix("label ")) <= lengths[index]
    )
    return LabelColumns("set", (column,), sure, separators)


def _are_other_vectors(parsed: Sequence[tuple[str, ...]]) -> bool:
    """Whether cells hold probabilities, or 0 and 1 for other labels than the model's."""
    cells = [items for items in parsed if items and all(_is_number(item) for item in items)]
    has_parts = any(whole_number(item) is None for items in cells for item in items)
    is_repeated = any(len(set(items)) < len(items) for items in cells)
    return has_parts or (is_repeated and all(map(_is_vector, cells)))


def _is_number(item: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+(e[+-]?[0-9]+)?|[+-]?[0-9]+\.", item.lower()))


def columns_per_label(
    table: SourceTable, label_names: Sequence[str], texts: Sequence[str] = ()
) -> LabelColumns | None:
    """A column of 0 and 1 for every label of the model, called like it; None unless all are there."""
    by_name = {plain_name(column): column for column in table.columns if column not in texts}
    columns = tuple(by_name.get(plain_name(name), "") for name in label_names)
    if "" in columns or len(set(columns)) < len(columns):
        return None
    for column in columns:
        cells = _cells(table, column, 10)
        if not cells or len(cells) == 10 or not _is_vector(cells):
            return None
    return LabelColumns("columns", columns, tuple(zip(columns, range(len(columns)), strict=True)))


def _is_vector(cells: Sequence[str]) -> bool:
    return all(truth(cell) is not None or whole_number(cell) == -1 for cell in cells)


def _means_all(table: SourceTable, found: LabelColumns) -> bool:
    known = dict(found.classes)
    cells = _cells(table, found.columns[0])
    return all(item in known for cell in cells for item in items_of(cell, found.separators, known))


def _cells(table: SourceTable, column: str, limit: int = _MOST_CELLS) -> list[str]:
    name = quoted(column)
    sql = f"SELECT DISTINCT {name} FROM t WHERE {name} IS NOT NULL ORDER BY 1 LIMIT ?"
    return [cell for (cell,) in ask(table.path, sql, [limit])]
