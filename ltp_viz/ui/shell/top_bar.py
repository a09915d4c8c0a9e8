"""The top bar of every page: pages, model, glossary, theme, share.

The model is drawn by `ui.inputs`, which lies above this package: it asks for the bar's place for it.
"""

from collections.abc import Iterable
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ltp_viz import settings
from ltp_viz.resources import ASSETS
from ltp_viz.ui.shell.glossary_drawer import help_mark
from ltp_viz.ui.shell.pages import PAGES

_FOLDER = ASSETS / "shell"
_GLOSSARY = "pages/Glossary.py"  # a drawer over the other pages
_model_slot: ContextVar[DeltaGenerator] = ContextVar("model_slot")

# Registered at import, once per process; it is stateless. Theme and share need no server.
_tools = st.components.v2.component(
    "ltp_shell",
    html=(_FOLDER / "tools.html").read_text(),
    js=(_FOLDER / "tools.js").read_text(),
    isolate_styles=False,
)


def draw(title: str) -> None:
    """Draw the bar of the page with this title."""
    with st.container(key="top_bar", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.html('<span class="brand"><i aria-hidden="true"></i><b>LTP-Viz</b></span>', width="content")
        with st.container(key="top_pages", horizontal=True, wrap=False, gap=None, width="content"):
            _page_links(path for path in PAGES if path != _GLOSSARY)
        with st.container(key="top_menu", width="content"), st.popover("Menu", key="top_menu_open"):
            _page_links(PAGES)
        _model_slot.set(st.container(key="top_model", width="content"))
        if PAGES[_GLOSSARY] != title:
            help_mark()
        _tools(key="top_tools", data={"page": title, "served": bool(settings.SERVED.read())})


def model_slot() -> DeltaGenerator:
    """The bar's place for the model, in this run of the page."""
    return _model_slot.get()


def _page_links(paths: Iterable[str]) -> None:
    for path in paths:
        st.page_link(path, label=PAGES[path])
