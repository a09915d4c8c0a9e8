"""The columns: settings at the top of each, its run below."""

from dataclasses import dataclass

import streamlit as st

from ltp_viz.analysis.compare.families import family
from ltp_viz.analysis.compare.side_by_side import TokenPair, aligned_tokens
from ltp_viz.core.flops import dense_macs
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.ui.compare.cards import card
from ltp_viz.ui.compare.form import AskedColumn, Layout, asked_column
from ltp_viz.ui.compare.runs import ColumnRun, column_run
from ltp_viz.ui.compare.words import other_fates
from ltp_viz.ui.inputs.models import available_models, load_named, model_location
from ltp_viz.ui.inputs.text_checks import unreadable
from ltp_viz.ui.shell.access import too_long
from ltp_viz.ui.shell.markdown import escaped


@dataclass(frozen=True)
class Column:
    """A column with its run. `pairs` align the tokens of the first one that could be run with its own."""

    number: int  # from 1, counting those that could not be run too
    asked: AskedColumn
    run: ColumnRun
    title: str
    location: str  # of the model
    pairs: tuple[TokenPair, ...]


def run_columns(
    layout: Layout, classifier: TextClassifier, text: str, text_pair: str | None
) -> tuple[list[AskedColumn], list[Column]]:
    """Draw all columns; what was asked of each, and those that could be run."""
    asked: list[AskedColumn] = []
    done: list[Column] = []
    for index, place in enumerate(st.columns(layout.count, border=True)):
        with place:
            wanted = asked_column(index, layout.locked, pairs=text_pair is not None)
            asked.append(wanted)
            try:
                done.append(_run(index + 1, wanted, classifier, text, text_pair, done[0] if done else None))
            except InputError as error:
                st.error(escaped(str(error)))
                continue
            first, own = done[0], done[-1]
            other = (
                [] if own is first else other_fates(own.run.trace, first.run.trace, own.pairs, layout.layer)
            )
            card(own.run, wanted.rule, layout.layer, other)
    return asked, done


def _run(
    number: int,
    asked: AskedColumn,
    classifier: TextClassifier,
    text: str,
    text_pair: str | None,
    first: Column | None,
) -> Column:
    """Raises InputError where the column's model cannot read its text."""
    title, location = family(asked.rule).title, model_location()
    if asked.model is not None:
        classifier, location = load_named(asked.model), available_models()[asked.model]
        title += f", {asked.model}"
        if classifier.config.reads_pairs != (text_pair is not None):
            reads = "two texts" if classifier.config.reads_pairs else "one text"
            raise InputError(f"The model {asked.model!r} reads {reads}; choose one that reads what is above.")
    if asked.text is not None or asked.text_pair is not None:
        text, text_pair = asked.text or text, asked.text_pair or text_pair
        title += ", edited text"
    if sentence := too_long(text, text_pair):
        raise InputError(sentence)
    source = classifier.tokenize(text, text_pair)
    if sentence := unreadable(source):
        raise InputError(sentence)
    if asked.share is not None:
        share = asked.share
    elif first is None:
        raise InputError("The first column could not be run, and this one is to cost as much; mend that one.")
    else:
        # More than 1 where this text is too short to cost as much: then it is told as not equal.
        share = first.run.trace.macs / dense_macs(len(source.tokens), classifier.config)
    run = column_run(classifier, asked.rule, text, text_pair, share)
    pairs = aligned_tokens((first.run if first else run).trace.source, run.trace.source)
    return Column(number, asked, run, title, location, pairs)
