"""Progress of a run, in words and as a line on the terminal."""

import sys
import time

from ltp_viz.analysis.jobs.states import JobState

_SECONDS_PER_LINE = 10.0  # without a terminal that overwrites lines


def rows_words(state: JobState) -> str:
    """Rows done, of the total."""
    return f"{state.done:,} of {state.total:,} rows"


def progress_words(state: JobState) -> str:
    """Rows, rate and time left; for a waiting run, the reason."""
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
    """A line on the terminal that is overwritten, or occasional lines in a log."""

    def __init__(self) -> None:
        self._overwrites = sys.stderr.isatty()
        self._shown = float("-inf")
        self._status = ""

    def show(self, state: JobState) -> None:
        """Print the state if enough time has passed."""
        is_due = time.monotonic() - self._shown >= _SECONDS_PER_LINE or state.status != self._status
        if not (self._overwrites or is_due):
            return
        self._shown, self._status = time.monotonic(), state.status
        words = progress_words(state)
        print(f"\r{words:<78}" if self._overwrites else words, end="", file=sys.stderr, flush=True)
        if not self._overwrites:
            print(file=sys.stderr, flush=True)

    def end(self) -> None:
        """End the line."""
        if self._overwrites:
            print(file=sys.stderr)
