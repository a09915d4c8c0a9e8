"""The roles of columns and the meanings of labels: detected, shown, corrected by the user."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.checks import SourceCheck, check, cut_share
from ltp_viz.data.tables.guessed_roles import guess_classes, guess_roles, label_values
from ltp_viz.data.tables.roles import MOST_EXTRAS, Roles
from ltp_viz.data.tables.source import SourceTable, preview
from ltp_viz.figures.wording import counted
from ltp_viz.ui.shell.cache import session_cache
from ltp_viz.ui.shell.markdown import escaped, quoted

_NO_LABELS = "(no labels)"
_LEFT_OUT = "(no label)"
_MAX_VALUES = 40  # with a field each
_SAMPLE = 1000
_CACHE = "lab_checked"


def choose_roles(table: SourceTable, classifier: TextClassifier) -> Roles | None:
    """The roles as detected and corrected; None, and a message on the page, if nothing can run."""
    labels = classifier.labels
    try:
        guess = guess_roles(table, labels, classifier.config.reads_pairs)
    except InputError as error:
        st.error(escaped(str(error)))
        return None
    st.dataframe(
        preview(table, 5, characters=300).drop(columns="row"),
        height="content",
        hide_index=True,
        alt="First rows of the file",
    )
    roles = _with_classes(_columns(table, guess, classifier.config.reads_pairs), table, labels, guess)
    try:
        found, cut = _checked(table, roles, classifier)
    except InputError as error:
        st.error(escaped(str(error)))
        return None
    _report(found, cut, roles, classifier)
    return roles


def _columns(table: SourceTable, guess: Roles, pairs: bool) -> Roles:
    columns = list(table.columns)

    def choice(title: str, options: list[str], first: str, role: str) -> str:
        key = f"lab_{role} {table.fingerprint}"
        return st.selectbox(title, options, options.index(first), key=key, persist_state="session")

    fields = st.columns(3 if pairs else 2)
    with fields[0]:
        text = choice("First text" if pairs else "Text", columns, guess.text, "text")
    second = None
    if pairs:
        with fields[1]:
            second = choice("Second text", columns, guess.text_pair or columns[-1], "second")
    with fields[-1]:
        label = choice("Label", [_NO_LABELS, *columns], guess.label or _NO_LABELS, "label")
    used = {text, second, label}
    extras = st.multiselect(
        "Columns to keep beside the results",
        [column for column in columns if column not in used],
        [column for column in guess.extras if column not in used],
        key=f"lab_extras {table.fingerprint} {text} {second} {label}",
        max_selections=MOST_EXTRAS,
        help="You can filter by them later, and see the figures for each of their values.",
        persist_state="session",
    )
    return Roles(text, second, None if label == _NO_LABELS else label, (), tuple(extras))


def _with_classes(roles: Roles, table: SourceTable, labels: tuple[str, ...], guess: Roles) -> Roles:
    """The roles with the class of each label value, from a field per value."""
    if roles.label is None:
        return roles
    values = label_values(table, roles.label, _MAX_VALUES)
    guessed = dict(
        guess.classes if roles.label == guess.label else guess_classes([value for value, _ in values], labels)
    )
    options = [*labels, _LEFT_OUT]
    unmatched = [value for value, _ in values if value not in guessed]
    key = f"lab_class {table.fingerprint} {roles.label}"
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


def _checked(table: SourceTable, roles: Roles, classifier: TextClassifier) -> tuple[SourceCheck, float]:
    """Counts, and the share of texts longer than the model reads; cached for unchanged input."""

    def count() -> tuple[SourceCheck, float]:
        with st.spinner("Counting rows …"):
            return check(table, roles), cut_share(table, roles, classifier, _SAMPLE)

    return session_cache(_CACHE).get((table.fingerprint, roles, classifier), count)


def _report(found: SourceCheck, cut: float, roles: Roles, classifier: TextClassifier) -> None:
    """Draw what will run, and warnings about rows that will not."""
    st.markdown(f"**{found.runnable:,}** of {found.rows:,} rows can be run.")
    warnings = []
    if found.without_text:
        warnings.append(f"{counted(found.without_text, 'row')} without a text will be left out.")
    if roles.label is not None and found.without_label:
        warnings.append(f"{counted(found.without_label, 'row')} without a label will be run but not scored.")
    if found.unknown_labels:
        total = sum(count for _, count in found.unknown_labels)
        values = [quoted(value) for value, _ in found.unknown_labels[:3]]
        if more := len(found.unknown_labels) - len(values):
            values.append(f"{more} more")
        listed = " and ".join(filter(None, (", ".join(values[:-1]), values[-1])))
        warnings.append(
            f"{listed} {'is not a class' if len(found.unknown_labels) == 1 else 'are not classes'} of this "
            f"model. Match {'it' if len(found.unknown_labels) == 1 else 'them'} above to score "
            f"{counted(total, 'row')}."
        )
    if roles.label is None:
        warnings.append("There are no labels: answers with and without pruning are compared but not scored.")
    if cut:
        warnings.append(
            f"About {100 * cut:.0f} % of the texts are longer than the {classifier.config.max_text_tokens} "
            "tokens that the model reads; the rest of those texts is ignored."
        )
    for warning in warnings:
        st.warning(warning)
