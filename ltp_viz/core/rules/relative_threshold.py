"""A threshold relative to the highest score of the same text.

The "token threshold" of LTP's published code, chosen by hand: keep token `j` where `s_j >= f max_i s_i`. It
follows the text's own range of scores, and takes the same fraction in every layer, or one for each (the
code's "rising" mode). Left out: nothing.
"""

from dataclasses import dataclass

from ltp_viz.core.reduction import LayerView, Reduction


@dataclass(frozen=True)
class RelativeThresholdRule:
    """Drop where the score is below a fraction of the highest score in the same text."""

    fraction: float | tuple[float, ...]  # 0 to 1, of every layer or (L,) of each

    def of_layers(self, num_layers: int) -> tuple[float, ...]:
        """The fraction of each layer, (L,)."""
        return self.fraction if isinstance(self.fraction, tuple) else (self.fraction,) * num_layers

    def _of(self, layer: int) -> float:
        return self.of_layers(layer + 1)[layer]

    def can_reduce(self, layer: int) -> bool:
        """Any fraction above 0 may drop."""
        return self._of(layer) > 0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep scores at or above the fraction of the text's highest."""
        scores, batch = seen.scores, seen.entered
        highest = scores.new_zeros(len(batch.lengths))
        highest = highest.scatter_reduce(0, batch.text_index, scores, "amax")
        return Reduction(scores >= self._of(seen.layer) * highest[batch.text_index])
