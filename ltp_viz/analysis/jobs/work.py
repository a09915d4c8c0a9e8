"""The frame of a job's process: wait in the queue, report progress, store the final state."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from ltp_viz.analysis.jobs.queue import turn
from ltp_viz.analysis.jobs.states import Cancelled, JobState, Status, file_error_message, queue_words
from ltp_viz.analysis.jobs.store import JobStore
from ltp_viz.data.errors import InputError

_WRITES_PER_SECOND = 2.0


class Reporter:
    """Updates a job's progress file and calls `watch`, about twice a second."""

    def __init__(self, store: JobStore, watch: Callable[[JobState], None] | None = None):
        self._store, self._total, self._watch = store, store.total(), watch
        self._started, self._written = time.monotonic(), -1.0
        state = store.state()
        self._done_before = self.done = state.done  # units done by earlier starts
        # The caller that started this process has already queued the job.
        queued_at = state.queued_at if store.process_id() == os.getpid() else None
        self.queued_at = time.time() if queued_at is None else queued_at

    def begin(self, done: int) -> None:
        """Mark the start of the work, with `done` units from earlier starts."""
        self.done = self._done_before = done
        self._started = time.monotonic()
        self.report("running")

    def advance(self, units: int) -> None:
        """Count `units` more as done."""
        self.done += units
        if self._is_due():
            self.report("running")

    def wait(self, message: str) -> None:
        """Report that the job waits, and the reason."""
        if self._is_due():
            self.report("queued", message)

    def _is_due(self) -> bool:
        return time.monotonic() - self._written >= 1 / _WRITES_PER_SECOND

    def report(self, status: Status, message: str | None = None) -> JobState:
        """Write the state now, even shortly after the last write."""
        seconds = time.monotonic() - self._started
        fresh = self.done - self._done_before
        rate = fresh / seconds if fresh and seconds > 0 else None
        left = (self._total - self.done) / rate if rate and status == "running" else None
        state = JobState(status, self.done, self._total, rate, left, message, self.queued_at)
        self._store.write_state(state)
        self._written = time.monotonic()
        if self._watch:
            self._watch(state)
        return state


def perform(
    store: JobStore,
    compute: Callable[[Reporter, Callable[[], bool]], None],
    should_stop: Callable[[], bool] = lambda: False,
    watch: Callable[[JobState], None] | None = None,
) -> JobState:
    """Wait for a job's turn, perform it, and return its final state: "done", "cancelled" or "failed".

    `compute` receives the reporter and a function that says whether to stop, in which case it raises
    Cancelled. `should_stop`, and a cancel request in the store, are also checked while the job is queued. An
    exception other than InputError and OSError is reported and raised.
    """
    reporter = Reporter(store, watch)

    def stops() -> bool:
        return should_stop() or store.is_cancel_requested()

    try:
        with _turn(store, reporter, stops):
            compute(reporter, stops)
        return reporter.report("done")
    except Cancelled:
        return reporter.report("cancelled", store.cancelled_message)
    except InputError as error:
        return reporter.report("failed", str(error))
    except OSError as error:
        return reporter.report("failed", file_error_message(error))
    except BaseException as error:
        reporter.report("failed", f"The {store.kind} failed with {type(error).__name__}: {error}")
        raise
    finally:
        store.withdraw_cancel()


def _turn(
    store: JobStore, reporter: Reporter, should_stop: Callable[[], bool]
) -> AbstractContextManager[None]:
    """The turn in the queue of this machine; jobs at a URL may run in parallel."""
    if not store.is_local:
        return nullcontext()

    def wait(ahead: int) -> None:
        if should_stop():
            raise Cancelled
        if ahead:
            reporter.wait(queue_words(ahead))

    return turn(store, reporter.queued_at, wait)


@contextmanager
def signals_request_cancel(store: JobStore) -> Iterator[None]:
    """The first SIGINT or SIGTERM requests a cancel; a second one ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def request(*_: Any) -> None:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
        # The signal may arrive during a write.
        threading.Thread(target=store.request_cancel).start()

    for number in before:
        signal.signal(number, request)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
