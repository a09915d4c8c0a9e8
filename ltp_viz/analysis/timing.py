"""Measured time of the pruned and the dense forward of one text, side by side."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier


@dataclass(frozen=True)
class PairedTiming:
    """Medians over `pairs` alternating runs on this machine, encoder and head, in seconds."""

    pruned_s: float
    dense_s: float
    pairs: int

    @property
    def speed_up(self) -> float:
        """Dense time over pruned time."""
        return self.dense_s / self.pruned_s


def time_pair(
    classifier: TextClassifier,
    source: TokenizedText,
    global_scale: float,
    layer_scales: Sequence[float],
    budget_s: float = 0.15,
    max_pairs: int = 15,
) -> PairedTiming:
    """Alternate pruned and dense runs, at least three pairs after one to warm up, within about `budget_s`.

    Both run in the same engine on one text; dense means scale 0, where no scores are computed.
    """
    pruned: list[float] = []
    dense: list[float] = []
    deadline = time.perf_counter() + budget_s
    while len(pruned) < 4 or (time.perf_counter() < deadline and len(pruned) <= max_pairs):
        for times, scale in ((pruned, global_scale), (dense, 0.0)):
            started = time.perf_counter()
            classifier.logits(source, scale, layer_scales)
            times.append(time.perf_counter() - started)
    return PairedTiming(statistics.median(pruned[1:]), statistics.median(dense[1:]), len(pruned) - 1)
