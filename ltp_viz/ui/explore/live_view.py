"""The live view: a browser component that updates in place; one mount draws it, others send it data."""

from typing import Any

import streamlit as st

from ltp_viz.resources import ASSETS
from ltp_viz.ui.shell.component import ServedComponent

VIEW = "explore"
FOLDER = ASSETS / "live"
_LIVE = ServedComponent("live", FOLDER, "streamlit.js", html='<div class="ltp-mount"></div>')


def settings_message() -> object:
    """The browser's last message, which may be anything, or None. Read it before the view is drawn."""
    state = st.session_state.get(VIEW)
    return state.get("settings") if isinstance(state, dict) else None


def draw(**sections: Any) -> dict[str, Any]:
    """Draw the view from its stage, settings and exact run. Returns the data sent."""
    data = {"view": VIEW, **sections}
    _LIVE.mount(key=VIEW, data=data, on_settings_change=lambda: None)
    return data


def send_part(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Send the view a part that took longer: sweep, timing or attention. Returns the data sent."""
    data = {"view": VIEW, name: content}
    _LIVE.mount(key=f"{VIEW}_{name}", data=data)
    return data
