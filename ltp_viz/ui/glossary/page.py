"""The Glossary page: groups of terms, a search box in the browser, and links to single terms."""

import streamlit as st

from ltp_viz.ui.shell.glossary import by_letter, by_topic, terms
from ltp_viz.ui.shell.glossary_terms import show_terms
from ltp_viz.ui.shell.markdown import quoted

GROUPINGS = {"Topic": by_topic, "Letter": by_letter}


def show() -> None:
    """Draw everything below the title."""
    grouping, searching = st.columns([1, 3], vertical_alignment="bottom")
    with grouping:
        by = st.segmented_control(
            "Group by", list(GROUPINGS), default="Topic", required=True, key="by", bind="query-params"
        )
    linked = st.query_params.get("term")
    if linked is not None and linked not in terms():
        st.warning(f"The link refers to the term {quoted(linked)}, which the glossary does not have.")
        linked = None
    show_terms(GROUPINGS[by or "Topic"](), linked, searching)
