"""Attention and column sums of several short texts at once, padded to the longest.

Computes `reference.py` faster and is tested against it. Differentiable, so training uses it too.
Shapes: T tokens in the group, H heads, h head width, b texts, n longest of them.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ltp_viz.core.attention.groups import Padding


def padded_attention(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    dropout: float = 0.0,
    presence: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Output (T, H * h) and attention received (T,) of one group of texts, (T, 3, H, h)."""
    count, longest = len(lengths), max(lengths)
    _, _, heads, width = query_key_value.shape
    padding = Padding.of(lengths, query_key_value.device)
    grid = query_key_value if padding is None else query_key_value.index_select(0, padding.rows)
    # Heads first: one copy lays out all three factors, and the batch of products is (H * b).
    factors = grid.permute(1, 2, 0, 3).reshape(3, heads * count, longest, width)
    query, key, value = factors[0] * width**-0.5, factors[1], factors[2]  # (H * b, n, h) each
    logits = (query @ key.transpose(1, 2)).view(heads, count, longest, longest)
    if padding is not None:
        logits = logits.masked_fill(~padding.alive[:, None, :], float("-inf"))
    probabilities = logits.softmax(-1, dtype=torch.float32)  # (H, b, n, n)
    if presence is not None:
        there = presence if padding is None else presence.index_select(0, padding.rows)
        there = there.view(count, longest)
        probabilities = reweighted(probabilities, there[:, None, :])
    received = probabilities.sum(0)  # (b, n, n)
    if presence is not None:
        received = received * there[:, :, None]
    if padding is not None:
        received = received * padding.alive[:, :, None]
    column_sums = received.sum(1).flatten()  # (b * n,)
    dropped = F.dropout(probabilities, dropout).to(value.dtype)
    mixed = dropped.view(heads * count, longest, longest) @ value  # (H * b, n, h)
    output = mixed.view(heads, count * longest, width).transpose(0, 1).reshape(count * longest, -1)
    if padding is None:
        return output, column_sums
    return output.index_select(0, padding.slots), column_sums.index_select(0, padding.slots)


def reweighted(probabilities: Tensor, presence: Tensor) -> Tensor:
    """Probabilities (..., n) among tokens that are there only in part, (..., n)."""
    weighted = probabilities * presence
    return weighted / weighted.sum(-1, keepdim=True).clamp_min(1e-9)
