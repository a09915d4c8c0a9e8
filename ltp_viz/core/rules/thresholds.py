"""Learned Token Pruning: drop a token whose score is below the layer's threshold.

Kim et al., Learned Token Pruning for Transformers, KDD 2022, equation 4: drop token `j` in layer `l` where
`s_j < theta_l`. With one threshold per layer learned, it is LTP; with a threshold chosen by hand for all
layers, the published code's "absolute threshold". Left out: nothing of the rule; the soft masks by which
thresholds are learned are in `training/soft_pruning.py`.
"""

from dataclasses import dataclass

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.scores import hard_mask


@dataclass(frozen=True)
class ThresholdRule:
    """Drop where the score is below the layer's threshold."""

    thresholds: tuple[float, ...]  # (L,)

    def can_reduce(self, layer: int) -> bool:
        """A threshold of 0 or less drops nothing."""
        return self.thresholds[layer] > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep scores at or above the layer's threshold."""
        return Reduction(hard_mask(seen.scores, self.thresholds[seen.layer]))
