"""Length-Adaptive Transformer: fixed counts per layer, by attention received, diagonal included.

Kim and Cho, Length-Adaptive Transformer, ACL 2021, section 3.1 (LengthDrop): tokens are ranked as in
PoWER-BERT, but a token's attention to itself counts, `s_j ~ sum_{h, i} A[h, i, j]`; the number kept shrinks
by a factor from layer to layer. Left out: training under random lengths, the evolutionary search for a length
per layer, and bringing dropped tokens back for tasks that label tokens.
"""

from dataclasses import dataclass

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ranking import keep_highest


@dataclass(frozen=True)
class LengthAdaptiveRule:
    """Keep the `counts[layer]` tokens with the highest scores."""

    counts: tuple[int, ...]  # (L,)

    def can_reduce(self, layer: int) -> bool:
        """Any count may be less than a text's length."""
        return True

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep the tokens that receive most attention."""
        counts = [self.counts[seen.layer]] * len(seen.entered.lengths)
        return Reduction(keep_highest(seen.scores, seen, counts))
