"""Bipartite soft matching: which token would merge into which, and how alike they are.

Bolya et al., Token Merging, ICLR 2023, section 3: tokens at even places look for their most similar partner
among those at odd places; similarity is the cosine of the keys. One pass, no clustering.
"""

from collections.abc import Sequence
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


def merged_carriers(
    seen: LayerView, most: Sequence[int] | None = None, least_similarity: float = float("-inf")
) -> Tensor:
    """Row that carries each token, (T,), when each text's pairs merge that are at least so similar, the most
    similar ones first and `most[b]` of text b at most; itself where none does."""
    keys = seen.keys()
    carrier = torch.arange(len(keys), device=keys.device)
    for text, rows in enumerate(seen.per_text()):
        if most is not None and most[text] <= 0:
            continue
        pairs = match(keys[rows], seen.protected[rows])
        alike = int((pairs.similarity >= least_similarity).sum())
        count = alike if most is None else min(alike, most[text])
        carrier[rows.start + pairs.sources[:count]] = rows.start + pairs.targets[:count]
    return carrier
