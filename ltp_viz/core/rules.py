"""Drop rules: scores of one layer in, keep mask out. A rule knows no model.

The learned thresholds are LTP's own; the two others are the baselines of the published code.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.scores import hard_mask


class DropRule(Protocol):
    """Decides which tokens survive a layer. Protection of positions is the encoder's business."""

    def can_drop(self, layer: int) -> bool:
        """Whether scores are needed in this layer at all."""
        ...

    def keep(self, layer: int, scores: Tensor, batch: PackedBatch) -> Tensor:
        """True where a token stays, (T,), from its score (T,)."""
        ...


@dataclass(frozen=True)
class ThresholdRule:
    """LTP: drop where `score < threshold` of the layer (Kim et al. 2022, equation 4)."""

    thresholds: tuple[float, ...]

    def can_drop(self, layer: int) -> bool:
        """A threshold of 0 or less drops nothing."""
        return self.thresholds[layer] > 0

    def keep(self, layer: int, scores: Tensor, batch: PackedBatch) -> Tensor:
        """Scores at or above the layer's threshold stay."""
        return hard_mask(scores, self.thresholds[layer])


@dataclass(frozen=True)
class RelativeThresholdRule:
    """Drop where the score is below a fraction of the highest score in the same text."""

    fraction: float

    def can_drop(self, layer: int) -> bool:
        """Any fraction above 0 may drop."""
        return self.fraction > 0

    def keep(self, layer: int, scores: Tensor, batch: PackedBatch) -> Tensor:
        """Scores at or above the fraction of the text's highest stay."""
        highest = scores.new_zeros(len(batch.lengths))
        highest = highest.scatter_reduce(0, batch.text_index, scores, "amax")
        return scores >= self.fraction * highest[batch.text_index]


@dataclass(frozen=True)
class TopKRule:
    """Keep the highest scores at a rate that falls linearly to the last layer.

    The LTP paper's SpAtten baseline: the first `max(3, ceil(0.15 L))` layers keep all. The rate is of
    the text's full length, and at least one token stays.
    """

    final_rate: float
    num_layers: int

    def rate(self, layer: int) -> float:
        """Share of the full text that this layer keeps."""
        full_layers = max(3, -(-15 * self.num_layers // 100))
        if layer < full_layers:
            return 1.0
        progress = (layer - full_layers + 1) / (self.num_layers - full_layers)
        return 1.0 - progress * (1.0 - max(0.01, self.final_rate))

    def can_drop(self, layer: int) -> bool:
        """Only where the schedule keeps less than all."""
        return self.rate(layer) < 1.0

    def keep(self, layer: int, scores: Tensor, batch: PackedBatch) -> Tensor:
        """The highest scores stay, as many as the layer's rate of the text's length."""
        keep = torch.zeros_like(scores, dtype=torch.bool)
        start = 0
        rate = self.rate(layer)
        for length, text_length in zip(batch.lengths, batch.text_lengths, strict=True):
            wanted = min(length, max(1, round(text_length * rate)))
            # The first token counts among the kept: the encoder protects it in any case.
            text_scores = scores[start : start + length].clone()
            text_scores[0] = float("inf")
            keep[start + text_scores.topk(wanted).indices] = True
            start += length
        return keep
