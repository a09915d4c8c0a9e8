"""The definition of attention over packed texts, with the attention each token receives.

Every other module of this package computes the same faster and is tested against this one. Nothing calls it
at run time: it holds the (H, n, n) matrix of each text in memory.

Shapes: T tokens in the packed batch, H heads, h head width, n tokens of one text.
"""

import torch
from torch import Tensor

from ltp_viz.core.attention.relation import ALL_HEADS, NO_RELATION, Relation


def reference_attention(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    presence: Tensor | None = None,
    positions: Tensor | None = None,
    relation: Relation = NO_RELATION,
) -> tuple[Tensor, Tensor]:
    """`A_h = softmax(Q_h K_h^T / sqrt(h))`, its output `A_h V_h`, and `sum_h sum_i A_h[i, j]`.

    Vaswani et al. 2017, equation 1; the column sums are those of Kim et al. 2022, equation 3.
    Takes (T, 3, H, h); returns the output (T, H * h) and the attention each token receives, (T,).

    `presence` (T,), 1 for a token that is there once, weighs keys and, in the sums, queries:
    `A_h[i, j] p_j / sum_k A_h[i, k] p_k`, and the sum over `i` of `p_i` times that.

    `relation` adds to the logits, or hides, what the distance of two tokens at `positions` (T,) says.
    """
    positions = torch.zeros(len(query_key_value), dtype=torch.long) if positions is None else positions
    presence = query_key_value.new_ones(len(query_key_value)) if presence is None else presence
    outputs, sums = [], []
    texts = (query_key_value.split(lengths), presence.split(lengths), positions.split(lengths))
    for text, there, at in zip(*texts, strict=True):
        query, key, value = text.permute(1, 2, 0, 3)  # (H, n, h) each
        logits = query @ key.transpose(1, 2) / query.shape[-1] ** 0.5  # (H, n, n)
        logits = _related(logits, query, key, at[:, None] - at, relation)
        weighted = logits.softmax(-1) * there  # (H, n, n), presence of the key
        probabilities = weighted / weighted.sum(-1, keepdim=True)  # (H, n, n)
        outputs.append((probabilities @ value).transpose(0, 1).flatten(1))  # (n, H * h)
        sums.append((probabilities * there[:, None]).sum((0, 1)))  # (n,)
    return torch.cat(outputs), torch.cat(sums)


def _related(logits: Tensor, query: Tensor, key: Tensor, distances: Tensor, relation: Relation) -> Tensor:
    """Logits (H, n, n) with what distances (n, n) make of them."""
    if relation.terms is not None:
        scaled = query / query.shape[-1] ** 0.5
        logits = logits + relation.terms(key[None], ALL_HEADS)(scaled[None], distances[None])[0]
    return logits.masked_fill(relation.hides(distances), float("-inf"))
