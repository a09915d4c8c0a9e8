"""Jobs in separate processes: each started once, shared by its requesters, and cancelled with permission.

A job outlives the app and the tab that started it. A mark in its folder cancels it, so any process with
access to the folder can do so. In a public app, visitors who request the same job share it: each has a token,
and the job ends once all requesters have withdrawn.
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

_OPERATOR = ""  # the token of requesters without one, whose jobs no visitor can cancel
_END_S = 5.0  # seconds that an ended process may take to disappear


def start(store: JobStore, worker: ModuleType, requester: str | None = None) -> None:
    """Start or resume a job in a separate process. Joins an active job, and does nothing if it is done.

    The process runs `python -m worker FOLDER`. `requester`: a visitor's token; None for a caller who may
    cancel any job.
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
    queued_at = time.time()  # fixes its position in the queue, however long the process takes to start
    process = start_module(worker.__name__, [store.place], Path(store.path(LOG)))
    # Shown until the process writes its own state.
    message = f"The {store.kind} is starting."
    queued = JobState("queued", before.done, before.total, message=message, queued_at=queued_at)
    try:
        store.write_state(queued, psutil.Process(process.pid))
    except BaseException:  # a job that could not be found again
        process.kill()
        process.wait()
        raise


def may_cancel(store: JobStore, requester: str | None = None) -> bool:
    """Whether this visitor may cancel the job; True for None."""
    return requester is None or requester in store.requesters()


def cancel(store: JobStore, requester: str | None = None, at_once: bool = False) -> bool:
    """Cancel an active job; returns whether it will end. First withdraws the visitor's request; the job
    continues if others have requested it too, or if this visitor has not.

    The job ends at its next check for the mark; with `at_once`, its process is ended.
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
    """Lock held from the check of a job until it is started, cancelled or removed, as tabs may act
    concurrently."""
    return filelock.FileLock(root / ".starting")
