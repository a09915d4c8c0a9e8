"""Attention and column sums of one long text, a tile of queries at a time: no (H, n, n) matrix in memory.

Computes `reference.py` faster and is tested against it. Differentiable, so training uses it too.
Shapes: H heads, h head width, n tokens of the text.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ltp_viz.core.attention.padded import reweighted
from ltp_viz.core.limits import limits_of


def tiled_attention(
    query_key_value: Tensor, dropout: float = 0.0, presence: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Output (n, H * h) and attention received (n,) of one text, (n, 3, H, h)."""
    tile = limits_of(query_key_value.device).queries_per_tile
    query, key, value = query_key_value.permute(1, 2, 0, 3)  # (H, n, h) each
    query, key = query * query.shape[-1] ** -0.5, key.transpose(1, 2)
    outputs = []
    column_sums = torch.zeros(len(query_key_value), dtype=torch.float32, device=query_key_value.device)
    for start in range(0, len(query_key_value), tile):
        logits = query[:, start : start + tile] @ key  # (H, tile, n)
        probabilities = logits.softmax(-1, dtype=torch.float32)
        received = probabilities
        if presence is not None:
            probabilities = reweighted(probabilities, presence)
            received = probabilities * presence[start : start + tile, None]
        column_sums = column_sums + received.sum((0, 1))
        mixed = F.dropout(probabilities, dropout).to(value.dtype) @ value
        outputs.append(mixed.transpose(0, 1))  # (tile, H, h)
    return torch.cat(outputs).flatten(1), column_sums
