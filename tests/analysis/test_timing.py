"""The timed run is the one that is shown. (tests/bench measures how long it takes.)"""

import time

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.timing import (
    Stopwatch,
    alternate,
    paired_timing,
    speed_state,
    time_pair,
)


def test_the_timed_forward_gives_the_logits_of_the_trace(classifier: TextClassifier) -> None:
    trace = classifier.trace("A warm, funny little film.", global_scale=1.3)
    np.testing.assert_allclose(classifier.logits(trace.source, 1.3), trace.logits, atol=1e-5)


def test_at_least_ten_pairs_even_without_budget(classifier: TextClassifier) -> None:
    timing = time_pair(classifier, classifier.tokenize("a film"), 1.0, [1.0] * 6, budget_s=0.0)
    assert timing.pairs == 10
    assert timing.pruned_s > 0 and timing.low <= timing.ratio <= timing.high


def test_every_other_round_runs_in_reverse() -> None:
    order: list[str] = []
    runs = {name: lambda name=name: order.append(name) for name in "ab"}
    times = alternate(runs, budget_s=0.0, min_rounds=3)
    assert order == ["b", "a", "a", "b", "b", "a", "a", "b"] and {len(each) for each in times.values()} == {3}


def test_the_ratio_is_taken_within_pairs() -> None:
    """A machine that slows down for a while slows both runs of a pair, and the ratio stays."""
    slow = [1.0] * 6 + [3.0] * 4
    timing = paired_timing([0.01 * factor for factor in slow], [0.02 * factor for factor in slow])
    assert timing.ratio == pytest.approx(2) and (timing.low, timing.high) == pytest.approx((2, 2))


@pytest.mark.parametrize(
    ("ratio", "low", "high", "state"),
    [
        (1.9, 1.8, 2.0, "faster"),
        (1.9, 1.0, 2.0, "tie"),  # a quarter of the pairs says the opposite
        (1.15, 1.05, 1.3, "faster"),
        (1.14, 1.10, 1.3, "tie"),
        (1.0, 0.98, 1.02, "tie"),
        (0.9, 0.88, 0.92, "tie"),
        (0.8, 0.75, 0.85, "slower"),
        (0.8, 0.75, 0.99, "tie"),
    ],
)
def test_states_of_speed(ratio: float, low: float, high: float, state: str) -> None:
    assert speed_state(ratio, low, high) == state


def test_repeated_measurements_of_one_text_have_one_state() -> None:
    """Medians of ten pairs with the scatter of a quiet machine, 5 % per run."""
    generator = np.random.default_rng(0)

    def measured(ratio: float) -> str:
        pruned, dense = (1 + 0.05 * generator.standard_normal((2, 10))).clip(0.5)
        return paired_timing(pruned, dense * ratio).state

    for ratio, state in ((0.7, "slower"), (1.0, "tie"), (1.05, "tie"), (1.35, "faster"), (2.0, "faster")):
        assert {measured(ratio) for _ in range(200)} == {state}, ratio


def test_two_never_measure_at_once_and_the_stopwatch_rests() -> None:
    watch = Stopwatch()

    def long() -> str:
        assert watch.measure(lambda: "second", patience_s=0.1) is None
        return "first"

    assert watch.measure(long) == "first"
    started = time.perf_counter()
    assert watch.measure(lambda: "rested", patience_s=0.1) == "rested", (
        "a single session waits for the rest only"
    )
    assert time.perf_counter() - started > 0.1, "after a tenth of a second in use it rests for two tenths"


def test_waiting_for_the_stopwatch_can_be_interrupted_and_a_failure_releases_it() -> None:
    watch = Stopwatch()

    def fails() -> None:
        with pytest.raises(KeyError):
            watch.measure(lambda: None, patience_s=60, while_waiting=lambda: {}["called away"])
        raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own"):
        watch.measure(fails)
    assert watch.measure(lambda: 1, patience_s=60) == 1
