"""The cost and length of rows, and accuracy by both."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.figures.dataset.buckets import length_buckets_figure, value_buckets_figure
from ltp_viz.figures.dataset.histograms import lengths_histogram, savings_figure
from ltp_viz.ui.dataset.cached_results import cached
from ltp_viz.ui.dataset.filters import MAX_VALUES
from ltp_viz.ui.shell.charts import plain_chart
from ltp_viz.ui.shell.markdown import escaped


def show(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw histograms, quarters by length, and each value of a kept column."""
    cost = cached(results.cost, where, scale)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### FLOPs saved, row by row")
        _chart(savings_figure(cost), "savings", where, scale)
        st.markdown("##### By length")
        _chart(length_buckets_figure(cached(results.length_buckets, where, scale)), "buckets", where, scale)
    with right:
        st.markdown("##### Tokens per row")
        _chart(lengths_histogram(cost), "lengths", where, scale)
        if results.spec.roles.extras:
            _by_column(results, where, scale)


def _by_column(results: RunResults, where: RowFilter, scale: int) -> None:
    names = results.spec.roles.extras
    name = names[0]
    if len(names) > 1:
        name = st.selectbox("Column", names, key="lab_by_column", persist_state="session")
    st.markdown(f"##### By {escaped(name)}")
    buckets = cached(results.by_extra, name, where, scale, MAX_VALUES)
    if len(buckets) == MAX_VALUES:
        st.caption(f"The {MAX_VALUES} most frequent values.")
    _chart(value_buckets_figure(buckets, name), f"by {name}", where, scale)


def _chart(figure: go.Figure, name: str, *state: Any) -> None:
    plain_chart(figure, f"lab_{name} {state}")
