"""The Compare page: a text under two to four rules, models or wordings, at equal cost."""

import streamlit as st

from ltp_viz.analysis.compare.alignment import survivor_overlap
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.figures.compare.rules import overlap_figure, rule_lengths_figure
from ltp_viz.ui.compare import address, curves, export, why
from ltp_viz.ui.compare.columns import Column, run_columns
from ltp_viz.ui.compare.form import layout_form, remember_texts, write_link
from ltp_viz.ui.compare.words import STYLE, legend, token_table
from ltp_viz.ui.inputs.models import chosen_model
from ltp_viz.ui.inputs.text_checks import truncation, unreadable
from ltp_viz.ui.inputs.texts import EnteredTexts, entered_texts
from ltp_viz.ui.shell.charts import chart


def show() -> None:
    """Draw everything below the title."""
    st.html(f"<style>{STYLE}</style>")
    if classifier := chosen_model():
        address.read_texts(classifier.reads_pairs)
        if entered := entered_texts(classifier.reads_pairs):
            _compare(classifier, entered)


def _compare(classifier: TextClassifier, entered: EnteredTexts) -> None:
    """Draw everything below the text."""
    source = classifier.tokenize(*entered.texts)
    if message := unreadable(source):
        st.info(message)
        return
    if message := truncation(source):
        st.warning(message)
    remember_texts(*entered.texts)
    st.markdown("#### The same text under other rules")
    layout = layout_form(classifier.config.num_hidden_layers, classifier.reads_pairs)
    settings, columns = run_columns(layout, classifier, *entered.texts)
    st.html(legend(columns[0].number if columns else 1))
    if not write_link(settings, layout, *entered.texts, is_example=entered.is_example):
        st.caption("A text here is too long for a link; the link restores everything else.")
    if len(columns) > 1:
        _below(columns, layout.layer)
    if columns:
        why.show(columns, classifier)
    curves.show(classifier, [column.rule for column in settings])


def _below(columns: list[Column], layer: int) -> None:
    """Draw charts, the aligned tokens and exports."""
    traces, titles = [column.run.trace for column in columns], [column.title for column in columns]
    numbers = [column.number for column in columns]
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Tokens left")
        chart(rule_lengths_figure(traces, titles, numbers), "compare_lengths")
    with right:
        st.markdown(f"##### Survivors shared with column {numbers[0]}")
        st.caption("Jaccard index: tokens kept in both columns, over those kept in either.")
        overlaps = [survivor_overlap(traces[0], column.run.trace, column.pairs) for column in columns[1:]]
        chart(overlap_figure(overlaps, titles, numbers), "compare_overlap")
    st.markdown("##### Token by token")
    caption, switch = st.columns([5, 2], vertical_alignment="bottom")
    with switch:
        only = st.toggle("Only where columns differ", key="compare_only", persist_state="session")
    alignments = [column.pairs for column in columns[1:]]
    table, different, total = token_table(traces, titles, numbers, alignments, layer, bool(only))
    caption.caption(
        f"A box per layer: filled while the token is kept, hatched while another token carries it, empty "
        f"once it is dropped. After layer {layer + 1}, columns differ in {different} of {total} tokens."
    )
    st.html(table)
    export.show(columns)
