"""What a labelled file came to: how it was read, what each label means, what is not scored.

Pages and commands show the same messages and the same table "in the file -> class of the model, rows".
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ltp_viz.core.answers import NO_LABEL
from ltp_viz.data.tables.checks import SourceCheck
from ltp_viz.data.tables.guessed_classes import whole_number
from ltp_viz.data.tables.guessed_roles import MOST_LABEL_VALUES
from ltp_viz.data.tables.label_sets import label_rows
from ltp_viz.data.tables.queries import ask, quoted
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable

_SHOWN = 5
EMPTY_SET = "[]"  # as a value of a file: a row that has no label


@dataclass(frozen=True)
class LabelMeaning:
    """One label value of the file."""

    value: str  # as the file writes it
    meant: str | None  # the class of the model; None: none of them
    rows: int  # that have it, and a text


def label_meanings(
    table: SourceTable, roles: Roles, label_names: Sequence[str], limit: int = MOST_LABEL_VALUES
) -> tuple[LabelMeaning, ...]:
    """Every label value with the class that it means, most frequent first; () without a column of labels."""
    if roles.form != "class":
        return _label_set_meanings(table, roles, label_names, limit)
    if roles.label is None:
        return ()
    label = quoted(roles.label)
    has_text = " AND ".join(f"{quoted(text)} IS NOT NULL" for text in roles.texts)
    values = ask(
        table.path,
        f"SELECT {label}, count(*) FROM t WHERE {has_text} AND {label} IS NOT NULL GROUP BY 1 "
        "ORDER BY 2 DESC, 1 LIMIT ?",
        [limit],
    )
    classes = dict(roles.classes)
    return tuple(
        LabelMeaning(value, label_names[classes[value]] if value in classes else None, rows)
        for value, rows in values
    )


def _label_set_meanings(
    table: SourceTable, roles: Roles, label_names: Sequence[str], limit: int
) -> tuple[LabelMeaning, ...]:
    """The same of sets: every label with the rows that have it, and the rows without any."""
    found: Counter[str] = Counter()
    empty = 0
    for labels, rows in label_rows(table, roles):
        found.update(dict.fromkeys(labels or (), rows))
        empty += rows if labels == [] else 0
    classes = dict(roles.classes)
    meanings = [
        LabelMeaning(value, label_names[classes[value]] if value in classes else None, rows)
        for value, rows in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]
    ]
    if empty:
        meanings.append(LabelMeaning(EMPTY_SET, label_names[0] if roles.is_one_of_set else NO_LABEL, empty))
    return tuple(meanings)


def reading_messages(table: SourceTable, read: Sequence[str] = ()) -> tuple[str, ...]:
    """How the file was read, and which columns were left out; `read` are columns of lists that were not."""
    messages = [f"Read as: {table.read_as}."] if table.read_as else []
    left_out = [name for name in table.left_out if name not in read]
    if left_out:
        shown = ", ".join(map(repr, left_out[:_SHOWN])) + (", ..." if len(left_out) > _SHOWN else "")
        messages.append(f"Left out, as they hold lists, objects or bytes: {shown}.")
    return tuple(messages)


def scoring_messages(
    found: SourceCheck, meanings: Sequence[LabelMeaning], label_names: Sequence[str]
) -> tuple[str, ...]:
    """Which rows and classes a score does not cover; () where it covers all."""
    if not meanings:
        return ()
    messages = []
    scored = found.runnable - found.without_label - found.unknown_rows
    if 0 < scored < found.runnable:
        messages.append(f"Scores cover {scored:,} of {found.runnable:,} rows: others have no known label.")
    if scored and found.unknown_rows:
        shown = ", ".join(f"{value!r} ({rows:,})" for value, rows in found.unknown_labels[:_SHOWN])
        more = ", ..." if len(found.unknown_labels) > _SHOWN else ""
        messages.append(f"{_rows(found.unknown_rows)} with labels that mean no class: {shown}{more}.")
    return (*messages, *class_messages(meanings, label_names))


def class_messages(meanings: Sequence[LabelMeaning], label_names: Sequence[str]) -> tuple[str, ...]:
    """That no row can be scored, or that some classes have no scored row; () where neither is so."""
    present = {meaning.meant for meaning in meanings}
    absent = [name for name in label_names if name not in present]
    if not meanings or not absent:
        return ()
    if present != {None}:
        shown = ", ".join(map(repr, absent[:_SHOWN])) + (", ..." if len(absent) > _SHOWN else "")
        covered = len(label_names) - len(absent)
        return (
            f"No scored row has the class {shown}: scores cover {covered} of {len(label_names)} classes.",
        )
    if all(whole_number(meaning.value) == -1 for meaning in meanings):
        return (
            f"Every label is {meanings[0].value}, which marks rows without a label, as in the test parts "
            "of GLUE: nothing can be scored.",
        )
    return ("No label means a class of the model, so nothing can be scored.",)


def _rows(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")
