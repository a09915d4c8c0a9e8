"""Exports of the page: files, and code that reproduces the trace."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from ltp_viz.analysis.exports import python_code, trace_csv
from ltp_viz.core.trace import Trace
from ltp_viz.ui.explore.offline_page import offline_page
from ltp_viz.ui.inputs.head import asked_label
from ltp_viz.ui.inputs.label_names import labels_renamed
from ltp_viz.ui.shell.file_names import file_name, first_words


def show(location: str, trace: Trace, page_data: Callable[[], list[dict[str, Any]]]) -> None:
    """Draw downloads and code of one trace. `page_data` returns the data sent to the live view's mounts.
    Files are made only on click."""
    name = file_name(location, trace.text)
    title = f"{Path(location).name}: {first_words(trace.text)}"
    files: tuple[tuple[str, str, str, Callable[[], bytes]], ...] = (
        ("Interactive page", "html", "text/html", lambda: offline_page(title, page_data()).encode()),
        ("Trace as JSON", "json", "application/json", lambda: trace.to_json().encode()),
        # With a byte order mark, by which spreadsheets detect the encoding.
        ("Table as CSV", "csv", "text/csv", lambda: trace_csv(trace).encode("utf-8-sig")),
    )
    with st.popover("Export", help="Files, and Python code that makes the same trace."):
        with st.container(horizontal=True):
            for label, suffix, mime, content in files:
                st.download_button(
                    label, content, f"{name}.{suffix}", mime, key=f"take_{suffix}", on_click="ignore"
                )
        st.caption("Python code for this trace:")
        st.code(python_code(location, trace, labels_renamed(), asked_label()), wrap_lines=True, height=260)
