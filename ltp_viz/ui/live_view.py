"""The live view: one browser component whose parts update in place, without blank frames."""

from typing import Any

import streamlit as st

from ltp_viz.figures.theme import browser_source
from ltp_viz.ui.page import ROOT

_FOLDER = ROOT / "assets/live"


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text()


# Registered at import, once per process; both are stateless.
_live = st.components.v2.component(
    "ltp_live",
    html=_asset("live.html"),
    css=_asset("live.css"),
    js=_asset("live.js") + _asset("tokens.js"),  # one module, in two files
    isolate_styles=False,
)
_plotly_loader = st.components.v2.component(
    "ltp_plotly_loader", js=_asset("plotly_loader.js"), isolate_styles=False
)


@st.fragment
def load_plotly() -> None:
    """Hand plotly's browser build to the page, once: when the page says it is there, never again."""
    if st.session_state.get("plotly_loaded"):
        return
    result = _plotly_loader(
        key="plotly_loader", data={"source": browser_source()}, height=1, on_loaded_change=lambda: None
    )
    if result.loaded:
        st.session_state.plotly_loaded = True


def live_view(key: str, **sections: dict[str, Any]) -> None:
    """Draw sections from `live_data`: summary, timing, tokens, charts."""
    _live(key=key, data=sections)
