"""Baselines that ignore the scores: every rule should do better.

`RandomRule` ranks positions in a random order that a seed fixes, the same for all texts and layers, so that a
text's result depends neither on its batch nor on the day. `PositionRule` keeps the beginning, or the end.
"""

from dataclasses import dataclass
from typing import Literal

import torch

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ranking import counts_at_rate, keep_highest

# Numbers drawn at once, more than any text has tokens: a longer neighbour must not change what is drawn.
_DRAWN = 1 << 14


@dataclass(frozen=True)
class RandomRule:
    """Keep tokens at random, at the layer's rate of the text's length."""

    rates: tuple[float, ...]  # (L,) 0 to 1
    seed: int = 0

    def can_reduce(self, layer: int) -> bool:
        """Where the schedule keeps less than all."""
        return self.rates[layer] < 1.0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep the tokens with the highest numbers drawn."""
        positions = seen.entered.positions
        generator = torch.Generator().manual_seed(self.seed)
        drawn = torch.rand(_DRAWN, generator=generator, dtype=torch.float32).to(positions.device)
        counts = counts_at_rate(self.rates[seen.layer], seen)
        return Reduction(keep_highest(drawn[positions], seen, counts))


@dataclass(frozen=True)
class PositionRule:
    """Keep one end of the text, at the layer's rate of its length."""

    rates: tuple[float, ...]  # (L,) 0 to 1
    keeps: Literal["beginning", "end"] = "beginning"

    def can_reduce(self, layer: int) -> bool:
        """Where the schedule keeps less than all."""
        return self.rates[layer] < 1.0

    def reduce(self, seen: LayerView) -> Reduction:
        """Keep the tokens nearest to the chosen end."""
        positions = seen.entered.positions.float()
        ranks = -positions if self.keeps == "beginning" else positions
        counts = counts_at_rate(self.rates[seen.layer], seen)
        return Reduction(keep_highest(ranks, seen, counts))
