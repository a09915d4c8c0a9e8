"""The tour's two browser components: a picture with its frames, and the keys that turn the page."""

from typing import Any

import streamlit as st

from ltp_viz.figures.learn.picture import Picture
from ltp_viz.resources import ASSETS
from ltp_viz.ui.learn.address import note_own_move

FOLDER = ASSETS / "learn"


def asset(name: str) -> str:
    """The file's text."""
    return (FOLDER / name).read_text()


# Registered at import, once per process; both are stateless.
_tour = st.components.v2.component(
    "ltp_tour", html=asset("tour.html"), css=asset("tour.css"), js=asset("tour.js"), isolate_styles=False
)
_keys = st.components.v2.component(
    "ltp_tour_keys", html="<span hidden></span>", js=asset("keys.js"), isolate_styles=False
)
_AT_KEY = "learn_at"  # step -> selected frame


def positions() -> dict[str, int]:
    """The session's selected frame of each step's picture."""
    return st.session_state.setdefault(_AT_KEY, {})


def show_picture(slug: str, picture: Picture) -> int:
    """Draw the picture of a step at its last frame; returns that frame."""
    at = picture.position(positions().get(slug))
    _draw(f"tour_{slug}", picture.to_data(at), slug)
    return at


def show_still(key: str, picture: Picture) -> None:
    """Draw a picture without a control."""
    _draw(key, picture.to_data(None), None)


def _draw(key: str, data: dict[str, Any], slug: str | None) -> None:
    def moved() -> None:
        state = st.session_state.get(key)
        at = state.get("at") if isinstance(state, dict) else None
        # From the browser, so it may be anything.
        if slug is not None and isinstance(at, int) and 0 <= at < len(data["frames"]):
            positions()[slug] = at
            note_own_move()

    _tour(key=key, data=data, on_at_change=moved)


def listen_to_keys() -> None:
    """Let arrow keys press Back and Next, unless a field uses them."""
    _keys(key="tour_keys")
