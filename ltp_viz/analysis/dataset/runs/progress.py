"""How far a run is, in words, and as one line of a terminal."""

import sys
import time

from ltp_viz.analysis.jobs.states import JobState

_SECONDS_A_LINE = 10.0  # where no terminal overwrites lines


def rows_words(state: JobState) -> str:
    """Rows done of all."""
    return f"{state.done:,} of {state.total:,} rows"


def progress_words(state: JobState) -> str:
    """Rows, rate and time left; what it waits for while it waits."""
    if state.status == "queued":
        return state.message or "queued"
    words = rows_words(state)
    if state.per_second:
        words += f", {state.per_second:,.0f} rows per second"
    if state.seconds_left is not None:
        words += f", {_duration(state.seconds_left)} left"
    return words


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


class ProgressLine:
    """One line in a terminal that is written over, or now and then a line in a log."""

    def __init__(self) -> None:
        self._overwrites = sys.stderr.isatty()
        self._shown = float("-inf")
        self._status = ""

    def show(self, state: JobState) -> None:
        """Print it where it is time."""
        is_due = time.monotonic() - self._shown >= _SECONDS_A_LINE or state.status != self._status
        if not (self._overwrites or is_due):
            return
        self._shown, self._status = time.monotonic(), state.status
        words = progress_words(state)
        print(f"\r{words:<78}" if self._overwrites else words, end="", file=sys.stderr, flush=True)
        if not self._overwrites:
            print(file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._overwrites:
            print(file=sys.stderr)
