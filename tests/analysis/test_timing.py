"""What is timed is what is shown. (How long it takes is measured in tests/bench.)"""

import numpy as np

from ltp_viz import TextClassifier
from ltp_viz.analysis.timing import time_pair


def test_the_timed_forward_gives_the_logits_of_the_trace(classifier: TextClassifier) -> None:
    trace = classifier.trace("A warm, funny little film.", global_scale=1.3)
    np.testing.assert_allclose(classifier.logits(trace.source, 1.3), trace.logits, atol=1e-5)


def test_at_least_three_pairs_even_without_budget(classifier: TextClassifier) -> None:
    timing = time_pair(classifier, classifier.tokenize("a film"), 1.0, [1.0] * 6, budget_s=0.0)
    assert timing.pairs == 3
    assert timing.pruned_s > 0 and timing.speed_up == timing.dense_s / timing.pruned_s
