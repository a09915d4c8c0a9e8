"""Take away: the columns' traces as files, and code that makes them again."""

import json
from collections.abc import Sequence

import streamlit as st

from ltp_viz.analysis.exports import python_code, traces_csv
from ltp_viz.ui.compare.runs import ColumnRun
from ltp_viz.ui.take_away import file_name


def show(runs: Sequence[ColumnRun], titles: Sequence[str], locations: Sequence[str]) -> None:
    """Downloads and code of all columns."""
    traces = [run.trace for run in runs]
    name = "compare-" + file_name(locations[0], traces[0].text)
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
        code = "\n".join(
            python_code(location, trace) for location, trace in zip(locations, traces, strict=True)
        )
        st.code(code, wrap_lines=True, height=260)
