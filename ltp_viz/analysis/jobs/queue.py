"""The queue of processes: one job computes at a time, in the order of requests.

The queue is derived from the progress files of all jobs under one folder, of any kind. Dead processes drop
out, and no list can become outdated.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import PROGRESS, JobStore

_POLL_S = 0.5


@contextmanager
def turn(store: JobStore, queued_at: float, wait: Callable[[int], None]) -> Iterator[None]:
    """Wait for all jobs that were requested earlier, then hold the right to compute.

    `queued_at`: time of this job's request, seconds since 1970. Every half second `wait` receives the number
    of jobs ahead, which may be 0; an exception from it ends the wait.
    """
    lock = running_lock(Path(store.place).parent)
    while True:
        ahead = jobs_ahead(store, queued_at)
        wait(ahead)
        if ahead == 0:
            try:
                lock.acquire(timeout=0)
                break
            except filelock.Timeout:  # held by a job that has just started or is about to end
                wait(1)
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        lock.release()


def jobs_ahead(store: JobStore, queued_at: float) -> int:
    """Number of other active jobs that are running, or queued with an earlier request."""
    own = Path(store.place)
    others = {folder: state for folder, state in _living_jobs(own.parent) if folder != own}
    return sum(
        state.status == "running" or ((state.queued_at or 0.0), folder.name) < (queued_at, own.name)
        for folder, state in others.items()
    )


def is_held_from_outside(root: Path) -> bool:
    """Whether a command without a job folder, such as a benchmark in a terminal, holds the machine."""
    if next(_living_jobs(root), None) is not None or not (root / _RUNNING).exists():
        return False
    try:
        with running_lock(root).acquire(timeout=0):
            return False
    except filelock.Timeout:
        return True


_RUNNING = ".running"


def running_lock(root: Path) -> filelock.BaseFileLock:
    """The lock that the computing job holds."""
    return filelock.FileLock(root / _RUNNING)


def _living_jobs(root: Path) -> Iterator[tuple[Path, JobState]]:
    for file in root.glob(f"*/{PROGRESS}"):
        state = JobStore(file.parent).progress()
        if state is not None and state.is_active:
            yield file.parent, state
