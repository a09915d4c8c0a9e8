"""The states of a job, which processes and threads share, and their words."""

import errno
from dataclasses import dataclass
from typing import Literal

Status = Literal["new", "queued", "running", "done", "cancelled", "interrupted", "failed"]


class Cancelled(Exception):
    """Raised within the work of a job that is to end."""


@dataclass(frozen=True)
class JobState:
    """How far a job is. `done` and `total` count the job's own units: rows of a run, cells of a benchmark."""

    status: Status
    done: int = 0
    total: int = 0
    per_second: float | None = None  # units; None while unknown, as `seconds_left`
    seconds_left: float | None = None
    message: str | None = None  # what went wrong, or what it waits for
    queued_at: float | None = None  # seconds since 1970

    @property
    def is_active(self) -> bool:
        """Whether a process works on it or waits in the queue."""
        return self.status in ("queued", "running")


def queue_words(ahead: int) -> str:
    """The position in the queue."""
    return f"Queued: {ahead} {'job' if ahead == 1 else 'jobs'} ahead."


def file_error_message(error: OSError) -> str:
    """What to say about a file that the system refuses."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full{where}; make room and go on, as what is finished stays."
    return f"A file cannot be read or written: {error.strerror or error}{where}."
