"""Keep the target, rank the context by its influence on it: inspired by ToPi.

Lin et al., Token Pruning for In-Context Generation in Diffusion Transformers, 2026 (arXiv 2602.01609), prune
reference tokens by how much the generated image attends to them, and never the image itself. The analogue in
a classifier: of a pair of texts, the second is the target and the first the context; of a single text, the
target is the first token, which the head reads. Influence is the attention that target tokens `T` pay,
`sum_{i in T} mean_h A[h, i, j]`. Inspired by, not a port: there is no diffusion here, no choice of pivotal
layers, and no update over time steps.
"""

from dataclasses import dataclass

from torch import Tensor

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ranking import keep_highest


@dataclass(frozen=True)
class InContextRule:
    """Keep all target tokens, and the most influential of the context at the layer's rate."""

    rates: tuple[float, ...]  # (L,) 0 to 1, of the context's full length

    def can_reduce(self, layer: int) -> bool:
        """Only where the schedule keeps less than all."""
        return self.rates[layer] < 1.0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep the target tokens and, of the context, what they attend to most."""
        target = target_tokens(seen)
        influence = seen.attention_from(target).masked_fill(target, float("inf"))
        targets = [int(target[rows].sum()) for rows in seen.per_text()]
        rate = self.rates[seen.layer]
        counts = [
            count + round(rate * (length - count))
            for count, length in zip(targets, seen.entered.text_lengths, strict=True)
        ]
        return Reduction(keep_highest(influence, seen, counts))


def target_tokens(seen: LayerView) -> Tensor:
    """True for the second text of a pair, or for protected tokens, (T,)."""
    segments = seen.entered.segments
    return seen.protected if segments is None else seen.protected | (segments == 1)
