"""Work in a background thread that a page watches and may cancel; one piece at a time over all sessions.

A long job queues for each of its pieces, so a short job never waits for the whole of a long one.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Condition, Event, Thread
from typing import Generic, TypeVar

from ltp_viz.analysis.jobs.states import Cancelled, Status
from ltp_viz.data.errors import InputError

_Result = TypeVar("_Result")
# Seconds without a poll after which a job is abandoned: its tab was closed, or shows another page.
_PATIENCE_S = 90.0
_POLL_S = 0.1


class ThreadQueue:
    """The queue of jobs that want to compute; the first may. Shared by all threads of the process."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: list[object] = []

    @contextmanager
    def turn(self, who: object, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Wait until all earlier entries are done. Calls `check` meanwhile; an exception from it ends the
        wait."""
        with self._changed:
            self._waiting.append(who)
        try:
            with self._changed:
                while self._waiting[0] is not who:
                    check()
                    self._changed.wait(_POLL_S)
            yield
        finally:
            with self._changed:
                self._waiting.remove(who)
                self._changed.notify_all()

    def ahead_of(self, who: object) -> int:
        """Number of entries ahead; 0 if it has its turn or is not in the queue."""
        with self._changed:
            return self._waiting.index(who) if who in self._waiting else 0


class Job(Generic[_Result]):
    """One piece of work, started at once. `work` receives the job and calls its `turn` and `advance`."""

    def __init__(
        self,
        work: Callable[["Job[_Result]"], _Result],
        queue: ThreadQueue,
        patience_s: float = _PATIENCE_S,
    ):
        self.state: Status = "running"
        self.share = 0.0  # of the finished work, 0 to 1
        self.result: _Result | None = None
        self.message = ""  # the error
        self._queue, self._patience_s = queue, patience_s
        self._cancel_requested = Event()
        self._polled = time.monotonic()
        self._thread = Thread(target=self._run, args=(work,), daemon=True, name="ltp-viz job")
        self._thread.start()

    def advance(self, share: float) -> None:
        """Called by the work: report its progress. Raises Cancelled if the job should end."""
        if self._cancel_requested.is_set() or time.monotonic() - self._polled > self._patience_s:
            raise Cancelled
        self.share = min(1.0, share)

    def turn(self) -> AbstractContextManager[None]:
        """Called by the work: wait for the right to compute, in the order of requests."""
        return self._queue.turn(self, lambda: self.advance(self.share))

    @property
    def ahead(self) -> int:
        """Number of jobs ahead; 0 while it computes."""
        return self._queue.ahead_of(self)

    def poll(self) -> Status:
        """The state of the job. A job that is no longer polled ends."""
        self._polled = time.monotonic()
        return self.state

    def cancel(self) -> None:
        """Request the end of the job; it ends at its next report."""
        self._cancel_requested.set()

    def wait(self, seconds: float | None = None) -> None:
        """Block until the job has ended."""
        self._thread.join(seconds)

    def _run(self, work: Callable[["Job[_Result]"], _Result]) -> None:
        try:
            self.result = work(self)
            self.share = 1.0
            self.state = "done"
        except Cancelled:
            self.state = "cancelled"
        except InputError as error:
            self.message, self.state = str(error), "failed"
        except Exception as error:  # of any kind, or the page would wait for ever
            logging.getLogger(__name__).exception("A job has failed")
            self.message, self.state = f"This could not be computed: {error}", "failed"
