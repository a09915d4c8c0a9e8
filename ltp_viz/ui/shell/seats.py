"""Session limit: each open session takes a seat; without a free seat a session waits."""

from collections.abc import Callable
from threading import Lock

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ltp_viz.ui.shell.access import access

_CHECK_EVERY_S = 5.0


class Seats:
    """The sessions that have a seat. A session keeps its seat until it is closed."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._lock = Lock()

    def take(self, session: str, is_open: Callable[[str], bool], most: int) -> bool:
        """Take one of `most` seats and return whether the session has one; frees the seats of closed
        sessions."""
        with self._lock:
            self._taken = {each for each in self._taken if is_open(each)}
            if session not in self._taken and len(self._taken) >= most:
                return False
            self._taken.add(session)
            return True


@st.cache_resource
def _seats() -> Seats:
    return Seats()


def has_seat() -> bool:
    """Whether this session has a seat."""
    most = access().sessions
    context = get_script_run_ctx()
    if most is None or context is None:
        return True
    return _seats().take(context.session_id, runtime.get_instance().is_active_session, most)


@st.fragment(run_every=_CHECK_EVERY_S)
def wait_for_seat() -> None:
    """Show a message that all seats are taken, and open the page as soon as one is free."""
    if has_seat():
        st.rerun()
    st.info(
        f"All {access().sessions} sessions are in use. Keep this page open; it loads as soon as one is free."
    )
