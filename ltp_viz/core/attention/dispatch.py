"""Choose how to compute attention over a packed batch, with the attention each token receives.

`reference.py` defines what is computed; all paths are tested against it. Scores need column sums of the
attention probabilities, which fused kernels do not return. Inference on a processor uses the C kernel
(`native`), on a GPU two Triton kernels (`triton`). Otherwise torch computes it: short texts share one padded
matrix product (`padded`), long texts go through tiles of queries that stay in the processor's cache
(`tiled`), and where no sums are needed torch's own fused kernel runs (`fused`). Layers in which distances
count, by relative terms or a window, have tiles of their own (`relative`).

Shapes: T tokens in the packed batch, H heads, h head width.
"""

import torch
from torch import Tensor

from ltp_viz.core.attention import native, triton
from ltp_viz.core.attention.fused import fused_attention
from ltp_viz.core.attention.groups import fused_groups, padded_groups
from ltp_viz.core.attention.padded import padded_attention
from ltp_viz.core.attention.relation import NO_RELATION, Relation
from ltp_viz.core.attention.relative import relative_attention
from ltp_viz.core.attention.tiled import tiled_attention
from ltp_viz.core.limits import limits_of


def packed_attention(
    query_key_value: Tensor,
    lengths: tuple[int, ...],
    *,
    rows: Tensor | None = None,
    dropout: float = 0.0,
    with_sums: bool = True,
    presence: Tensor | None = None,
    positions: Tensor | None = None,
    relation: Relation = NO_RELATION,
) -> tuple[Tensor, Tensor | None]:
    """Attention of every token over its own text.

    `query_key_value`: (T, 3, H, h), texts end to end, `lengths` tokens each; with `rows` (T,), texts may
    share rows of it instead: `rows` says which row each token is. Returns the output (T, H * h) and,
    `with_sums`, the attention each token receives: probabilities summed over heads and queries, (T,) in
    fp32, taken before dropout.

    `presence` (T,): how far each token is there, 1 fully and 0 not at all (in training), more than 1 where
    it stands for several. It weighs the token among those that are read and, in the sums, among those that
    read: at 0 and 1, all is as if the others had been dropped; at m, as if the token were there m times.
    Needs `with_sums`.

    `relation`: what distances of tokens at `positions` (T,) of their full texts add to the logits or hide.
    Raises ValueError for a relation without positions.
    """
    if relation != NO_RELATION:
        if positions is None:
            raise ValueError("Attention with a relation needs the tokens' positions.")
        rows_of = query_key_value if rows is None else query_key_value.index_select(0, rows)
        return relative_attention(
            rows_of,
            lengths,
            positions,
            relation,
            dropout=dropout,
            with_sums=with_sums,
            presence=presence,
        )
    plain = presence is None and dropout == 0
    if (
        plain
        and native.is_usable(query_key_value)
        and not _sdpa_is_faster(query_key_value, lengths, with_sums)
    ):
        return native.native_attention(query_key_value, lengths, with_sums, rows)
    if rows is not None:
        query_key_value = query_key_value.index_select(0, rows)
    if plain and triton.is_usable(query_key_value):
        return triton.triton_attention(query_key_value, lengths, with_sums)
    limits = limits_of(query_key_value.device)
    trains_short = torch.is_grad_enabled() and max(lengths) <= limits.padded_backward_up_to_length
    if not with_sums and not trains_short:
        return _with_fused(query_key_value, lengths, dropout), None
    output, sums = _with_sums(query_key_value, lengths, dropout, presence)
    return output, sums if with_sums else None


def _sdpa_is_faster(query_key_value: Tensor, lengths: tuple[int, ...], with_sums: bool) -> bool:
    longest = limits_of(query_key_value.device).native_bf16_up_to_length
    return query_key_value.dtype == torch.bfloat16 and not with_sums and max(lengths) > longest


def _with_fused(query_key_value: Tensor, lengths: tuple[int, ...], dropout: float) -> Tensor:
    outputs = []
    start = 0
    for group in fused_groups(lengths, limits_of(query_key_value.device)):
        outputs.append(fused_attention(query_key_value[start : start + sum(group)], group, dropout))
        start += sum(group)
    return outputs[0] if len(outputs) == 1 else torch.cat(outputs)


def _with_sums(
    query_key_value: Tensor, lengths: tuple[int, ...], dropout: float, presence: Tensor | None
) -> tuple[Tensor, Tensor]:
    limits = limits_of(query_key_value.device)
    outputs, sums = [], []
    start = 0
    for group in padded_groups(lengths, query_key_value.shape[2], limits):
        rows = slice(start, start + sum(group))
        own, there = query_key_value[rows], None if presence is None else presence[rows]
        if max(group) > limits.padded_up_to_length:
            output, column_sums = tiled_attention(own, dropout, there)
        else:
            output, column_sums = padded_attention(own, group, dropout, there)
        outputs.append(output)
        sums.append(column_sums)
        start += sum(group)
    return (outputs[0], sums[0]) if len(outputs) == 1 else (torch.cat(outputs), torch.cat(sums))
