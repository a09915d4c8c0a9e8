"""Top-k by the scores of the current layer: the baseline that LTP's authors name after SpAtten.

Kim et al. 2022, section 5.1, compare with "SpAtten's schedule": each layer keeps the highest of its own
scores, at a rate `r_l` of the text's full length `n` that is fixed beforehand (`schedules.spatten_rates`):
token `j` is kept where `s_j` is among the `round(r_l n)` highest. SpAtten itself sums scores over layers
(`spatten`); its head pruning and quantisation are in neither.
"""

from dataclasses import dataclass

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ranking import counts_at_rate, keep_highest


@dataclass(frozen=True)
class TopKRule:
    """Keep each text's highest scores, as many as the layer's rate of its full length."""

    rates: tuple[float, ...]  # (L,) 0 to 1

    def can_reduce(self, layer: int) -> bool:
        """Only where the schedule keeps less than all."""
        return self.rates[layer] < 1.0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep the highest scores."""
        counts = counts_at_rate(self.rates[seen.layer], seen)
        return Reduction(keep_highest(seen.scores, seen, counts))
