"""Jobs in processes of their own: started once, whoever asks, and cancelled by whoever may.

A job outlives the app and the tab that started it. It is cancelled by a mark in its folder, so whoever sees
the folder can do it. Where visitors do not trust each other (a public app), two of them who ask for the same
job share it: each has a token, and the job ends when all who asked have withdrawn.
"""

import contextlib
import time
from pathlib import Path
from types import ModuleType

import filelock
import psutil

from ltp_viz.analysis.jobs.processes import start_module
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import LOG, JobStore

_OPERATOR = ""  # the token of those who need none, so that visitors cannot cancel their jobs
_END_S = 5.0  # what an ended process may take to be gone


def start(store: JobStore, worker: ModuleType, requester: str | None = None) -> None:
    """Start or resume a job in a process of its own; an active one is only shared, a done one left alone.

    The process runs `python -m worker FOLDER`. `requester`: a visitor's token; None for those who may cancel
    any job.
    """
    token = _OPERATOR if requester is None else requester
    with exclusive(Path(store.place).parent):
        state = store.state()
        store.withdraw_cancel()
        if state.status == "done":
            return
        if state.is_active:
            store.write_requesters(sorted({*store.requesters(), token}))
            return
        store.write_requesters([token])
        _start(store, worker, state)


def _start(store: JobStore, worker: ModuleType, before: JobState) -> None:
    queued_at = time.time()  # its position in the queue, however long the process takes to begin
    process = start_module(worker.__name__, [store.place], Path(store.path(LOG)))
    # Until the process writes its own state, this one says that it is on its way.
    message = f"The {store.kind} is starting."
    queued = JobState("queued", before.done, before.total, message=message, queued_at=queued_at)
    try:
        store.write_state(queued, psutil.Process(process.pid))
    except BaseException:  # a job that nobody can find again
        process.kill()
        process.wait()
        raise


def may_cancel(store: JobStore, requester: str | None = None) -> bool:
    """Whether it is for this visitor to cancel the job; for None, always."""
    return requester is None or requester in store.requesters()


def cancel(store: JobStore, requester: str | None = None, at_once: bool = False) -> bool:
    """Have an active job end, and say whether it will. A visitor's request is withdrawn first, and the job
    goes on where others have asked for it too, or where this visitor has not.

    The job ends at its next look at the mark; `at_once`, by ending its process.
    """
    with exclusive(Path(store.place).parent):
        if not store.state().is_active or not may_cancel(store, requester):
            return False
        if requester is not None:
            others = [token for token in store.requesters() if token != requester]
            store.write_requesters(others)
            if others:
                return False
        store.request_cancel()
        if at_once and (pid := store.process_id()) is not None:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                process.terminate()
                process.wait(_END_S)
        return True


def exclusive(root: Path) -> filelock.BaseFileLock:
    """Held from a look at a job until it is started, cancelled or removed: tabs may ask at the same time."""
    return filelock.FileLock(root / ".starting")
