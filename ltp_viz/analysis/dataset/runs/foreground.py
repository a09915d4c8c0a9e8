"""A run in this process, with its progress on the terminal: what the command and the worker share."""

import os

from ltp_viz.analysis.dataset.runs.engine import Engine, run, run_here
from ltp_viz.analysis.dataset.runs.progress import ProgressLine
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.work import signals_request_cancel
from ltp_viz.data.errors import InputError


def run_in_foreground(store: RunStore, engine: Engine = run_here) -> JobState:
    """Start or resume a run; a signal cancels it. Raises InputError where another process works on it."""
    pid = store.process_id()
    if pid is None:
        store.withdraw_cancel()  # of an earlier process that was killed before it saw the mark
    elif pid != os.getpid():
        raise InputError(f"This run is running already, in process {pid}; wait for it, or stop that first.")
    progress = ProgressLine()
    with signals_request_cancel(store):
        state = run(store, engine=engine, watch=progress.show)
    progress.end()
    return state
