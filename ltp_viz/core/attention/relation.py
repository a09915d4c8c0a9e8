"""What a layer's attention makes of the distance of two tokens, beyond their queries and keys.

Distances are counted in the full text: a dropped token leaves the distances of the others as they were.
Shapes: b texts, H heads, H' of them, h head width, t queries, k keys.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# From queries (b, H', t, h), divided by sqrt(h), and distances query - key (b, t, k) to what is added to the
# logits, (b, H', t, k).
Added = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Relation:
    """How distances enter one layer's attention. Without a window and terms: not at all."""

    # Farthest distance at which a token is read; None: any.
    window: int | None = None
    # From all keys (b, H', k, h) of some texts and the heads that they belong to, to what is added to their
    # logits; None: nothing.
    terms: Callable[[Tensor, slice], Added] | None = None
    # How many numbers `terms` computes for each key of each head, and keeps for all queries.
    numbers_per_key: int = 0

    def hides(self, distances: Tensor) -> Tensor:
        """True where a key is too far from a query, (..., t, k)."""
        if self.window is None:
            return torch.zeros_like(distances, dtype=torch.bool)
        return distances.abs() > self.window


ALL_HEADS = slice(None)
NO_RELATION = Relation()
