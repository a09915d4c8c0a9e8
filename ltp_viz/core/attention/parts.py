"""Parts of the attention matrix that some rules rank tokens by, recomputed from queries and keys.

The attention kernels give column sums over all queries, which is all that LTP needs. The diagonal and the
rows of chosen queries are not among them; here they are computed per text, one (H, n, n) matrix at a time.
Shapes: T tokens in the packed batch, H heads, h head width, n tokens of a text.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ltp_viz.core.attention.relation import ALL_HEADS, NO_RELATION, Relation


def attention_from_others(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    sizes: Tensor | None = None,
    positions: Tensor | None = None,
    relation: Relation = NO_RELATION,
) -> Tensor:
    """`sum_h sum_{i != j} A_h[i, j]` of each token j, (T,), from (T, 3, H, h): all but the diagonal.

    `sizes` (T,), `positions` (T,) and `relation`: see `packed_attention`.
    """
    return torch.cat(
        [
            probabilities.sum((0, 1)) - probabilities.diagonal(dim1=1, dim2=2).sum(0)
            for _, probabilities in attention_matrices(query_key_value, lengths, sizes, positions, relation)
        ]
    )


def attention_from(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    readers: Tensor,
    sizes: Tensor | None = None,
    positions: Tensor | None = None,
    relation: Relation = NO_RELATION,
) -> Tensor:
    """`sum_h sum_{i in readers} A_h[i, j]` of each token j, (T,); `readers` (T,) bool selects the queries."""
    return torch.cat(
        [
            probabilities[:, readers[rows]].sum((0, 1))
            for rows, probabilities in attention_matrices(
                query_key_value, lengths, sizes, positions, relation
            )
        ]
    )


def attention_matrices(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    sizes: Tensor | None = None,
    positions: Tensor | None = None,
    relation: Relation = NO_RELATION,
) -> Iterator[tuple[slice, Tensor]]:
    """Rows and attention probabilities (H, n, n) in fp32 of each text."""
    start = 0
    for length in lengths:
        rows = slice(start, start + length)
        query, key, _ = query_key_value[rows].permute(1, 2, 0, 3)  # (H, n, h) each
        query = query * query.shape[-1] ** -0.5
        logits = query.float() @ key.float().transpose(1, 2)
        if relation != NO_RELATION:
            if positions is None:
                raise ValueError("Attention with a relation needs the tokens' positions.")
            distances = positions[rows, None] - positions[rows]  # (n, n)
            if relation.terms is not None:
                logits = logits + relation.terms(key[None], ALL_HEADS)(query[None], distances[None])[0]
            logits = logits.masked_fill(relation.hides(distances), float("-inf"))
        if sizes is not None:
            logits = logits + sizes[rows].log()
        yield rows, logits.softmax(-1)
        start += length
