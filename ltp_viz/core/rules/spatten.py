"""SpAtten's cascade token pruning: importance accumulates over the layers, then top-k.

Wang et al., SpAtten, HPCA 2021, algorithm 2: a token's importance is the attention probability it received,
summed over heads, queries and all layers so far, `I_j = sum_{k <= l} s_j^(k)`; each layer keeps the
`round(r_l n)` most important of a text's `n`, at rates fixed beforehand. Left out: head pruning, local value
pruning and progressive quantisation, which save no tokens.
"""

from dataclasses import dataclass

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ranking import counts_at_rate, keep_highest


@dataclass(frozen=True)
class SpAttenRule:
    """Keep what received most attention in this layer and all before it."""

    rates: tuple[float, ...]  # (L,) 0 to 1, of the text's full length

    def can_reduce(self, layer: int) -> bool:
        """Importance accumulates from the first layer on, so layers before the last drop must be scored."""
        return min(self.rates[layer:]) < 1.0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep the highest sums of scores."""
        counts = counts_at_rate(self.rates[seen.layer], seen)
        return Reduction(keep_highest(seen.accumulated_scores(), seen, counts))
