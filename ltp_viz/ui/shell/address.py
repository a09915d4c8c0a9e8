"""The address in the browser: a change is one step of its history, and going back undoes it."""

from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ltp_viz.ui.shell.link import Link, read_link

_LINK_KEY = "opened_link"


def opened_link() -> Link:
    """The link that opened this session; what the address says later, the browser has written."""
    if _LINK_KEY not in st.session_state:
        st.session_state[_LINK_KEY] = read_link(st.query_params)
    return st.session_state[_LINK_KEY]


def is_history() -> bool:
    """Whether the browser has gone back or forward: then the address says what the page is to show."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def set_parameters(wanted: Mapping[str, str | None]) -> None:
    """Set or, with None, remove these parameters, and leave others; in one step where Streamlit can."""
    query = st.query_params
    changed = {
        name: value for name, value in wanted.items() if value is not None and query.get(name) != value
    }
    gone = [name for name, value in wanted.items() if value is None and name in query]
    if gone and changed:
        kept = {name: query.get_all(name) for name in query if name not in wanted}
        same = {name: query[name] for name in wanted if name in query and name not in gone}
        try:
            query.from_dict({**kept, **same, **changed})
            return
        except StreamlitAPIException:
            pass  # the parameter of a widget, such as the sidebar's model, can be neither set nor left out
    if changed:
        query.update(changed)
    for name in gone:
        del query[name]


def write(wanted: Mapping[str, str | None]) -> None:
    """As `set_parameters`, but not after Back or Forward, as a new step would end the way on."""
    if not is_history():
        set_parameters(wanted)
