"""Self-attention over a packed batch, with the attention each token receives.

Scores need column sums of the attention probabilities, which fused kernels do not return. Short texts
share one padded matrix product; long texts go through tiles of queries that stay in the processor's
cache, so that no (heads, n, n) matrix ever stands in memory. Without sums, torch's fused kernel runs.

Shapes: T tokens in the packed batch, H heads, h head width, b texts in a group, n longest of them.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# Texts longer than this are cheaper one by one in tiles than padded together.
_TILED_FROM_LENGTH = 160
_QUERIES_PER_TILE = 64
# Probabilities that one padded group may hold: 4 MB of fp32 stays within a core's share of cache.
_GROUP_ELEMENTS = 1 << 20


def packed_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    lengths: tuple[int, ...],
    *,
    dropout: float = 0.0,
    with_sums: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Attention of every token over its own text.

    `query`, `key`, `value`: (T, H, h), texts end to end, `lengths` tokens each. Returns the output
    (T, H * h) and, `with_sums`, the attention each token receives: probabilities summed over heads
    and queries, (T,) in fp32, taken before dropout.
    """
    outputs, sums = [], []
    for start, group in _groups(lengths, query.shape[1]):
        rows = slice(start, start + sum(group))
        attend = _tiled if with_sums and len(group) == 1 and group[0] > _TILED_FROM_LENGTH else _padded
        output, column_sums = attend(query[rows], key[rows], value[rows], group, dropout, with_sums)
        outputs.append(output)
        if column_sums is not None:
            sums.append(column_sums)
    joined = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
    return joined.flatten(1), torch.cat(sums) if with_sums else None


def _groups(lengths: tuple[int, ...], heads: int) -> list[tuple[int, tuple[int, ...]]]:
    """Neighbouring texts that share one padded product: (first row, lengths) each."""
    groups: list[tuple[int, tuple[int, ...]]] = []
    start, current = 0, []  # type: int, list[int]
    for length in lengths:
        longest = max([length, *current])
        too_large = (len(current) + 1) * heads * longest**2 > _GROUP_ELEMENTS
        if current and (too_large or longest > _TILED_FROM_LENGTH):
            groups.append((start, tuple(current)))
            start, current = start + sum(current), []
        current.append(length)
    groups.append((start, tuple(current)))
    return groups


def _padded(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    lengths: tuple[int, ...],
    dropout: float,
    with_sums: bool,
) -> tuple[Tensor, Tensor | None]:
    count, longest = len(lengths), max(lengths)
    ragged = any(length != longest for length in lengths)
    slots = alive = None
    if ragged:
        steps = torch.arange(longest, device=query.device)
        alive = steps < torch.tensor(lengths, device=query.device)[:, None]  # (b, n)
        slots = alive.flatten().nonzero().squeeze(1)  # (T,)

    def spread(packed: Tensor) -> Tensor:  # (T, H, h) -> (b, H, n, h)
        if slots is None:
            return packed.view(count, longest, *packed.shape[1:]).transpose(1, 2)
        grid = packed.new_zeros(count * longest, *packed.shape[1:]).index_copy(0, slots, packed)
        return grid.view(count, longest, *packed.shape[1:]).transpose(1, 2)

    def gather(grid: Tensor) -> Tensor:  # (b, n, ...) -> (T, ...)
        flat = grid.flatten(0, 1)
        return flat if slots is None else flat[slots]

    q, k, v = spread(query), spread(key), spread(value)
    if not with_sums:
        mask = None if alive is None else alive[:, None, None, :]
        output = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)
        return gather(output.transpose(1, 2)), None
    logits = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)  # (b, H, n, n)
    if alive is not None:
        logits = logits.masked_fill(~alive[:, None, None, :], float("-inf"))
    probabilities = logits.softmax(-1, dtype=torch.float32)
    if alive is None:
        column_sums = probabilities.sum((1, 2))  # (b, n)
    else:
        column_sums = torch.einsum("bhij,bi->bj", probabilities, alive.to(probabilities.dtype))
    output = F.dropout(probabilities, dropout).to(v.dtype) @ v
    return gather(output.transpose(1, 2)), gather(column_sums)


def _tiled(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    lengths: tuple[int, ...],
    dropout: float,
    with_sums: bool,
) -> tuple[Tensor, Tensor | None]:
    q = query.transpose(0, 1) * query.shape[-1] ** -0.5  # (H, n, h)
    k, v = key.transpose(0, 1).contiguous(), value.transpose(0, 1).contiguous()
    k_transposed = k.transpose(1, 2)
    outputs = []
    column_sums = torch.zeros(lengths[0], dtype=torch.float32, device=query.device)
    for start in range(0, lengths[0], _QUERIES_PER_TILE):
        tile = q[:, start : start + _QUERIES_PER_TILE] @ k_transposed  # (H, tile, n)
        probabilities = tile.softmax(-1, dtype=torch.float32)
        column_sums = column_sums + probabilities.sum((0, 1))
        outputs.append(F.dropout(probabilities, dropout).to(v.dtype) @ v)
    return torch.cat(outputs, 1).transpose(0, 1), column_sums
