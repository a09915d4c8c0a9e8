"""A figure of the page: in words too, and saved as SVG."""

import plotly.graph_objects as go
import streamlit as st

from ltp_viz.figures.theme import alt_text

_CONFIG = {"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": {"format": "svg"}}


def chart(figure: go.Figure, key: str) -> None:
    """Draw a figure."""
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt_text(figure))
