"""Figures on a page, with alternative text for screen readers."""

import plotly.graph_objects as go
import streamlit as st

from ltp_viz.figures.theme import alt_text

PLAIN = {"displayModeBar": False}
_SAVED_AS_SVG = {
    "displaylogo": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"format": "svg"},
}


def chart(figure: go.Figure, key: str) -> None:
    """Draw a figure that can be saved as SVG."""
    st.plotly_chart(figure, key=key, config=_SAVED_AS_SVG, alt=alt_text(figure))


def plain_chart(figure: go.Figure, key: str) -> None:
    """Draw a figure without buttons."""
    st.plotly_chart(figure, key=key, config=PLAIN, alt=alt_text(figure))
