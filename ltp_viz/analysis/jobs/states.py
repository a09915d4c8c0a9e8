"""The states of a job, shared by processes and threads, and their messages."""

import errno
from dataclasses import dataclass
from typing import Literal

Status = Literal["new", "queued", "running", "done", "cancelled", "interrupted", "failed"]


class Cancelled(Exception):
    """Raised within the work of a cancelled job."""


@dataclass(frozen=True)
class JobState:
    """Progress of a job. `done` and `total` count its units: rows of a run, cells of a benchmark."""

    status: Status
    done: int = 0
    total: int = 0
    per_second: float | None = None  # units; None while unknown, as `seconds_left`
    seconds_left: float | None = None
    message: str | None = None  # the error, or what it waits for
    queued_at: float | None = None  # seconds since 1970

    @property
    def is_active(self) -> bool:
        """Whether a process is running it or waits in the queue."""
        return self.status in ("queued", "running")


def queue_words(ahead: int) -> str:
    """The position in the queue."""
    return f"Queued: {ahead} {'job' if ahead == 1 else 'jobs'} ahead."


def file_error_message(error: OSError) -> str:
    """The message for a failed file operation."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full{where}; free some space and continue. Finished work is kept."
    return f"A file cannot be read or written: {error.strerror or error}{where}."
