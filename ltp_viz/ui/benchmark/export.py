"""Exports of the benchmark: JSON with the machine, a table, and the command that repeats it."""

import re
from dataclasses import replace
from pathlib import Path

import streamlit as st

from ltp_viz.analysis.benchmark.record import cells_csv
from ltp_viz.analysis.benchmark.run import BenchmarkState
from ltp_viz.ui.shell.glossary import explained


def show(state: BenchmarkState) -> None:
    """Draw the downloads and the command."""
    record = state.record
    if record is None or not record.cells:
        return
    st.markdown("##### Export")
    name = re.sub(r"[^\w-]+", "-", Path(record.model).name).strip("-").lower() or "model"
    name = f"benchmark-{name}-{record.date[:10]}"
    with st.container(horizontal=True):
        st.download_button(
            "JSON",
            replace(record, command=state.plan.command()).to_json(),
            f"{name}.json",
            "application/json",
            key="bench_json",
            on_click="ignore",
            help=explained(
                "Every cell with the machine, the model's fingerprint, the date and the command.",
                "fingerprint",
            ),
        )
        st.download_button(
            "CSV", cells_csv(record.cells), f"{name}.csv", "text/csv", key="bench_csv", on_click="ignore"
        )
    st.code(state.plan.command(), language=None, wrap_lines=True)
    st.caption(
        f"Measured {record.date.replace('T', ' ').removesuffix('+00:00')} UTC, model "
        f"{record.model_fingerprint[:16]}. The command repeats it from the project's folder."
    )
