"""Exports of the columns' traces: files, and code that reproduces them."""

import json
from collections.abc import Callable, Sequence

import streamlit as st

from ltp_viz.analysis.exports import python_code, traces_csv
from ltp_viz.data.checkpoints.model_files import shareable_name
from ltp_viz.ui.compare.columns import Column
from ltp_viz.ui.compare.offline import offline_page
from ltp_viz.ui.inputs.head import asked_label
from ltp_viz.ui.inputs.label_names import labels_renamed
from ltp_viz.ui.shell.file_names import file_name


def show(columns: Sequence[Column]) -> None:
    """Draw downloads and code for all columns."""
    traces, titles = [column.run.trace for column in columns], [column.title for column in columns]
    name = "compare-" + file_name(columns[0].location, traces[0].text)
    files: tuple[tuple[str, str, str, Callable[[], bytes]], ...] = (
        ("Page to read offline", "html", "text/html", lambda: offline_page(columns).encode()),
        ("Traces as JSON", "json", "application/json", lambda: columns_json(columns).encode()),
        # With a byte order mark, by which spreadsheets detect the encoding.
        ("Table as CSV", "csv", "text/csv", lambda: traces_csv(traces, titles).encode("utf-8-sig")),
    )
    with st.popover("Export", help="Files, and Python code that makes the same traces."):
        with st.container(horizontal=True):
            for label, suffix, mime, content in files:
                st.download_button(
                    label, content, f"{name}.{suffix}", mime, key=f"compare_{suffix}", on_click="ignore"
                )
        st.caption("Python code for these traces:")
        st.code("\n".join(map(_code, columns)), wrap_lines=True, height=260)


def columns_json(columns: Sequence[Column]) -> str:
    """A record per column: its settings, its cost, and a trace that `Trace.from_json` reads."""
    return json.dumps(
        [
            {
                "column": column.number,
                "title": column.title,
                "model": shareable_name(column.location),
                "rule": column.settings.rule,
                "wanted_share": column.run.cost.target_share,
                "share": column.run.cost.share,
                "trace": json.loads(column.run.trace.to_json()),
            }
            for column in columns
        ]
    )


def _code(column: Column) -> str:
    # Label names apply to the model of the top bar only.
    relabelled = column.settings.model is None and labels_renamed()
    label = asked_label() if column.settings.model is None else None
    return python_code(column.location, column.run.trace, relabelled, label)
