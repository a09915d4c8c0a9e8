"""Work in a thread of its own that a page watches and may cancel, one piece at a time over all sessions.

Long jobs take a turn for each of their pieces, so that a short one never waits for all of a long one.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Condition, Event, Thread
from typing import Generic, Literal, TypeVar

from ltp_viz.data.errors import InputError

State = Literal["at work", "done", "cancelled", "failed"]
_Result = TypeVar("_Result")
# A job that no page has asked after for so long has been left alone, by a closed tab or for another page.
_PATIENCE_S = 90.0
_LOOK_S = 0.1


class Cancelled(Exception):
    """Raised within the work of a job that is to end."""


class Turns:
    """A line of those who want to compute; the first of it may. Shared by all threads of the process."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._line: list[object] = []

    @contextmanager
    def turn(self, who: object, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Wait until all who came earlier are through. `check` is called meanwhile; what it raises ends the
        wait."""
        with self._changed:
            self._line.append(who)
        try:
            with self._changed:
                while self._line[0] is not who:
                    check()
                    self._changed.wait(_LOOK_S)
            yield
        finally:
            with self._changed:
                self._line.remove(who)
                self._changed.notify_all()

    def ahead_of(self, who: object) -> int:
        """How many are before it; 0 where it has its turn or waits for none."""
        with self._changed:
            return self._line.index(who) if who in self._line else 0


class Job(Generic[_Result]):
    """One piece of work, begun at once. `work` gets the job and reports to it by `turn` and `advance`."""

    def __init__(
        self, work: Callable[["Job[_Result]"], _Result], turns: Turns, patience_s: float = _PATIENCE_S
    ):
        self.state: State = "at work"
        self.share = 0.0  # of the work that is done, 0 to 1
        self.result: _Result | None = None
        self.sentence = ""  # what went wrong
        self._turns, self._patience_s = turns, patience_s
        self._asked_to_stop = Event()
        self._seen = time.monotonic()
        self._thread = Thread(target=self._run, args=(work,), daemon=True, name="ltp-viz job")
        self._thread.start()

    def advance(self, share: float) -> None:
        """From within the work: how far it is. Raises Cancelled where it is to end."""
        if self._asked_to_stop.is_set() or time.monotonic() - self._seen > self._patience_s:
            raise Cancelled
        self.share = min(1.0, share)

    def turn(self) -> AbstractContextManager[None]:
        """From within the work: the right to compute, in the order in which all have asked for it."""
        return self._turns.turn(self, lambda: self.advance(self.share))

    @property
    def ahead(self) -> int:
        """How many others compute first; 0 while it is at work itself."""
        return self._turns.ahead_of(self)

    def look(self) -> State:
        """How it stands. Who stops looking lets the job end."""
        self._seen = time.monotonic()
        return self.state

    def cancel(self) -> None:
        """Ask it to end; it does at its next report."""
        self._asked_to_stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Until it has ended."""
        self._thread.join(seconds)

    def _run(self, work: Callable[["Job[_Result]"], _Result]) -> None:
        try:
            self.result = work(self)
            self.share = 1.0
            self.state = "done"
        except Cancelled:
            self.state = "cancelled"
        except InputError as error:
            self.sentence, self.state = str(error), "failed"
        except Exception as error:  # whatever it is, the page must not wait for ever
            logging.getLogger(__name__).exception("A job has failed")
            self.sentence, self.state = f"This could not be computed: {error}", "failed"
