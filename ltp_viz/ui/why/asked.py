"""What a session has asked to be explained: running jobs and the explanations it keeps."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ltp_viz.analysis.explanation import METHODS, Explanation, explain
from ltp_viz.analysis.jobs import Job, Turns
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier

_KEPT_KEY, _MOST_KEPT = "why_kept", 12
_FAILURE_KEY = "why_failure"


@dataclass(frozen=True, eq=False)
class Question:
    """A text under a rule, whose answer is to be explained."""

    classifier: TextClassifier
    source: TokenizedText
    rule: ReductionRule

    @property
    def key(self) -> Hashable:
        """The same for questions that have the same explanation."""
        # The model itself and not its name: two folders may be called the same.
        return (
            self.classifier.model,
            self.classifier.labels,
            self.source.text,
            self.source.text_pair,
            repr(self.rule),
        )


@dataclass(frozen=True, eq=False)
class Running:
    """A job with the key of what it makes."""

    key: Hashable
    job: Job[Any]


@st.cache_resource
def turns() -> Turns:
    """The line in which all sessions wait: attributions take every core, so there is one at a time."""
    return Turns()


def begin(question: Question, place: str) -> None:
    """Explain in the background; what the place was explaining before is cancelled."""

    def work(job: Job[Explanation]) -> Explanation:
        with job.turn():
            return explain(question.classifier, question.source, question.rule, METHODS, job.advance)

    put_running(place, Running(question.key, Job(work, turns())))


def put_running(place: str, running: Running) -> None:
    """Have a place wait for this job, and for no other."""
    if (before := running_at(place)) is not None:
        before.job.cancel()
    st.session_state[_job_key(place)] = running
    st.session_state.pop(_FAILURE_KEY, None)


def running_at(place: str) -> Running | None:
    """What a place waits for, at work or ended."""
    running: Running | None = st.session_state.get(_job_key(place))
    return running


def forget_running(place: str) -> None:
    """Have a place wait for nothing."""
    st.session_state.pop(_job_key(place), None)


def put_failure(key: Hashable, sentence: str) -> None:
    """Remember why nothing was made for a key, until it is asked for again."""
    st.session_state[_FAILURE_KEY] = (key, sentence)


def failure(key: Hashable) -> str:
    """Why nothing was made for a key; empty where nothing has failed."""
    failed, sentence = st.session_state.get(_FAILURE_KEY, (None, ""))
    return sentence if failed == key else ""


def kept(key: Hashable) -> Any:
    """What was made for a key, or None."""
    return st.session_state.get(_KEPT_KEY, {}).get(key)


def keep(key: Hashable, made: Any) -> None:
    """Keep what was made; the oldest go first."""
    held = st.session_state.setdefault(_KEPT_KEY, {})
    held.pop(key, None)
    while len(held) >= _MOST_KEPT:
        held.pop(next(iter(held)))
    held[key] = made


def _job_key(place: str) -> str:
    return f"why_job {place}"
