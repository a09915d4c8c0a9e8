"""Attention without column sums, by torch's own fused kernel (scaled_dot_product_attention).

Computes the output of `reference.py` faster and is tested against it.
Shapes: T tokens in the group, H heads, h head width, b texts, n longest of them.
"""

import torch.nn.functional as F
from torch import Tensor

from ltp_viz.core.attention.groups import Padding


def fused_attention(query_key_value: Tensor, lengths: tuple[int, ...], dropout: float = 0.0) -> Tensor:
    """Output (T, H * h) of one group of texts, (T, 3, H, h)."""
    count, longest = len(lengths), max(lengths)
    padding = Padding.of(lengths, query_key_value.device)
    grid = query_key_value if padding is None else query_key_value.index_select(0, padding.rows)
    grid = grid.view(count, longest, *query_key_value.shape[1:])  # (b, n, 3, H, h)
    query, key, value = grid.transpose(1, 3).unbind(2)  # (b, H, n, h) each
    mask = None if padding is None else padding.alive[:, None, None, :]
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
    flat = output.transpose(1, 2).reshape(count * longest, -1)  # (b * n, H * h)
    return flat if padding is None else flat.index_select(0, padding.slots)
