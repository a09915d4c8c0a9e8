"""The tour's part of the address: written as the reader moves, read on Back and Forward."""

from collections.abc import Mapping

import streamlit as st

from ltp_viz.ui.shell.address import set_parameters

NAMES = ("step", "text", "at", "layer", "head", "form")
_WRITTEN_KEY, _MOVED_KEY = "learn_written", "learn_moved"


def note_own_move() -> None:
    """Call when a control on the page was moved, as the browser may not have the new address yet."""
    st.session_state[_MOVED_KEY] = True


def is_news() -> bool:
    """Whether the address differs from the one that the tour wrote: initially, and after Back or Forward."""
    written = st.session_state.get(_WRITTEN_KEY)
    return written is None or (_MOVED_KEY not in st.session_state and written != _own())


def write(wanted: Mapping[str, str | None]) -> None:
    """Set or, with None, remove some of `NAMES` in one step of the browser's history."""
    kept = {**_own(), **wanted}
    own = {name: value for name in NAMES if (value := kept.get(name)) is not None}
    if own != _own():
        set_parameters({name: own.get(name) for name in NAMES})
    st.session_state[_WRITTEN_KEY] = own
    # Only at the end: an interrupted run must leave this to the newer run.
    st.session_state.pop(_MOVED_KEY, None)


def _own() -> dict[str, str]:
    return {name: st.query_params[name] for name in NAMES if name in st.query_params}
