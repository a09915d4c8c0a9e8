"""Take away: what stands on the page, as files and as code."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from ltp_viz.analysis.explore.exports import python_code, trace_csv
from ltp_viz.core.trace import Trace
from ltp_viz.ui.explore.offline_page import offline_page
from ltp_viz.ui.inputs.label_names import labels_renamed

_WORDS_IN_NAME = 4
_LONGEST_PART = 40


def show(location: str, trace: Trace, page_data: Callable[[], list[dict[str, Any]]]) -> None:
    """Downloads and code of one trace. `page_data` gives what the live view's mounts were sent; nothing is
    written before its button is clicked."""
    name = file_name(location, trace.text)
    title = f"{Path(location).name}: {_first_words(trace.text)}"
    files: tuple[tuple[str, str, str, Callable[[], bytes]], ...] = (
        ("Interactive page", "html", "text/html", lambda: offline_page(title, page_data()).encode()),
        ("Trace as JSON", "json", "application/json", lambda: trace.to_json().encode()),
        # With the mark by which spreadsheets know the encoding.
        ("Table as CSV", "csv", "text/csv", lambda: trace_csv(trace).encode("utf-8-sig")),
    )
    with st.popover("Take away", help="Files to keep, and code that makes the same trace."):
        with st.container(horizontal=True):
            for label, suffix, mime, content in files:
                st.download_button(
                    label, content, f"{name}.{suffix}", mime, key=f"take_{suffix}", on_click="ignore"
                )
        st.caption("Python that makes this trace again:")
        st.code(python_code(location, trace, labels_renamed()), wrap_lines=True, height=260)


def _first_words(text: str) -> str:
    return " ".join(text.split()[:_WORDS_IN_NAME])[:_LONGEST_PART]


def file_name(location: str, text: str) -> str:
    """From the model and the first words: letters, digits and hyphens, good on every system."""
    parts = (Path(location).name, _first_words(text))
    safe = (re.sub(r"[\W_]+", "-", part[:_LONGEST_PART]).strip("-").lower() for part in parts)
    return "-".join(part for part in safe if part) or "trace"
