"""A threshold relative to the highest score of the same text.

The "token threshold" of LTP's published code, chosen by hand: keep token `j` where `s_j >= f max_i s_i`. It
follows the text's own range of scores, and takes the same fraction in every layer. Left out: nothing.
"""

from dataclasses import dataclass

from ltp_viz.core.reduction import LayerView, Reduction


@dataclass(frozen=True)
class RelativeThresholdRule:
    """Drop where the score is below a fraction of the highest score in the same text."""

    fraction: float  # 0 to 1

    def can_reduce(self, layer: int) -> bool:
        """Any fraction above 0 may drop."""
        return self.fraction > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep scores at or above the fraction of the text's highest."""
        scores, batch = seen.scores, seen.entered
        highest = scores.new_zeros(len(batch.lengths))
        highest = highest.scatter_reduce(0, batch.text_index, scores, "amax")
        return Reduction(scores >= self.fraction * highest[batch.text_index])
