"""Background jobs of a page: one per place, such as a panel. Results are cached for the session."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ltp_viz.analysis.jobs.states import queue_words
from ltp_viz.analysis.jobs.threads import Job, ThreadQueue
from ltp_viz.ui.shell.cache import session_cache

_RESULTS, _MAX_RESULTS = "job_results", 12
_FAILURE = "job_failure"


@dataclass(frozen=True, eq=False)
class Running:
    """A job with the key of its result."""

    key: Hashable
    job: Job[Any]


@st.cache_resource
def queue() -> ThreadQueue:
    """The queue of all sessions: a job uses every core, so only one runs at a time."""
    return ThreadQueue()


def set_job(place: str, running: Running) -> None:
    """Set the job of a place; cancels its previous one."""
    if (before := job_at(place)) is not None:
        before.job.cancel()
    st.session_state[_job_key(place)] = running
    session_cache(_FAILURE).clear()


def job_at(place: str) -> Running | None:
    """The job of a place, running or ended, or None."""
    running: Running | None = st.session_state.get(_job_key(place))
    return running


def remove_job(place: str) -> None:
    """Remove the job of a place."""
    st.session_state.pop(_job_key(place), None)


def set_failure(key: Hashable, message: str) -> None:
    """Store the error for a key, until the next job is set."""
    session_cache(_FAILURE).put(key, message)


def failure(key: Hashable) -> str:
    """The error for a key; empty if nothing has failed."""
    return session_cache(_FAILURE).find(key) or ""


def cached_result(key: Hashable) -> Any:
    """The result for a key, or None."""
    return session_cache(_RESULTS, _MAX_RESULTS).find(key)


def cache_result(key: Hashable, result: Any) -> None:
    """Cache a result; the oldest are dropped first."""
    session_cache(_RESULTS, _MAX_RESULTS).put(key, result)


def collect_result(place: str) -> None:
    """Cache the result of a place's ended job, or store its error."""
    running = job_at(place)
    if running is None or (state := running.job.poll()) == "running":
        return
    remove_job(place)
    if state == "done":
        cache_result(running.key, running.job.result)
    elif state == "failed":
        set_failure(running.key, running.job.message)
    else:
        st.info("Cancelled; nothing was kept.")


def watch(place: str, what: str) -> None:
    """Draw a progress bar and a button to cancel while there is a job; redraw the page once it has ended.

    Call it on the page itself: within another fragment, it would lose its parent (see `why.panel.show`).
    """
    if job_at(place) is not None:
        _watched(place, what)


@st.fragment(run_every=1.0)
def _watched(place: str, what: str) -> None:
    running = job_at(place)
    if running is None or running.job.poll() != "running":
        st.rerun()
    job = running.job
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    ahead = job.ahead
    text = f"{what}: {job.share:.0%}"
    if ahead and not job.share:
        text = queue_words(ahead)
    bar.progress(job.share, text=text)
    if stop.button("Cancel", key=f"job_cancel {place}", width="stretch"):
        job.cancel()


def _job_key(place: str) -> str:
    return f"job {place}"
