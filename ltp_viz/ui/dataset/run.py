"""The open run: started, watched, cancelled, resumed, reopened by its link."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from ltp_viz.analysis.dataset.runs import background
from ltp_viz.analysis.dataset.runs.engine import make_spec
from ltp_viz.analysis.dataset.runs.progress import progress_words, rows_words
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.jobs.states import JobState, file_error_message
from ltp_viz.analysis.jobs.store import default_root
from ltp_viz.analysis.sweeps import SCALES
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.ui.shell.glossary import explained
from ltp_viz.ui.shell.markdown import escaped, quoted
from ltp_viz.ui.shell.visitor import visitor

_RUN_KEY = "lab_run"  # id of the open run; the link's `run`
_SWEEPS = {
    "0 to 3 by 0.1 (31 strengths)": SCALES[::2],
    "0 to 3 by 0.05 (61 strengths)": SCALES,
    "unpruned and as trained only (2 strengths, fastest)": (0.0, 1.0),
}
_REFRESH_S = 5.0  # seconds between updates of the figures during a run
_MAX_SHOWN_RUNS = 8


def chosen_run() -> Path | None:
    """Folder of the open run, from the session or the link; None if there is none."""
    if _RUN_KEY not in st.session_state:
        st.session_state[_RUN_KEY] = st.query_params.get("run")
    run_id = st.session_state[_RUN_KEY]
    if run_id is None:
        return None
    folder = default_root() / run_id if run_id.isalnum() else None
    try:
        if folder is None:
            raise InputError("no run has such a name")
        background.state(folder)
    except InputError:
        st.warning(f"Run {quoted(run_id)} no longer exists. Load the data again to repeat it.")
        close_run()
        return None
    st.query_params["run"] = run_id
    return folder


def open_run(run_id: str) -> None:
    """Open this run."""
    st.session_state[_RUN_KEY] = run_id


def close_run() -> None:
    """Close the run; its results stay."""
    st.session_state[_RUN_KEY] = None
    for parameter in ("run", "at", "slice", "view"):
        st.query_params.pop(parameter, None)


def start_form(table: SourceTable, roles: Roles, classifier: TextClassifier, location: str) -> None:
    """Draw the choice of strengths, and the button that starts the run."""
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    sweep = left.selectbox(
        "Strengths to run in one pass",
        list(_SWEEPS),
        key="lab_sweep",
        persist_state="session",
        help=explained("31 strengths in one pass cost a few times as much as one.", "sweep", "scale"),
    )
    if not right.button("Run", type="primary", width="stretch", key="lab_start"):
        return
    with _errors_shown():
        spec = make_spec(table, roles, location, classifier, _SWEEPS[sweep])
        background.start(background.prepare(default_root(), spec), visitor())
        open_run(spec.id)
        st.rerun()


@contextmanager
def _errors_shown() -> Iterator[None]:
    """Show errors as messages."""
    try:
        yield
    except InputError as error:
        st.error(escaped(str(error)))
    except OSError as error:
        st.error(escaped(file_error_message(error)))


def earlier_runs() -> None:
    """Draw the list of runs stored on this machine, to open or to remove."""
    found = background.runs(default_root())[:_MAX_SHOWN_RUNS]
    if not found:
        return
    with st.expander(f"Earlier runs ({len(found)})"):
        for spec, state in found:
            words, open_it, remove_it = st.columns([6, 1, 1], vertical_alignment="center")
            words.markdown(f"**{escaped(spec.source_name)}** · {_described(spec)} · {_status(state)}")
            open_it.button(
                "Open", key=f"lab_open {spec.id}", on_click=open_run, args=(spec.id,), width="stretch"
            )
            if remove_it.button("Remove", key=f"lab_remove {spec.id}", width="stretch"):
                with _errors_shown():
                    background.remove(default_root() / spec.id)
                    st.rerun()


def _described(spec: RunSpec) -> str:
    return f"{spec.rows:,} rows · {escaped(Path(spec.model).name)} · {len(spec.scales)} strengths"


def _status(state: JobState) -> str:
    if state.status == "done":
        return "done"
    if state.status == "queued":
        return escaped(progress_words(state))
    return f"{state.status}, {rows_words(state)}"


def run_bar(folder: Path, spec: RunSpec) -> None:
    """Draw the run, its progress, and buttons to cancel, resume, or choose other data."""
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown(f"**{escaped(spec.source_name)}** · {_described(spec)}")
    right.button("Other data", on_click=close_run, width="stretch", key="lab_other")
    state = background.state(folder)
    if state.status == "done":
        return
    if state.is_active:
        _watched(folder)
    else:
        _halted(folder, state)


@st.fragment(run_every=1.0)
def _watched(folder: Path) -> None:
    """Update the progress every second, and the page around it less often and when the run ends."""
    try:
        state = background.state(folder)
    except InputError:  # removed by another tab or by hand: the page shows a message
        st.rerun()
    seen = st.session_state.setdefault("lab_refreshed", {"at": time.monotonic(), "rows": 0})
    is_due = time.monotonic() - seen["at"] > _REFRESH_S and state.done != seen["rows"]
    if not state.is_active or is_due:
        st.session_state["lab_refreshed"] = {"at": time.monotonic(), "rows": state.done}
        st.rerun()
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    share = state.done / state.total if state.total else 0.0
    bar.progress(min(1.0, share), text=escaped(progress_words(state)))
    if not background.may_cancel(folder, visitor()):
        return
    if stop.button("Cancel", width="stretch", key="lab_cancel"):
        with _errors_shown():
            if not background.cancel(folder, visitor()) and background.state(folder).is_active:
                st.toast("Another visitor has requested this run too, so it continues.")


def _halted(folder: Path, state: JobState) -> None:
    """Draw a run that is neither complete nor active."""
    words, resume = st.columns([5, 1], vertical_alignment="center")
    message = state.message or "This run has not begun."
    text = f"{escaped(message)} {rows_words(state)} are done."
    (words.error if state.status == "failed" else words.warning)(text)
    if resume.button("Resume", type="primary", width="stretch", key="lab_resume"):
        with _errors_shown():
            background.start(folder, visitor())
            st.rerun()
