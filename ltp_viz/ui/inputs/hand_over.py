"""A row of the Dataset lab goes to Explore, and Explore knows the way back."""

from dataclasses import dataclass

import streamlit as st

from ltp_viz.analysis.dataset.results.records import StoredRow
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.core.trace import Trace
from ltp_viz.ui.explore.session import set_scales
from ltp_viz.ui.inputs.models import available_models, choose
from ltp_viz.ui.inputs.texts import put_texts
from ltp_viz.ui.shell.markdown import escaped, quoted

_KEY = "handed_over"
_LAB_PAGE = "pages/Dataset.py"


@dataclass(frozen=True)
class _HandedOver:
    text: str
    text_pair: str | None
    source: str  # name of the file
    row: int


def open_in_explore(row: StoredRow, spec: RunSpec, scale: float) -> None:
    """Leave the page for Explore, with a row's text under the run's model and one of its scales."""
    choose(spec.model)
    if spec.model not in available_models().values():
        st.error(f"The model of this run, {quoted(spec.model)}, is not here any more to open the row with.")
        return
    st.session_state[_KEY] = _HandedOver(row.text, row.text_pair, spec.source_name, row.row)
    put_texts(row.text, row.text_pair)
    set_scales(scale, spec.layer_scales)
    st.switch_page("app.py")


def way_back(shown: Trace) -> None:
    """A link to the Dataset lab while the text that came from there is shown; filter and run are kept."""
    handed: _HandedOver | None = st.session_state.get(_KEY)
    if handed is not None and (shown.text, shown.text_pair) == (handed.text, handed.text_pair):
        label = f"← Back to row {handed.row:,} of {escaped(handed.source)}"
        st.page_link(_LAB_PAGE, label=label)
