"""The timed run is the one that is shown. (tests/bench measures how long it takes.)"""

import time

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.timing import Stopwatch, time_pair


def test_the_timed_forward_gives_the_logits_of_the_trace(classifier: TextClassifier) -> None:
    trace = classifier.trace("A warm, funny little film.", global_scale=1.3)
    np.testing.assert_allclose(classifier.logits(trace.source, 1.3), trace.logits, atol=1e-5)


def test_at_least_three_pairs_even_without_budget(classifier: TextClassifier) -> None:
    timing = time_pair(classifier, classifier.tokenize("a film"), 1.0, [1.0] * 6, budget_s=0.0)
    assert timing.pairs == 3
    assert timing.pruned_s > 0 and timing.speed_up == timing.dense_s / timing.pruned_s


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
