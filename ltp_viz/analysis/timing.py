"""Measured time of competing forwards, interleaved on this machine."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal, TypeVar

from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier

_Measured = TypeVar("_Measured")


class Stopwatch:
    """Shared by all measurements in a process, as concurrent ones would distort each other.

    After each use it pauses for twice that time, so that measuring never dominates a busy machine.
    """

    _REST, _POLL_S = 2.0, 0.05

    def __init__(self) -> None:
        self._in_use, self._rested_at = Lock(), 0.0

    def measure(
        self,
        run: Callable[[], _Measured],
        patience_s: float = 1.0,
        while_waiting: Callable[[], object] = lambda: None,
    ) -> _Measured | None:
        """The result of `run`; None if other measurements hold the watch for longer than `patience_s`, not
        counting its pause after the last use. `while_waiting` may raise."""
        deadline = max(time.perf_counter(), self._rested_at) + patience_s
        while not self._take():
            if time.perf_counter() > deadline:
                return None
            time.sleep(self._POLL_S)
            while_waiting()
        started = time.perf_counter()
        try:
            return run()
        finally:
            ended = time.perf_counter()
            self._rested_at = ended + self._REST * (ended - started)
            self._in_use.release()

    def _take(self) -> bool:
        return time.perf_counter() >= self._rested_at and self._in_use.acquire(blocking=False)


def alternate(
    runs: dict[str, Callable[[], object]],
    budget_s: float,
    min_rounds: int = 3,
    max_rounds: int = 200,
    between_rounds: Callable[[], object] = lambda: None,
) -> dict[str, list[float]]:
    """Seconds of each run in each round, after one round to warm up.

    A round times every run once, every other round in reverse, so that noise of the machine affects all
    equally: compare within rounds.

    Stops after about `budget_s`, never before `min_rounds`. `between_rounds` is not timed and may raise to
    stop.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    deadline = time.perf_counter() + budget_s
    rounds = 0
    while rounds <= min_rounds or (time.perf_counter() < deadline and rounds <= max_rounds):
        between_rounds()
        for name, run in list(runs.items())[:: 1 if rounds % 2 else -1]:
            started = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started)
        rounds += 1
    return {name: seconds[1:] for name, seconds in times.items()}


SpeedState = Literal["faster", "tie", "slower"]
# A ratio within a band around 1 is a tie, and so is one whose middle half of pairs comes close to 1. The band
# is wider than the ratio's scatter over repeated measurements on a quiet machine: one text has one state.
_CLEAR, _SEPARATED = 1.15, 1.05


def speed_state(ratio: float, low: float, high: float) -> SpeedState:
    """How a median ratio of unpruned to pruned time, with its quartiles, may be described."""
    if ratio >= _CLEAR and low >= _SEPARATED:
        return "faster"
    if ratio <= 1 / _CLEAR and high <= 1 / _SEPARATED:
        return "slower"
    return "tie"


@dataclass(frozen=True)
class PairedTiming:
    """Times of `pairs` alternating runs on this machine, encoder and head.

    Seconds are medians. The ratio is unpruned over pruned time within each pair: median and quartiles.
    """

    pruned_s: float
    dense_s: float
    pairs: int
    ratio: float
    low: float
    high: float

    @property
    def state(self) -> SpeedState:
        """How the ratio may be described."""
        return speed_state(self.ratio, self.low, self.high)


def paired_timing(pruned_s: Sequence[float], dense_s: Sequence[float]) -> PairedTiming:
    """From the seconds of paired runs, two pairs at least."""
    ratios = [dense / pruned for pruned, dense in zip(pruned_s, dense_s, strict=True)]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return PairedTiming(
        statistics.median(pruned_s), statistics.median(dense_s), len(ratios), ratio, low, high
    )


def time_pair(
    classifier: TextClassifier,
    source: TokenizedText,
    global_scale: float,
    layer_scales: Sequence[float],
    forced: ForcedTokens = NOTHING_FORCED,
    budget_s: float = 0.25,
    min_pairs: int = 10,
    max_pairs: int = 24,
    between_pairs: Callable[[], object] = lambda: None,
) -> PairedTiming:
    """Alternate pruned and unpruned runs, at least `min_pairs` after one to warm up, within about `budget_s`.

    Both run in the same engine on one text; unpruned means scale 0 without forced tokens, which computes no
    scores.
    """
    times = alternate(
        {
            "pruned": lambda: classifier.logits(source, global_scale, layer_scales, forced),
            "dense": lambda: classifier.logits(source, 0.0),
        },
        budget_s,
        min_rounds=min_pairs,
        max_rounds=max_pairs,
        between_rounds=between_pairs,
    )
    return paired_timing(times["pruned"], times["dense"])
