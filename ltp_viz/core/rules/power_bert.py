"""PoWER-BERT: fixed counts per layer, by attention received from others.

Goyal et al., PoWER-BERT, ICML 2020, section 3.2: the significance of token `j` is
`sum_h sum_{i != j} A_h[i, j]`, the column without the diagonal; layer `l` keeps the `count_l` most
significant. Counts are absolute, so a short text may lose nothing where a long one loses most.
Left out: the counts are learned there, by soft-extract layers and a fine-tune; here they are calibrated as
the numbers of tokens that hold a wanted share of the significance.
"""

from dataclasses import dataclass

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ranking import keep_highest


@dataclass(frozen=True)
class PowerBertRule:
    """Keep the `counts[layer]` tokens that receive most attention from other tokens."""

    counts: tuple[int, ...]  # (L,)

    def can_reduce(self, layer: int) -> bool:
        """Any count may be less than a text's length."""
        return True

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep the most significant tokens."""
        counts = [self.counts[seen.layer]] * len(seen.entered.lengths)
        longest = max(seen.entered.lengths)
        # Where all are kept, nothing needs ranking.
        significance = seen.scores if counts[0] >= longest else seen.attention_from_others()
        return Reduction(keep_highest(significance, seen, counts))
