"""Token Merging: the most similar pairs become one token, and nothing is dropped.

Bolya et al., Token Merging: Your ViT But Faster, ICLR 2023. Per layer `r` pairs merge by bipartite soft
matching on keys (`matching`); a merged token is the mean weighted by sizes, `sum(m_i x_i) / sum(m_i)`, and
attention adds the logarithm of its size, `softmax(Q K^T / sqrt(d) + log m)`, so that it is read as often as
its parts. Left out: merged rows keep their order in the text, where the published code puts all even places
first; `r` is a share of the text's length, because texts differ in length. The cost of matching (some 1 %
of a layer) is not in the FLOPs.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.matching import merged_carriers
from ltp_viz.core.rules.schedules import rounding_point


@dataclass(frozen=True)
class MergeRule:
    """Merge a fixed share of each text's length per layer, at most half of what is left."""

    rate: float  # 0 to 0.5

    def can_reduce(self, layer: int) -> bool:
        """Any rate above 0 may merge."""
        return self.rate > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """The most similar pairs merge."""
        return Reduction(*merged_pairs(seen, removed_counts(self.rate, seen)))


def removed_counts(rate: float, seen: LayerView) -> list[int]:
    """Tokens that each text loses in this layer when layers lose `rate` of its length on average."""
    offset = rounding_point(seen.layer)
    return [math.floor(rate * length + offset) for length in seen.entered.text_lengths]


def merged_pairs(seen: LayerView, counts: list[int]) -> tuple[Tensor, Tensor]:
    """Keep mask and carriers (T,) when the `counts[b]` most similar pairs of text b merge."""
    carrier = merged_carriers(seen, counts)
    return carrier == torch.arange(len(carrier), device=carrier.device), carrier
