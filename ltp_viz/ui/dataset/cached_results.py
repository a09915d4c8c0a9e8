"""Answers of a run's results, kept for the session while neither rows, filter nor scale change."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from ltp_viz.analysis.dataset.results.results import RunResults

_OPEN_KEY = "lab_results"  # (folder, results, answers)
_MOST_ANSWERS = 64
_Answer = TypeVar("_Answer")


def open_results(folder: Path) -> RunResults:
    """The run's results, one connection per session; rows that came since are taken in."""
    held_folder, results, _ = st.session_state.get(_OPEN_KEY, (None, None, None))
    if held_folder != folder or results is None:
        results = RunResults(folder)
        st.session_state[_OPEN_KEY] = (folder, results, {})
    elif not results.is_complete:
        results.refresh()
        st.session_state[_OPEN_KEY] = (folder, results, {})
    return results


def asked(question: Callable[..., _Answer], *values: Hashable) -> _Answer:
    """`question(*values)`, a method of the open results, asked once."""
    _, _, answers = st.session_state[_OPEN_KEY]
    key = (question.__name__, values)
    if key not in answers:
        while len(answers) >= _MOST_ANSWERS:
            answers.pop(next(iter(answers)))
        answers[key] = question(*values)
    return answers[key]
