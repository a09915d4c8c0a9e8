"""The columns: settings at the top, the run below."""

from dataclasses import dataclass

import streamlit as st

from ltp_viz.analysis.compare.alignment import TokenPair, aligned_tokens
from ltp_viz.analysis.compare.families import family
from ltp_viz.core.flops import dense_macs
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.ui.compare.cards import card
from ltp_viz.ui.compare.form import ColumnSettings, Layout, column_form
from ltp_viz.ui.compare.runs import ColumnRun, column_run
from ltp_viz.ui.compare.words import other_fates
from ltp_viz.ui.inputs.models import available_models, load_named, model_location
from ltp_viz.ui.inputs.text_checks import unreadable
from ltp_viz.ui.shell.access import too_long
from ltp_viz.ui.shell.markdown import escaped


@dataclass(frozen=True)
class Column:
    """A column with its run. `pairs` align its tokens with those of the first column that ran."""

    number: int  # from 1, including columns that failed
    settings: ColumnSettings
    run: ColumnRun
    title: str
    location: str  # of the model
    pairs: tuple[TokenPair, ...]


def run_columns(
    layout: Layout, classifier: TextClassifier, text: str, text_pair: str | None
) -> tuple[list[ColumnSettings], list[Column]]:
    """Draw all columns; returns the settings of each, and the columns that ran."""
    settings: list[ColumnSettings] = []
    done: list[Column] = []
    for index, box in enumerate(st.columns(layout.count, border=True)):
        with box:
            own_settings = column_form(index, layout.locked, pairs=text_pair is not None)
            settings.append(own_settings)
            try:
                done.append(
                    _run(index + 1, own_settings, classifier, text, text_pair, done[0] if done else None)
                )
            except InputError as error:
                st.error(escaped(str(error)))
                continue
            first, own = done[0], done[-1]
            other = (
                [] if own is first else other_fates(own.run.trace, first.run.trace, own.pairs, layout.layer)
            )
            card(own.run, own_settings.rule, layout.layer, other)
    return settings, done


def _run(
    number: int,
    settings: ColumnSettings,
    classifier: TextClassifier,
    text: str,
    text_pair: str | None,
    first: Column | None,
) -> Column:
    """Raises InputError if the column's model cannot read its text."""
    title, location = family(settings.rule).title, model_location()
    if settings.model is not None:
        classifier, location = load_named(settings.model), available_models()[settings.model]
        title += f", {settings.model}"
        if classifier.reads_pairs != (text_pair is not None):
            reads = "two texts" if classifier.reads_pairs else "one text"
            raise InputError(f"Model {settings.model!r} reads {reads}; choose one that fits the text above.")
    if settings.text is not None or settings.text_pair is not None:
        text, text_pair = settings.text or text, settings.text_pair or text_pair
        title += ", edited text"
    if message := too_long(text, text_pair):
        raise InputError(message)
    source = classifier.tokenize(text, text_pair)
    if message := unreadable(source):
        raise InputError(message)
    if settings.share is not None:
        share = settings.share
    elif first is None:
        raise InputError("Column 1 failed, so there is no budget to match. Fix column 1 first.")
    else:
        # Above 1 if this text is too short to cost as much; the card reports that.
        share = first.run.trace.macs / dense_macs(len(source.tokens), classifier.config)
    run = column_run(classifier, settings.rule, text, text_pair, share)
    pairs = aligned_tokens((first.run if first else run).trace.source, run.trace.source)
    return Column(number, settings, run, title, location, pairs)
