"""Work that a page has asked for and waits for: one job per place. What was made is kept for the session."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ltp_viz.analysis.jobs.states import queue_words
from ltp_viz.analysis.jobs.threads import Job, ThreadQueue
from ltp_viz.ui.shell.cache import session_cache

_RESULTS, _MOST_RESULTS = "job_results", 12
_FAILURE = "job_failure"


@dataclass(frozen=True, eq=False)
class Running:
    """A job with the key of what it makes."""

    key: Hashable
    job: Job[Any]


@st.cache_resource
def queue() -> ThreadQueue:
    """The queue of all sessions: a job takes every core, so one is running at a time."""
    return ThreadQueue()


def put_running(place: str, running: Running) -> None:
    """Have a place wait for this job, and for no other."""
    if (before := running_at(place)) is not None:
        before.job.cancel()
    st.session_state[_job_key(place)] = running
    session_cache(_FAILURE).clear()


def running_at(place: str) -> Running | None:
    """What a place waits for, running or ended."""
    running: Running | None = st.session_state.get(_job_key(place))
    return running


def forget_running(place: str) -> None:
    """Have a place wait for nothing."""
    st.session_state.pop(_job_key(place), None)


def put_failure(key: Hashable, message: str) -> None:
    """Remember why nothing was made for a key, until it is asked for again."""
    session_cache(_FAILURE).put(key, message)


def failure(key: Hashable) -> str:
    """Why nothing was made for a key; empty where nothing has failed."""
    return session_cache(_FAILURE).find(key) or ""


def kept(key: Hashable) -> Any:
    """What was made for a key, or None."""
    return session_cache(_RESULTS, _MOST_RESULTS).find(key)


def keep(key: Hashable, made: Any) -> None:
    """Keep what was made; the oldest go first."""
    session_cache(_RESULTS, _MOST_RESULTS).put(key, made)


def take_in(place: str) -> None:
    """Keep what a job that has ended has made, or say why it made nothing."""
    running = running_at(place)
    if running is None or (state := running.job.poll()) == "running":
        return
    forget_running(place)
    if state == "done":
        keep(running.key, running.job.result)
    elif state == "failed":
        put_failure(running.key, running.job.message)
    else:
        st.info("Cancelled; nothing was kept.")


def watch(place: str, what: str) -> None:
    """A bar and a button to cancel while there is a job; the page is drawn again when it has ended.

    On the page itself: within another fragment, it would lose its place (see `why.panel.show`).
    """
    if running_at(place) is not None:
        _watched(place, what)


@st.fragment(run_every=1.0)
def _watched(place: str, what: str) -> None:
    running = running_at(place)
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
