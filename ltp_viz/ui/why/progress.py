"""How far a job is, watched only while it runs."""

import streamlit as st

from ltp_viz.ui.why.asked import running_at


def watch(place: str, what: str = "Explaining") -> None:
    """A bar and a button to cancel while there is a job; the page is drawn anew when it has ended.

    On the page itself: within another fragment, it would lose its place (see `panel.show`).
    """
    if running_at(place) is not None:
        _watched(place, what)


@st.fragment(run_every=1.0)
def _watched(place: str, what: str) -> None:
    running = running_at(place)
    if running is None or running.job.look() != "at work":
        st.rerun()
    job = running.job
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    ahead = job.ahead
    text = f"{what}: {job.share:.0%}"
    if ahead and not job.share:
        text = f"Waiting: {ahead} other{'s are' if ahead > 1 else ' is'} being explained first."
    bar.progress(job.share, text=text)
    if stop.button("Cancel", key=f"why_cancel {place}", width="stretch"):
        job.cancel()
