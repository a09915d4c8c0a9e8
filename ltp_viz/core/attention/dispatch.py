"""Self-attention over a packed batch, with the attention each token receives.

Scores need column sums of the attention probabilities, which fused kernels do not return. Inference on a
processor uses the C kernel of `native_attention`, on a GPU `triton_attention`. Everything else is here in
torch: short texts share one padded matrix product; long texts go through tiles of queries that stay in the
processor's cache, so that no (heads, n, n) matrix ever stands in memory. Without sums, torch's own fused
kernel runs.

Shapes: T tokens in the packed batch, H heads, h head width, b texts in a group, n longest of them.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ltp_viz.core.attention import native, triton

# In bf16 and without sums, the C kernel is ahead of torch's fused one on short texts only.
_NATIVE_UP_TO_LENGTH = 64
# Texts longer than this are cheaper one by one in tiles than padded together. A GPU, which waits for its next
# kernel more than for memory, takes texts of usual lengths together.
_TILED_FROM_LENGTH, _TILED_FROM_LENGTH_ON_GPU = 160, 512
_QUERIES_PER_TILE = 128
# Probabilities that one padded group may hold: 4 MB of fp32 stays within a core's share of cache; 1 GB.
_GROUP_ELEMENTS, _GROUP_ELEMENTS_ON_GPU = 1 << 20, 1 << 28
# The fused kernel keeps no probabilities; there only wasted products with padding limit a group.
_FUSED_WASTE = 1.2


def packed_attention(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    *,
    rows: Tensor | None = None,
    dropout: float = 0.0,
    with_sums: bool = True,
    presence: Tensor | None = None,
) -> tuple[Tensor, Tensor | None]:
    """Attention of every token over its own text.

    `query_key_value`: (T, 3, H, h), texts end to end, `lengths` tokens each; with `rows` (T,), texts may
    share rows of it instead: `rows` says which row each token is. Returns the output (T, H * h) and,
    `with_sums`, the attention each token receives: probabilities summed over heads and queries, (T,) in
    fp32, taken before dropout.

    `presence` (T,): how far each token is there at all, 1 whole and 0 gone (in training), more than 1 where
    it stands for several. It weighs the token among those that are read and, in the sums, among those that
    read: at 0 and 1, all is as if the others had been dropped; at m, as if the token were there m times.
    Needs `with_sums`.
    """
    torch_only = presence is not None or dropout > 0 or _torch_is_faster(query_key_value, lengths, with_sums)
    if not torch_only and native.is_usable(query_key_value):
        return native.native_attention(query_key_value, lengths, with_sums, rows)
    if rows is not None:
        query_key_value = query_key_value.index_select(0, rows)
    if not dropout and triton.is_usable(query_key_value):
        return triton.triton_attention(query_key_value, lengths, with_sums)
    heads = query_key_value.shape[2]
    outputs, sums = [], []
    # When training, the fused kernel's way back is slow on short texts: half again as long per step.
    fused = not with_sums and not (torch.is_grad_enabled() and max(lengths) <= _TILED_FROM_LENGTH)
    longest, elements = _TILED_FROM_LENGTH, _GROUP_ELEMENTS
    if query_key_value.is_cuda:
        longest, elements = _TILED_FROM_LENGTH_ON_GPU, _GROUP_ELEMENTS_ON_GPU
    groups = _fused_groups(lengths) if fused else _groups(lengths, longest, elements // heads)
    for start, group in groups:
        own = query_key_value[start : start + sum(group)]
        if fused:
            outputs.append(_fused(own, group, dropout))
            continue
        tiled = len(group) == 1 and group[0] > longest
        there = None if presence is None else presence[start : start + sum(group)]
        output, column_sums = _tiled(own, dropout, there) if tiled else _padded(own, group, dropout, there)
        outputs.append(output)
        sums.append(column_sums)
    joined = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
    if not with_sums:
        return joined, None
    return joined, sums[0] if len(sums) == 1 else torch.cat(sums)


def _torch_is_faster(query_key_value: Tensor, lengths: tuple[int, ...], with_sums: bool) -> bool:
    """In bf16 and without sums, torch's fused kernel uses matrix units that ours leaves idle."""
    return query_key_value.dtype == torch.bfloat16 and not with_sums and max(lengths) > _NATIVE_UP_TO_LENGTH


def _groups(
    lengths: tuple[int, ...], tiled_from: int, most_elements: int
) -> list[tuple[int, tuple[int, ...]]]:
    """Neighbouring texts that share one padded product of at most so many elements a head, or one text longer
    than `tiled_from`: (first row, lengths) each."""
    groups: list[tuple[int, tuple[int, ...]]] = []
    start, current, longest = 0, [], 0  # type: int, list[int], int
    for length in lengths:
        longest = max(longest, length)
        too_large = (len(current) + 1) * longest**2 > most_elements
        if current and (too_large or longest > tiled_from):
            groups.append((start, tuple(current)))
            start, current, longest = start + sum(current), [], length
        current.append(length)
    groups.append((start, tuple(current)))
    return groups


def _fused_groups(lengths: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """As `_groups`, for the kernel that holds no matrix: padding may waste a fifth of the products."""
    groups: list[tuple[int, tuple[int, ...]]] = []
    start, current, longest, needed = 0, [], 0, 0  # type: int, list[int], int, int
    for length in lengths:
        longest, needed = max(longest, length), needed + length**2
        if current and (len(current) + 1) * longest**2 > _FUSED_WASTE * needed + _TILED_FROM_LENGTH**2:
            groups.append((start, tuple(current)))
            start, current, longest, needed = start + sum(current), [], length, length**2
        current.append(length)
    groups.append((start, tuple(current)))
    return groups


@dataclass(frozen=True)
class _Padding:
    """Where the rows of a ragged group lie in a (b, n) grid."""

    alive: Tensor  # (b, n) bool
    rows: Tensor  # (b * n,) packed row in each slot; padding repeats some row, which the mask hides
    slots: Tensor  # (T,) slot of each packed row

    @classmethod
    def of(cls, lengths: tuple[int, ...], device: torch.device) -> "_Padding":
        counts = torch.tensor(lengths, device=device)
        steps = torch.arange(max(lengths), device=device)
        alive = steps < counts[:, None]
        rows = (torch.cumsum(counts, 0) - counts)[:, None] + steps
        return cls(alive, rows.clamp_(max=sum(lengths) - 1).flatten(), alive.flatten().nonzero().squeeze(1))


def _fused(rows: Tensor, lengths: tuple[int, ...], dropout: float) -> Tensor:
    count, longest = len(lengths), max(lengths)
    ragged = count * longest != rows.shape[0]
    padding = _Padding.of(lengths, rows.device) if ragged else None
    grid = rows if padding is None else rows.index_select(0, padding.rows)
    query, key, value = grid.view(count, longest, *rows.shape[1:]).transpose(1, 3).unbind(2)  # (b, H, n, h)
    mask = None if padding is None else padding.alive[:, None, None, :]
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
    flat = output.transpose(1, 2).reshape(count * longest, -1)
    return flat if padding is None else flat.index_select(0, padding.slots)


def _padded(
    rows: Tensor, lengths: tuple[int, ...], dropout: float, presence: Tensor | None
) -> tuple[Tensor, Tensor]:
    count, longest = len(lengths), max(lengths)
    _, _, heads, width = rows.shape
    ragged = count * longest != rows.shape[0]
    padding = _Padding.of(lengths, rows.device) if ragged else None
    grid = rows if padding is None else rows.index_select(0, padding.rows)
    # Heads first: one copy lays out all three factors, and the batch of products is (H * b).
    factors = grid.permute(1, 2, 0, 3).reshape(3, heads * count, longest, width)
    query, key, value = factors[0] * width**-0.5, factors[1], factors[2]
    logits = (query @ key.transpose(1, 2)).view(heads, count, longest, longest)
    if padding is not None:
        logits = logits.masked_fill(~padding.alive[:, None, :], float("-inf"))
    probabilities = logits.softmax(-1, dtype=torch.float32)
    if presence is not None:
        there = presence if padding is None else presence.index_select(0, padding.rows)
        there = there.view(count, longest)
        probabilities = _reweighted(probabilities, there[:, None, :])
    received = probabilities.sum(0)  # (b, n, n)
    if presence is not None:
        received = received * there[:, :, None]
    if padding is not None:
        received = received * padding.alive[:, :, None]
    column_sums = received.sum(1).flatten()  # (b * n,)
    mixed = F.dropout(probabilities, dropout).to(rows.dtype).view(heads * count, longest, longest) @ value
    output = mixed.view(heads, count * longest, width).transpose(0, 1).reshape(count * longest, -1)
    if padding is None:
        return output, column_sums
    return output.index_select(0, padding.slots), column_sums.index_select(0, padding.slots)


def _tiled(rows: Tensor, dropout: float, presence: Tensor | None) -> tuple[Tensor, Tensor]:
    query, key, value = rows.permute(1, 2, 0, 3)  # (H, n, h) each
    query, key = query * query.shape[-1] ** -0.5, key.transpose(1, 2)
    outputs = []
    column_sums = torch.zeros(rows.shape[0], dtype=torch.float32, device=rows.device)
    for start in range(0, rows.shape[0], _QUERIES_PER_TILE):
        logits = query[:, start : start + _QUERIES_PER_TILE] @ key  # (H, tile, n)
        probabilities = logits.softmax(-1, dtype=torch.float32)
        received = probabilities
        if presence is not None:
            probabilities = _reweighted(probabilities, presence)
            received = probabilities * presence[start : start + _QUERIES_PER_TILE, None]
        column_sums = column_sums + received.sum((0, 1))
        mixed = F.dropout(probabilities, dropout).to(rows.dtype) @ value
        outputs.append(mixed.transpose(0, 1))  # (tile, H, h)
    return torch.cat(outputs).flatten(1), column_sums


def _reweighted(probabilities: Tensor, presence: Tensor) -> Tensor:
    """Probabilities among tokens that are there only in part."""
    weighted = probabilities * presence
    return weighted / weighted.sum(-1, keepdim=True).clamp_min(1e-9)
