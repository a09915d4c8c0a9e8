"""A run's results, cached for the session by rows, filter and scale."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.ui.shell.cache import session_cache

_RESULTS, _ANSWERS, _MAX_ANSWERS = "lab_results", "lab_answers", 64
_Answer = TypeVar("_Answer")


def open_results(folder: Path) -> RunResults:
    """The run's results with the rows added since the last call; one connection per session."""
    cache = session_cache(_RESULTS)
    results: RunResults | None = cache.find(folder)
    if results is not None and results.is_complete:
        return results
    if results is None:
        results = RunResults(folder)
        cache.put(folder, results)
    else:
        results.refresh()
    session_cache(_ANSWERS, _MAX_ANSWERS).clear()
    return results


def cached(method: Callable[..., _Answer], *values: Hashable) -> _Answer:
    """`method(*values)` of the open results, computed once."""
    key = (method.__name__, values)
    return session_cache(_ANSWERS, _MAX_ANSWERS).get(key, lambda: method(*values))
