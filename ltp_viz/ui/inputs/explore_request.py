"""Requests from other pages to Explore: scales, or a row of the Dataset lab with a link back to it."""

from dataclasses import dataclass

import streamlit as st

from ltp_viz.analysis.dataset.results.records import StoredRow
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.core.trace import Trace
from ltp_viz.ui.inputs.models import available_models, choose
from ltp_viz.ui.inputs.texts import set_texts
from ltp_viz.ui.shell.markdown import escaped, quoted

_ROW_KEY = "opened_row"
_SCALES_KEY = "requested_scales"
_LAB_PAGE = "pages/Dataset.py"


@dataclass(frozen=True)
class _OpenedRow:
    text: str
    text_pair: str | None
    source: str  # name of the file
    row: int


def request_scales(global_scale: float, layer_scales: tuple[float, ...] | None = None) -> None:
    """Let Explore run its text under these scales, without forced tokens, when it is next opened."""
    st.session_state[_SCALES_KEY] = (global_scale, layer_scales)


def take_requested_scales() -> tuple[float, tuple[float, ...] | None] | None:
    """Return the last requested scales and clear the request; None if there is none."""
    return st.session_state.pop(_SCALES_KEY, None)


def open_in_explore(row: StoredRow, spec: RunSpec, scale: float) -> None:
    """Switch to Explore, with a row's text under the run's model and one of its scales."""
    choose(spec.model)
    if spec.model not in available_models().values():
        st.error(f"The model of this run, {quoted(spec.model)}, is no longer available to open the row with.")
        return
    st.session_state[_ROW_KEY] = _OpenedRow(row.text, row.text_pair, spec.source_name, row.row)
    set_texts(row.text, row.text_pair)
    request_scales(scale, spec.layer_scales)
    st.switch_page("app.py")


def back_link(shown: Trace) -> None:
    """Draw a link to the Dataset lab while the text of the opened row is shown; filter and run are kept."""
    opened: _OpenedRow | None = st.session_state.get(_ROW_KEY)
    if opened is not None and (shown.text, shown.text_pair) == (opened.text, opened.text_pair):
        label = f"← Back to row {opened.row:,} of {escaped(opened.source)}"
        st.page_link(_LAB_PAGE, label=label)
