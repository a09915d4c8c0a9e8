"""A package token: tokens below the threshold are packed into one instead of being dropped.

Dong et al., HeatViT, HPCA 2023, section III: less informative tokens become one token, their mean weighted by
their scores, `sum(s_j x_j) / sum(s_j)` over `s_j < theta_l`. Here the choice is LTP's (score against
threshold) and the package takes the place of its highest-scored member; in later layers it is scored like any
token and may be packed again. Left out: the learned selector per head and the 8-bit approximations.
"""

from dataclasses import dataclass

import torch

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.scores import hard_mask


@dataclass(frozen=True)
class PackageRule:
    """Pack all tokens of a text below the layer's threshold into one."""

    thresholds: tuple[float, ...]  # (L,)

    def can_reduce(self, layer: int) -> bool:
        """A threshold of 0 or less packs nothing."""
        return self.thresholds[layer] > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """Tokens below the threshold are carried by the highest-scored one of them."""
        stays = hard_mask(seen.scores, self.thresholds[seen.layer]) | seen.protected
        own = torch.arange(len(stays), device=stays.device)
        carrier = own.clone()
        for rows in seen.per_text():
            packed = own[rows][~stays[rows]]
            if len(packed):
                carrier[packed] = packed[seen.scores[packed].argmax()]
        return Reduction(carrier == own, carrier, seen.scores.clamp_min(1e-12))
