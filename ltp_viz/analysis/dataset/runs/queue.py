"""The line of runs over data sets: one computes at a time, in the order in which they were asked for.

Who stands in the line is read from the runs' own progress files, so a run whose process was killed has left
it, and there is no list that could be out of date.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ltp_viz.analysis.dataset.runs.store import PROGRESS, RunFolder
from ltp_viz.data.errors import InputError

_LOOK_S = 0.5


@contextmanager
def turn(folder: RunFolder, asked: float, wait: Callable[[int], None]) -> Iterator[None]:
    """Hold the place of the one run at work, once all runs that were asked for earlier are through.

    `asked` is when this run was asked for, seconds since 1970. `wait` is called again and again meanwhile
    with the number of runs that come first, 0 included; what it raises ends the wait.
    """
    lock = filelock.FileLock(Path(folder.place).parent / ".running")
    while True:
        before = runs_before(folder, asked)
        wait(before)
        if before == 0:
            try:
                lock.acquire(timeout=0)
                break
            except filelock.Timeout:  # by a run that has just begun, or ends just now
                wait(1)
        time.sleep(_LOOK_S)
    try:
        yield
    finally:
        lock.release()


def runs_before(folder: RunFolder, asked: float) -> int:
    """How many living runs under the same parent are at work, or wait and were asked for earlier."""
    own = Path(folder.place)
    before = 0
    for progress in own.parent.glob(f"*/{PROGRESS}"):
        other = progress.parent
        try:
            state = RunFolder(other).state()
        except (InputError, OSError):  # something else, damaged, or just removed
            continue
        comes_first = state.status == "running" or ((state.asked or 0.0), other.name) < (asked, own.name)
        before += state.is_active and comes_first and other != own
    return before


def place_words(before: int) -> str:
    """What a run waits for."""
    return "1 run is before this one." if before == 1 else f"{before} runs are before this one."
