"""Exports: files of the filtered rows, a report, and the command that repeats the run."""

import re
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.report import gather_report, repeat_command
from ltp_viz.analysis.dataset.results.results import ExportKind, RunResults
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.dataset.runs.store import RESULTS
from ltp_viz.analysis.jobs.store import default_root
from ltp_viz.figures.dataset.report import report_html
from ltp_viz.ui.dataset.cached_results import cached
from ltp_viz.ui.shell.access import access

_KINDS: dict[ExportKind, tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
    "json": ("JSON", "application/json"),
}


def show(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw downloads of the filtered rows and the report, and the command. Files are made only on click."""
    name = _file_name(results.spec, results.scales[scale])
    count = cached(results.count, where, scale)
    st.markdown(f"##### The {count:,} rows of the filter, with their answers at every strength")
    with st.container(horizontal=True):
        for kind, (label, mime) in _KINDS.items():
            st.download_button(
                label,
                partial(_exported, results.spec.id, where, scale, kind),
                f"{name}.{kind}",
                mime,
                key=f"lab_take_{kind}",
                on_click="ignore",
            )
    st.caption("In CSV files, cells that a spreadsheet would run as a formula start with an apostrophe.")
    st.markdown("##### Report")
    st.download_button(
        "Report as a web page",
        partial(_report, results.spec.id, where, scale),
        f"{name}.html",
        "text/html",
        key="lab_take_report",
        on_click="ignore",
        help="One file with scores, figures and flips of the filtered rows; opens without a network.",
    )
    st.markdown("##### The same run from the command line")
    st.code(repeat_command(results.spec), language=None, wrap_lines=True)
    if not access().is_public:
        st.caption(
            "Results of this run, one Parquet file for DuckDB, pandas and others: "
            f"{default_root() / results.spec.id / RESULTS}"
        )


def _open(run_id: str) -> RunResults:
    """Open a separate connection, as a download runs in another thread than the page."""
    return RunResults(default_root() / run_id)


def _report(run_id: str, where: RowFilter, scale: int) -> bytes:
    return report_html(gather_report(_open(run_id), where, scale)).encode()


def _exported(run_id: str, where: RowFilter, scale: int, kind: ExportKind) -> bytes:
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / f"rows.{kind}"
        _open(run_id).export(where, scale, path, kind)
        return path.read_bytes()


def _file_name(spec: RunSpec, scale: float) -> str:
    stem = re.sub(r"[^\w-]+", "-", Path(spec.source_name).stem).strip("-").lower() or "rows"
    return f"{stem[:40]}-x{scale:g}"
