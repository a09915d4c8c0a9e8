"""What a job's process does around its work: wait in the queue, report progress, say how it ended."""

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
    """Keeps a job's progress file, and whoever watches, up to date, about twice a second."""

    def __init__(self, store: JobStore, watch: Callable[[JobState], None] | None = None):
        self._store, self._total, self._watch = store, store.total(), watch
        self._started, self._written = time.monotonic(), -1.0
        state = store.state()
        self._done_before = self.done = state.done  # by earlier starts
        # Whoever started this process has queued the job already.
        queued_at = state.queued_at if store.process_id() == os.getpid() else None
        self.queued_at = time.time() if queued_at is None else queued_at

    def begin(self, done: int) -> None:
        """Work begins, with so many units done by earlier starts."""
        self.done = self._done_before = done
        self._started = time.monotonic()
        self.report("running")

    def advance(self, units: int) -> None:
        """So many more units are done."""
        self.done += units
        if self._is_due():
            self.report("running")

    def wait(self, message: str) -> None:
        """Nothing is being done yet, and this is why."""
        if self._is_due():
            self.report("queued", message)

    def _is_due(self) -> bool:
        return time.monotonic() - self._written >= 1 / _WRITES_PER_SECOND

    def report(self, status: Status, message: str | None = None) -> JobState:
        """Write it now, however recent the last write was."""
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
    """Do a job when its turn has come, and say how it ended: "done", "cancelled" or "failed".

    `compute` gets the reporter, and a function that says whether to stop; it raises Cancelled when it does.
    `should_stop`, and whether the store holds a request to cancel, are asked while the job is queued, too.
    Whatever is not an InputError or OSError is reported and raised.
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
        reporter.report("failed", f"The {store.kind} broke off with {type(error).__name__}: {error}")
        raise
    finally:
        store.withdraw_cancel()


def _turn(
    store: JobStore, reporter: Reporter, should_stop: Callable[[], bool]
) -> AbstractContextManager[None]:
    """The turn in the queue of this machine; jobs at a URL may run side by side."""
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
        # The signal may have come in the middle of a write.
        threading.Thread(target=store.request_cancel).start()

    for number in before:
        signal.signal(number, request)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
