"""PPT: each text prunes or pools, by how unequal its scores are.

Wu et al., PPT: Token Pruning and Pooling for Efficient Vision Transformers, 2023 (arXiv 2310.01812). Where
the scores of a layer vary more than a threshold, `Var(s) / mean(s)^2 > v`, some tokens clearly matter less,
and the lowest are pruned; where they vary less, tokens are merely alike, and the most similar pairs are
pooled as in ToMe. Both remove the same number. Left out: scores there are attention from [CLS] times the norm
of values; here LTP's. Their variance is measured in units of their mean, because texts differ in length.
"""

from dataclasses import dataclass

import torch

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ranking import keep_highest
from ltp_viz.core.rules.tome import merged_pairs, removed_counts


@dataclass(frozen=True)
class PruneOrPoolRule:
    """Remove a fixed share of each text's length per layer, by dropping or by merging."""

    rate: float  # 0 to 0.5
    variance: float  # of scores over their mean; texts above it prune

    def can_reduce(self, layer: int) -> bool:
        """Any rate above 0 may remove."""
        return self.rate > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """Texts whose scores differ prune, the others pool."""
        counts = removed_counts(self.rate, seen)
        prunes = [relative_variance(seen, rows) > self.variance for rows in seen.per_text()]
        pooled = [0 if prune else count for prune, count in zip(prunes, counts, strict=True)]
        kept = [
            length - count if prune else length
            for prune, length, count in zip(prunes, seen.entered.lengths, counts, strict=True)
        ]
        stays, carrier = merged_pairs(seen, pooled)
        pruned = ~keep_highest(seen.scores, seen, kept)
        return Reduction(stays & ~pruned, torch.where(pruned, -1, carrier))


def relative_variance(seen: LayerView, rows: slice) -> float:
    """Variance of one text's scores in units of their mean, squared; protected tokens left out."""
    scores = seen.scores[rows][~seen.protected[rows]]
    if len(scores) < 2:
        return 0.0
    return float(scores.var(correction=0) / scores.mean().clamp_min(1e-12) ** 2)
