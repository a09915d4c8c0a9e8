"""The top bar's help mark: the glossary as a drawer over the page, which stays as it is."""

import streamlit as st

from ltp_viz.ui.shell.glossary import by_topic
from ltp_viz.ui.shell.glossary_terms import show_terms


@st.fragment
def help_mark() -> None:
    """Draw the mark. Only this fragment runs when the drawer is opened."""
    if st.button("?", key="top_help", help="Glossary: every term on the screens", type="tertiary"):
        _drawer()


@st.dialog("Glossary", width="medium", position="right")
def _drawer() -> None:
    show_terms(by_topic())
    st.page_link("pages/Glossary.py", label="Open the glossary as a page")
