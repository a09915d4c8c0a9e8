"""The Why panel: what each word of a text contributes to its answer, on request."""

import streamlit as st

from ltp_viz.ui.shell.jobs import cached_result, collect_result, failure, job_at
from ltp_viz.ui.shell.markdown import escaped
from ltp_viz.ui.why import results
from ltp_viz.ui.why.job import Question, begin
from ltp_viz.ui.why.words import STYLE

_INTRODUCTION = (
    "Which words carry the answer, and does pruning keep them? Attributions of the pruned and the unpruned "
    "prediction, beside the number of layers that each word survives."
)


def show(question: Question, place: str) -> None:
    """Draw the panel of a text under a rule, within a fragment. Computes nothing before the button is
    pressed; the page shows the progress below the fragment, with `jobs.watch`.

    The panel contains no inner fragment: when a run of the outer fragment is interrupted, Streamlit discards
    its elements but still sends those of an inner one, which then have no parent.
    """
    st.html(f"<style>{STYLE}</style>")
    collect_result(place)
    running, found = job_at(place), cached_result(question.key)
    if message := failure(question.key):
        st.error(escaped(message))
    is_coming = running is not None and running.key == question.key
    if found is None and not is_coming:
        words, button = st.columns([5, 1], vertical_alignment="center")
        words.caption(_INTRODUCTION)
        if button.button(
            "Why?",
            key=f"why_ask {place}",
            width="stretch",
            help="Takes about a second for a sentence and up to a minute for 512 tokens.",
        ):
            begin(question, place)
            st.rerun()  # redraws the page, which then watches the job
    if running is not None and not is_coming:
        st.caption("Still explaining the previous settings. Click again for the current ones.")
    if found is not None:
        results.show(found, question, place)
