"""Bipartite soft matching: which token would merge into which, and how alike they are.

Bolya et al., Token Merging, ICLR 2023, section 3: tokens at even places look for their most similar partner
among those at odd places; similarity is the cosine of the keys. One pass, no clustering.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ltp_viz.core.reduction import LayerView


@dataclass(frozen=True)
class Matching:
    """One partner for each of E tokens at even places, most similar pair first."""

    sources: Tensor  # (E,) row of the token that would merge
    targets: Tensor  # (E,) row that it would merge into
    similarity: Tensor  # (E,) cosine, falling


def match(keys: Tensor, protected: Tensor) -> Matching:
    """Match the tokens of one text by keys (n, h). Where `protected` (n,) is true, a token neither merges nor
    is merged into."""
    free = ~protected
    keys = F.normalize(keys.float(), dim=-1)
    places = torch.arange(len(keys), device=keys.device)
    even, odd = places[0::2], places[1::2]
    even, odd = even[free[even]], odd[free[odd]]
    if not len(even) or not len(odd):
        nothing = even[:0]
        return Matching(nothing, nothing, keys.new_zeros(0))
    similarity, partner = (keys[even] @ keys[odd].T).max(1)
    order = similarity.argsort(descending=True, stable=True)
    return Matching(even[order], odd[partner[order]], similarity[order])


def merged_carriers(seen: LayerView, how_many: Callable[[int, Matching], int]) -> Tensor:
    """Row that carries each token, (T,), when so many of each text's most similar pairs merge; itself where
    none does. `how_many` gets the number of the text in the batch and its pairs."""
    keys = seen.keys()
    carrier = torch.arange(len(keys), device=keys.device)
    for text, rows in enumerate(seen.per_text()):
        pairs = match(keys[rows], seen.protected[rows])
        count = how_many(text, pairs)
        carrier[rows.start + pairs.sources[:count]] = rows.start + pairs.targets[:count]
    return carrier
