"""The address in the browser: a change is one step of its history, and going back undoes it."""

from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ltp_viz.ui.shell.link import Link, read_link

_LINK_KEY = "opened_link"


def opened_link() -> Link:
    """The link that opened this session; later changes of the address come from the app or the browser's
    history."""
    if _LINK_KEY not in st.session_state:
        st.session_state[_LINK_KEY] = read_link(st.query_params)
    return st.session_state[_LINK_KEY]


def is_history() -> bool:
    """Whether the browser went back or forward, after which the address determines the page."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def set_parameters(parameters: Mapping[str, str | None]) -> None:
    """Set or, with None, remove these parameters and keep others; in one step if Streamlit allows it."""
    query = st.query_params
    changed = {
        name: value for name, value in parameters.items() if value is not None and query.get(name) != value
    }
    removed = [name for name, value in parameters.items() if value is None and name in query]
    if removed and changed:
        kept = {name: query.get_all(name) for name in query if name not in parameters}
        same = {name: query[name] for name in parameters if name in query and name not in removed}
        try:
            query.from_dict({**kept, **same, **changed})
            return
        except StreamlitAPIException:
            pass  # a widget's parameter, such as the model, can be neither set nor removed
    if changed:
        query.update(changed)
    for name in removed:
        del query[name]


def write(parameters: Mapping[str, str | None]) -> None:
    """As `set_parameters`, except after Back or Forward, when a new step would discard the forward
    history."""
    if not is_history():
        set_parameters(parameters)
