"""A place for each session of an app that admits only so many at once; the next one is told so and waits."""

from collections.abc import Callable
from threading import Lock

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ltp_viz.ui.shell.access import access

_LOOK_EVERY_S = 5.0


class Places:
    """Who is in. A session keeps its place until it is closed."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._lock = Lock()

    def take(self, session: str, is_open: Callable[[str], bool], most: int) -> bool:
        """Whether the session has a place, among `most`; those of closed sessions are free again."""
        with self._lock:
            self._taken = {each for each in self._taken if is_open(each)}
            if session not in self._taken and len(self._taken) >= most:
                return False
            self._taken.add(session)
            return True


@st.cache_resource
def _places() -> Places:
    return Places()


def has_place() -> bool:
    """Whether this session may use the app now."""
    most = access().sessions
    context = get_script_run_ctx()
    if most is None or context is None:
        return True
    return _places().take(context.session_id, runtime.get_instance().is_active_session, most)


@st.fragment(run_every=_LOOK_EVERY_S)
def wait_for_place() -> None:
    """Say that all places are taken, and open the page as soon as one is free."""
    if has_place():
        st.rerun()
    st.info(
        f"All {access().sessions} places of this app are taken. "
        "Leave the page open: it goes on by itself as soon as somebody leaves."
    )
