"""The live view: a browser component that updates in place; one mount draws it, others send it data."""

from typing import Any

import streamlit as st

from ltp_viz.resources import ASSETS

VIEW = "explore"
FOLDER = ASSETS / "live"
# In the order in which they are joined into one module.
SCRIPTS = (
    "live.js",
    "view.js",
    "link.js",
    "frames.js",
    "scales.js",
    "marks.js",
    "equaliser.js",
    "summary.js",
    "readings.js",
    "steps.js",
    "grid.js",
    "columns.js",
    "shades.js",
    "map.js",
    "text.js",
    "flow.js",
    "inspector.js",
    "evidence.js",
    "forcing.js",
    "charts.js",
    "sweep_chart.js",
    "pictures.js",
    "reading_pictures.js",
)
STYLES = (
    "base.css",
    "scales.css",
    "summary.css",
    "readings.css",
    "grid.css",
    "text.css",
    "flow.css",
    "inspector.css",
    "charts.css",
)


def asset(*names: str) -> str:
    """The joined text of the files."""
    return "\n".join((FOLDER / name).read_text() for name in names)


# Registered at import, once per process; it is stateless.
_live = st.components.v2.component(
    "ltp_live", html=asset("live.html"), css=asset(*STYLES), js=asset(*SCRIPTS), isolate_styles=False
)


def settings_message() -> object:
    """The browser's last message, which may be anything, or None. Read it before the view is drawn."""
    state = st.session_state.get(VIEW)
    return state.get("settings") if isinstance(state, dict) else None


def draw(**sections: Any) -> dict[str, Any]:
    """Draw the view from its stage, settings and exact run. Returns the data sent."""
    data = {"view": VIEW, **sections}
    _live(key=VIEW, data=data, on_settings_change=lambda: None)
    return data


def send_part(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Send the view a part that took longer: sweep, timing or attention. Returns the data sent."""
    data = {"view": VIEW, name: content}
    _live(key=f"{VIEW}_{name}", data=data)
    return data
