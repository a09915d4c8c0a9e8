"""Attention and column sums where distances count: relative terms, or a window (`relation.py`).

Computes `reference.py` faster and is tested against it. Short texts share a padded product; a tile of queries
at a time meets the keys, of a long text in a local layer only those within reach, so that no (n, n) matrix is
in memory. Where the relation computes numbers of every key, a few heads at a time do, for the same reason.
Differentiable, so training uses it too.
Shapes: T tokens, b texts of a group, n longest of them, t queries of a tile, k keys, H heads, H' of
them at a time, h head width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ltp_viz.core.attention.groups import Padding, padded_groups
from ltp_viz.core.attention.padded import reweighted
from ltp_viz.core.attention.relation import Relation
from ltp_viz.core.limits import limits_of


def relative_attention(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    positions: Tensor,
    relation: Relation,
    *,
    dropout: float = 0.0,
    with_sums: bool = True,
    presence: Tensor | None = None,
) -> tuple[Tensor, Tensor | None]:
    """As `dispatch.packed_attention`; `positions` (T,) in their full texts ascend in each text."""
    limits = limits_of(query_key_value.device)
    outputs, sums = [], []
    start = 0
    for group in padded_groups(lengths, query_key_value.shape[2], limits):
        rows = slice(start, start + sum(group))
        there = None if presence is None else presence[rows]
        output, column_sums = _group(
            query_key_value[rows], group, positions[rows], relation, dropout, with_sums, there
        )
        outputs.append(output)
        sums.append(column_sums)
        start += sum(group)
    output = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
    if not with_sums:
        return output, None
    return output, torch.cat([part for part in sums if part is not None])


def _group(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    positions: Tensor,
    relation: Relation,
    dropout: float,
    with_sums: bool,
    presence: Tensor | None,
) -> tuple[Tensor, Tensor | None]:
    """Output (T, H * h) and attention received (T,) of texts that are padded to the longest."""
    heads = query_key_value.shape[2]
    together = _heads_together(len(lengths) * max(lengths), heads, relation, query_key_value.device)
    outputs, sums = [], []
    for first in range(0, heads, together):
        some = slice(first, first + together)
        output, column_sums = _some_heads(
            query_key_value[:, :, some], some, lengths, positions, relation, dropout, with_sums, presence
        )
        outputs.append(output)
        sums.append(column_sums)
    if len(outputs) == 1:
        return outputs[0], sums[0]
    output = torch.cat(outputs, 1)
    if not with_sums:
        return output, None
    return output, torch.stack([part for part in sums if part is not None]).sum(0)


def _heads_together(keys: int, heads: int, relation: Relation, device: torch.device) -> int:
    """How many heads meet all keys at a time, so that the relation's numbers fit as a padded group does."""
    if not relation.numbers_per_key:
        return heads
    most = limits_of(device).padded_elements // (keys * relation.numbers_per_key)
    return min(heads, max(1, most))


def _some_heads(
    query_key_value: Tensor,
    heads: slice,
    lengths: tuple[int, ...],
    positions: Tensor,
    relation: Relation,
    dropout: float,
    with_sums: bool,
    presence: Tensor | None,
) -> tuple[Tensor, Tensor | None]:
    """Output (T, H' * h) and attention received (T,) of some heads, from (T, 3, H', h)."""
    count, longest = len(lengths), max(lengths)
    padding = Padding.of(lengths, query_key_value.device)

    def gridded(rows: Tensor) -> Tensor:  # (T, ...) -> (b, n, ...)
        rows = rows if padding is None else rows.index_select(0, padding.rows)
        return rows.view(count, longest, *rows.shape[1:])

    query, key, value = gridded(query_key_value).permute(2, 0, 3, 1, 4)  # (b, H', n, h) each
    query = query * query.shape[-1] ** -0.5
    at = gridded(positions)  # (b, n)
    there = None if presence is None else gridded(presence)
    added = None if relation.terms is None else relation.terms(key, heads)
    tile = limits_of(query.device).queries_per_tile
    outputs = []
    column_sums = torch.zeros(count, longest, dtype=torch.float32, device=query.device)
    for start, keys in zip(range(0, longest, tile), _reach(at, relation, tile), strict=True):
        queries = slice(start, start + tile)
        distances = at[:, queries, None] - at[:, None, keys]  # (b, t, k)
        logits = query[:, :, queries] @ key[:, :, keys].transpose(2, 3)  # (b, H', t, k)
        if added is not None:
            logits = logits + added(query[:, :, queries], distances)
        hidden = None if relation.window is None else relation.hides(distances)
        if padding is not None:
            is_padding = ~padding.alive[:, None, keys]
            hidden = is_padding if hidden is None else hidden | is_padding
        if hidden is not None:  # the lowest number: padding may be hidden from all, and infinity would be NaN
            logits = logits.masked_fill(hidden[:, None], torch.finfo(logits.dtype).min)
        probabilities = logits.softmax(-1, dtype=torch.float32)
        if there is not None:
            probabilities = reweighted(probabilities, there[:, None, None, keys])
        if with_sums:
            received = probabilities.sum(1)  # (b, t, k)
            if there is not None:
                received = received * there[:, queries, None]
            if padding is not None:
                received = received * padding.alive[:, queries, None]
            column_sums = column_sums + F.pad(received.sum(1), (keys.start, longest - keys.stop))
        mixed = F.dropout(probabilities, dropout).to(value.dtype) @ value[:, :, keys]  # (b, H', t, h)
        outputs.append(mixed.transpose(1, 2))
    output = torch.cat(outputs, 1).reshape(count * longest, -1)
    if padding is None:
        return output, column_sums.flatten() if with_sums else None
    return (
        output.index_select(0, padding.slots),
        column_sums.flatten().index_select(0, padding.slots) if with_sums else None,
    )


def _reach(at: Tensor, relation: Relation, tile: int) -> list[slice]:
    """The keys that each tile of queries can read: all of them, or of one text in a window those near it."""
    count, longest = at.shape
    starts = range(0, longest, tile)
    if relation.window is None or count > 1:
        return [slice(0, longest)] * len(starts)
    firsts = at[0, ::tile]
    lasts = at[0, [min(start + tile, longest) - 1 for start in starts]]
    begin = torch.searchsorted(at[0], firsts - relation.window).tolist()
    end = torch.searchsorted(at[0], lasts + relation.window, right=True).tolist()
    return [slice(first, last) for first, last in zip(begin, end, strict=True)]
