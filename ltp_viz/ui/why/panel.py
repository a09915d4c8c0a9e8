"""The Why panel: what each word of a text contributes to its answer, on request."""

import streamlit as st

from ltp_viz.ui.shell.jobs import failure, kept, running_at, take_in
from ltp_viz.ui.shell.markdown import escaped
from ltp_viz.ui.why import results
from ltp_viz.ui.why.job import Question, begin
from ltp_viz.ui.why.words import STYLE

_PROMISE = (
    "Which words carry the answer, and does pruning keep them? Attributions of the pruned and the unpruned "
    "prediction, beside the number of layers that each word survives."
)


def show(question: Question, place: str) -> None:
    """The panel of a text under a rule, within a fragment. Nothing is computed before the button is pressed;
    the page shows the progress below the fragment, by `jobs.watch`.

    Nothing in here is a fragment itself: when a run of the fragment around it is interrupted, Streamlit
    discards what that one has drawn and still sends what an inner one has, which then has no parent.
    """
    st.html(f"<style>{STYLE}</style>")
    take_in(place)
    running, found = running_at(place), kept(question.key)
    if message := failure(question.key):
        st.error(escaped(message))
    is_coming = running is not None and running.key == question.key
    if found is None and not is_coming:
        words, button = st.columns([5, 1], vertical_alignment="center")
        words.caption(_PROMISE)
        if button.button(
            "Why?",
            key=f"why_ask {place}",
            width="stretch",
            help="Takes about a second for a sentence and up to a minute for 512 tokens.",
        ):
            begin(question, place)
            st.rerun()  # the page, which watches from now on
    if running is not None and not is_coming:
        st.caption("Still explaining the previous settings. Click again for the current ones.")
    if found is not None:
        results.show(found, question, place)
