"""The Why panel: what the words of one text add to its answer, on request."""

import streamlit as st

from ltp_viz.ui.shell.jobs import failure, kept, running_at, take_in
from ltp_viz.ui.shell.markdown import escaped
from ltp_viz.ui.why import explained
from ltp_viz.ui.why.job import Question, begin
from ltp_viz.ui.why.words import STYLE

_PROMISE = (
    "Which words carry the answer, and does pruning keep them? Attributions of the pruned and of the dense "
    "prediction (the same weights, nothing dropped), beside how deep each word survives."
)


def show(question: Question, place: str) -> None:
    """The panel of a text under a rule, within a fragment. Nothing is computed before it is asked for; how
    far that is, the page shows below the fragment, by `jobs.watch`.

    Nothing in here is a fragment of its own: when a run of the fragment around it is cut short, Streamlit
    throws away what that has drawn and sends on what one inside it has, which then finds no place.
    """
    st.html(f"<style>{STYLE}</style>")
    take_in(place)
    running, found = running_at(place), kept(question.key)
    if sentence := failure(question.key):
        st.error(escaped(sentence))
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
        st.caption("Explaining the settings before; ask again for these.")
    if found is not None:
        explained.show(found, question, place)
