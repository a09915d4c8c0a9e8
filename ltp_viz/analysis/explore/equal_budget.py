"""Layer scales under which every layer drops about the same share, at the same cost.

Learned thresholds drop much in one layer and little in another; this shows what an even schedule of equal
cost would decide. It searches one number, the share r that each layer keeps, until a real run reaches the
target cost. Sliders and links carry the scales, so every run of the search uses rounded ones.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ltp_viz.core.flops import run_macs
from ltp_viz.core.forced import NOTHING_FORCED, ForcedRule, ForcedTokens
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, LayerView, Reduction
from ltp_viz.core.rules.schedules import rounding_point
from ltp_viz.core.scores import hard_mask
from ltp_viz.core.search import search_setting
from ltp_viz.data.classifier import AnalysedText

# Layer scales are rounded to this step, so that a link can carry them.
_STEP = 0.01
# The search ends once r changes no layer by more than this many tokens.
_FINEST = 1 / 32


@dataclass(frozen=True)
class EvenBudget:
    """Layer scales (L,) of an even schedule, its cost for the text, and the target cost."""

    layer_scales: tuple[float, ...]
    macs: int
    target_macs: int


def even_layer_scales(
    analysed: AnalysedText,
    global_scale: float,
    layer_scales: Sequence[float] | None = None,
    forced: ForcedTokens = NOTHING_FORCED,
    max_scale: float = 3.0,
) -> EvenBudget:
    """Layer scales from 0 to `max_scale` at which each layer drops about the same share of what enters it,
    at the MACs of the text's run under the given settings. Leaves the text at the run of the result.

    A layer whose learned threshold, or whose global scale, is 0 cannot prune and keeps scale 1. If
    `max_scale` limits a layer, the others drop more; if it limits all layers, the cost stays above the
    target. Raises ValueError as `TextClassifier.trace` does.
    """
    config = analysed.classifier.config
    protected = frozenset(config.always_kept)
    target = analysed.trace(global_scale, layer_scales, forced).macs
    tried: dict[float, tuple[float, ...]] = {}
    previous: tuple[LayerStep, ...] = ()

    def macs_at(share: float) -> int:
        nonlocal previous
        rule = _EvenRule(share, global_scale, tuple(config.thresholds), max_scale, forced, protected)
        run = analysed.classifier.run([analysed.source], ForcedRule(rule, forced), previous=previous)
        tried[share], previous = rule.layer_scales(run.steps), run.steps
        return int(run_macs(run, config)[0])

    finest = _FINEST / len(analysed.source.tokens)
    best = tried[search_setting(macs_at, target, rises=True, finest=finest).setting]
    return EvenBudget(best, analysed.trace(global_scale, best, forced).macs, target)


@dataclass(frozen=True)
class _EvenRule:
    """Drops by thresholds chosen so that each layer keeps about `share` of its tokens."""

    share: float
    global_scale: float
    learned: tuple[float, ...]
    max_scale: float
    forced: ForcedTokens
    protected: frozenset[int]

    def can_reduce(self, layer: int) -> bool:
        """Whether a scale has any effect in this layer."""
        return self.global_scale * self.learned[layer] > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """The decision of `ThresholdRule` at the chosen scale."""
        scale = self.layer_scale(seen.layer, seen.scores, seen.entered)
        return Reduction(hard_mask(seen.scores, self.global_scale * scale * self.learned[seen.layer]))

    def layer_scale(self, layer: int, scores: Tensor, batch: PackedBatch) -> float:
        """The scale that places the threshold between the last token to keep and the first one to drop."""
        gone = {*self.forced.drop} if layer == 0 else set()
        fixed = {*self.protected, *self.forced.keep, *gone}
        pairs = zip(scores.tolist(), batch.positions.tolist(), strict=True)
        free = sorted(score for score, position in pairs if position not in fixed)
        if not free:
            return 1.0
        kept = math.floor(self.share * len(scores) + rounding_point(layer))
        dropped = min(max(0, len(scores) - kept - len(gone)), len(free))
        step = _STEP * self.global_scale * self.learned[layer]
        below = free[dropped - 1] if dropped else 0.0
        above = free[dropped] if dropped < len(free) else below + 2 * step
        return round(round(min((below + above) / 2 / step, self.max_scale / _STEP)) * _STEP, 2)

    def layer_scales(self, steps: Sequence[LayerStep]) -> tuple[float, ...]:
        """The scales (L,) that a run used; 1 for a layer without an effect."""
        scales = [1.0] * len(steps)
        for layer, step in enumerate(steps):
            if self.can_reduce(layer) and step.scores is not None:
                scales[layer] = self.layer_scale(layer, step.scores, step.attended)
        return tuple(scales)
