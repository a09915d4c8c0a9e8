"""The roles of columns and the meanings of labels: detected, shown, corrected by the user."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.checks import SourceCheck, check, cut_share
from ltp_viz.data.tables.chosen_roles import (
    guessed_roles_for,
    labels_in_column,
    labels_per_column,
    own_text_columns,
    reads_pairs_of,
    sets_of,
)
from ltp_viz.data.tables.guessed_roles import MOST_LABEL_VALUES, label_values, nested_texts
from ltp_viz.data.tables.meanings import EMPTY_SET, LabelMeaning, class_messages, label_meanings
from ltp_viz.data.tables.roles import MOST_EXTRAS, Roles
from ltp_viz.data.tables.source import SourceTable, preview
from ltp_viz.figures.wording import counted
from ltp_viz.ui.shell.cache import session_cache
from ltp_viz.ui.shell.markdown import escaped, quoted

_NO_LABELS = "(no labels)"
_LEFT_OUT = "(no label)"
_PER_LABEL = "(a column per label)"
_MAX_FIELDS = 40  # values with a field each; more stand in a table
_SAMPLE = 1000
_CACHE = "lab_checked"


def choose_roles(table: SourceTable, classifier: TextClassifier) -> Roles | None:
    """The roles as detected and corrected; None, and a message on the page, if nothing can run."""
    labels = classifier.labels
    try:
        guess = guessed_roles_for(classifier, table)
    except InputError as error:
        st.error(escaped(str(error)))
        return None
    st.dataframe(
        preview(table, 5, characters=300).drop(columns="row"),
        height="content",
        hide_index=True,
        alt="First rows of the file",
    )
    chosen = _columns(table, guess, classifier)
    if chosen is None:
        return None
    roles = _with_classes(chosen, table, labels)
    try:
        found, cut, meanings = _checked(table, roles, classifier)
    except InputError as error:
        st.error(escaped(str(error)))
        return None
    _report(found, cut, meanings, roles, classifier)
    return roles


def _columns(table: SourceTable, guess: Roles, classifier: TextClassifier) -> Roles | None:
    """The roles of the columns; None, and a message on the page, until a column of texts is chosen."""
    columns, pairs = list(table.columns), reads_pairs_of(classifier, table)
    nested = None if guess.text in own_text_columns(classifier) else nested_texts(table)
    lists = list(table.list_columns) if sets_of(classifier) else []
    per_label = labels_per_column(classifier, table)

    def choice(title: str, options: list[str], first: str | None, role: str) -> str | None:
        key = f"lab_{role} {table.fingerprint}"
        index = None if first is None else options.index(first)
        return st.selectbox(title, options, index, key=key, persist_state="session")

    fields = st.columns(3 if pairs else 2)
    with fields[0]:
        text = choice("First text" if pairs else "Text", columns, None if nested else guess.text, "text")
    second = None
    if pairs:
        with fields[1]:
            second = choice("Second text", columns, guess.text_pair or columns[-1], "second")
    with fields[-1]:
        options = [_NO_LABELS, *columns, *lists, *([_PER_LABEL] if per_label else [])]
        first = _PER_LABEL if guess.columns_per_label else guess.label or _NO_LABELS
        label = choice("Label", options, first, "label") or _NO_LABELS
    if text is None:
        st.warning(escaped(f"{nested}."))
        return None
    found = None
    if label == _PER_LABEL:
        found = per_label
    elif label != _NO_LABELS:
        found = labels_in_column(classifier, table, label)
    used = {text, second, *(found.columns if found else ())}
    extras = st.multiselect(
        "Columns to keep beside the results",
        [column for column in columns if column not in used],
        [column for column in guess.extras if column not in used],
        key=f"lab_extras {table.fingerprint} {text} {second} {label}",
        max_selections=MOST_EXTRAS,
        help="You can filter by them later, and see the figures for each of their values.",
        persist_state="session",
    )
    own: dict[str, Any] = {"label": None, "classes": ()} if found is None else found.in_roles()
    return Roles(text=text, text_pair=second, extras=tuple(extras), **own)


def _with_classes(roles: Roles, table: SourceTable, labels: tuple[str, ...]) -> Roles:
    """The roles with what each label value means: a field per value, or a table where they are many."""
    if roles.label is None or roles.form == "vector":
        return roles
    if roles.form == "class":
        values = label_values(table, roles.label, MOST_LABEL_VALUES)
    else:
        meanings = label_meanings(table, roles, labels)
        values = tuple((each.value, each.rows) for each in meanings if each.value != EMPTY_SET)
    guessed = dict(roles.classes)
    options = [*labels, _LEFT_OUT]
    unmatched = [value for value, _ in values if value not in guessed]
    key = f"lab_class {table.fingerprint} {roles.label}"
    if len(values) > _MAX_FIELDS:
        without = f"{len(unmatched):,} of {len(values):,} values without a class"
        title = f"{_mapping_title(guessed, labels)} ({without})"
        with st.expander(title, expanded=bool(unmatched), key=f"{key}, all"):
            return replace(roles, classes=_edited(values, guessed, labels, key))
    title = _mapping_title(_answers(key, values, guessed, options), labels)
    # With a key: otherwise it would close whenever its title changes.
    with st.expander(title, expanded=bool(unmatched), key=f"{key}, all"):
        chosen: dict[str, int] = {}
        for column, (value, count) in zip(_cells(len(values)), values, strict=False):
            answer = column.selectbox(
                f"{quoted(value)} ({count:,})",
                options,
                guessed.get(value, len(labels)),
                key=f"{key} {value}",
                persist_state="session",
            )
            if answer != _LEFT_OUT:
                chosen[value] = labels.index(answer)
    return replace(roles, classes=tuple(sorted(chosen.items())))


def _edited(
    values: Sequence[tuple[str, int]], guessed: dict[str, int], labels: tuple[str, ...], key: str
) -> tuple[tuple[str, int], ...]:
    """The classes as the table "in the file, class of the model, rows" says them, those without one first."""
    options = [*labels, _LEFT_OUT]
    ordered = sorted(values, key=lambda value: value[0] in guessed)
    edited = st.data_editor(
        pd.DataFrame(
            {
                "In the file": [value for value, _ in ordered],
                "Class of the model": [
                    labels[guessed[value]] if value in guessed else _LEFT_OUT for value, _ in ordered
                ],
                "Rows": [rows for _, rows in ordered],
            }
        ),
        column_config={
            "Class of the model": st.column_config.SelectboxColumn(options=options, required=True)
        },
        disabled=["In the file", "Rows"],
        hide_index=True,
        key=f"{key}, table",
    )
    meant = zip(edited["In the file"], edited["Class of the model"], strict=True)
    return tuple(sorted((str(value), labels.index(name)) for value, name in meant if name in labels))


def _cells(count: int) -> list[st.delta_generator.DeltaGenerator]:
    width = min(4, max(2, count))
    return [column for _ in range(-(-count // width)) for column in st.columns(width)]


def _answers(
    key: str, values: Sequence[tuple[str, int]], guessed: dict[str, int], options: Sequence[str]
) -> dict[str, int]:
    """Value -> class, as chosen by the user or else detected."""
    left_out = len(options) - 1
    chosen = {value: st.session_state.get(f"{key} {value}") for value, _ in values}
    answers = {
        value: options.index(answer) if answer in options else guessed.get(value, left_out)
        for value, answer in chosen.items()
    }
    return {value: answer for value, answer in answers.items() if answer != left_out}


def _mapping_title(meant: dict[str, int], labels: tuple[str, ...]) -> str:
    shown = [f"{escaped(value[:20])} → {escaped(labels[index])}" for value, index in list(meant.items())[:4]]
    more = f" and {len(meant) - 4} more" if len(meant) > 4 else ""
    return f"What the labels mean: {', '.join(shown) or 'unknown'}{more}"


def _checked(
    table: SourceTable, roles: Roles, classifier: TextClassifier
) -> tuple[SourceCheck, float, tuple[LabelMeaning, ...]]:
    """Counts, share of texts longer than the model reads, meaning of labels; cached while nothing changes."""

    def count() -> tuple[SourceCheck, float, tuple[LabelMeaning, ...]]:
        with st.spinner("Counting rows …"):
            found = check(table, roles)
            meanings = label_meanings(table, roles, classifier.labels)
            return found, cut_share(table, roles, classifier, _SAMPLE), meanings

    return session_cache(_CACHE).get((table.fingerprint, roles, classifier), count)


def _report(
    found: SourceCheck,
    cut: float,
    meanings: Sequence[LabelMeaning],
    roles: Roles,
    classifier: TextClassifier,
) -> None:
    """What will run, and a warning for each possible surprise."""
    st.markdown(f"**{found.runnable:,}** of {found.rows:,} rows can be run.")
    warnings = []
    if found.without_text:
        warnings.append(f"{counted(found.without_text, 'row')} without a text will be left out.")
    if roles.label_columns and found.without_label:
        warnings.append(f"{counted(found.without_label, 'row')} without a label will be run but not scored.")
    if found.unknown_labels:
        values = [quoted(value) for value, _ in found.unknown_labels[:3]]
        if more := found.unknown_values - len(values):
            values.append(f"{more:,} more")
        listed = " and ".join(filter(None, (", ".join(values[:-1]), values[-1])))
        is_one = found.unknown_values == 1
        warnings.append(
            f"{listed} {'is not a class' if is_one else 'are not classes'} of this model. Match "
            f"{'it' if is_one else 'them'} above to score {counted(found.unknown_rows, 'row')}."
        )
    if len(classifier.labels) > 1:
        warnings += map(escaped, class_messages(meanings, classifier.labels))
    if not roles.label_columns:
        warnings.append("There are no labels: answers with and without pruning are compared but not scored.")
    if cut:
        warnings.append(
            f"About {100 * cut:.0f} % of the texts are longer than the {classifier.config.max_text_tokens} "
            "tokens that the model reads; the rest of those texts is ignored."
        )
    for warning in warnings:
        st.warning(warning)
