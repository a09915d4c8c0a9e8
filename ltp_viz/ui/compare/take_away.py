"""Take away: the columns' traces as files, and code that makes them again."""

import json
from collections.abc import Sequence

import streamlit as st

from ltp_viz.analysis.exports import python_code, traces_csv
from ltp_viz.ui.compare.columns import Column
from ltp_viz.ui.label_names import labels_renamed
from ltp_viz.ui.take_away import file_name


def show(columns: Sequence[Column]) -> None:
    """Downloads and code of all columns."""
    traces, titles = [column.run.trace for column in columns], [column.title for column in columns]
    name = "compare-" + file_name(columns[0].location, traces[0].text)
    with st.popover("Take away", help="Files to keep, and code that makes the same traces."):
        with st.container(horizontal=True):
            st.download_button(
                "Traces as JSON",
                lambda: json.dumps([json.loads(trace.to_json()) for trace in traces]).encode(),
                f"{name}.json",
                "application/json",
                key="compare_json",
                on_click="ignore",
            )
            st.download_button(
                "Table as CSV",
                lambda: traces_csv(traces, titles).encode("utf-8-sig"),
                f"{name}.csv",
                "text/csv",
                key="compare_csv",
                on_click="ignore",
            )
        st.caption("Python that makes these traces again:")
        st.code("\n".join(map(_code, columns)), wrap_lines=True, height=260)


def _code(column: Column) -> str:
    # Label names given in the sidebar are those of its own model.
    relabelled = column.asked.model is None and labels_renamed()
    return python_code(column.location, column.run.trace, relabelled)
