"""Learned Thresholds Token Merging and Pruning: first merge by threshold, then prune by threshold.

Bonnaerens and Dambre, TMLR 2023. Between attention and feed-forward part, pairs whose similarity (`matching`)
is at least the merging threshold, `cos(k_i, k_j) >= tau`, merge; then tokens whose importance, the
attention received, is below the pruning threshold are dropped, `s_j < theta_l`. A merged token's importance
is the mean over its parts. Left out: both thresholds are learned there, per layer; here the pruning
thresholds are those that LTP learned, times one scale, and one merging threshold is calibrated for all
layers.
"""

from dataclasses import dataclass

import torch

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.matching import merged_carriers
from ltp_viz.core.scores import hard_mask


@dataclass(frozen=True)
class MergeAndPruneRule:
    """Merge pairs at least as similar as `similarity`, then drop where scores are below the thresholds."""

    similarity: float  # cosine of keys; above 1, nothing merges
    thresholds: tuple[float, ...]  # (L,)

    def can_reduce(self, layer: int) -> bool:
        """Where a pair may merge or a threshold may drop."""
        return self.similarity <= 1 or self.thresholds[layer] > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """Merge pairs, then prune what is left."""
        own = torch.arange(len(seen.scores), device=seen.scores.device)
        carrier = merged_carriers(seen, least_similarity=self.similarity) if self.similarity <= 1 else own
        parts = torch.bincount(carrier, minlength=len(carrier)).clamp_min(1)
        importance = torch.zeros_like(seen.scores).index_add(0, carrier, seen.scores) / parts
        stays = hard_mask(importance, self.thresholds[seen.layer]) | seen.protected
        keep = (carrier == own) & stays
        return Reduction(keep, torch.where(keep[carrier], carrier, -1))
