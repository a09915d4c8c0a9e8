"""A run in this process with its progress on the terminal, for the command and the worker."""

import os

from ltp_viz.analysis.dataset.runs.engine import Engine, run, run_here
from ltp_viz.analysis.dataset.runs.progress import ProgressLine
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.work import signals_request_cancel
from ltp_viz.data.errors import InputError


def run_in_foreground(store: RunStore, engine: Engine = run_here) -> JobState:
    """Start or resume a run; a signal cancels it. Raises InputError if another process is running it."""
    pid = store.process_id()
    if pid is None:
        store.withdraw_cancel()  # from an earlier process that was killed before it saw the request
    elif pid != os.getpid():
        raise InputError(
            f"This run is already running in process {pid}; wait for it, or stop that process first."
        )
    progress = ProgressLine()
    with signals_request_cancel(store):
        state = run(store, engine=engine, watch=progress.show)
    progress.end()
    return state
