"""Attention over packed texts on a GPU, with the attention that each token receives.

Computes `reference.py` faster, in two Triton kernels that never write an (n, n) matrix, and is tested against
it (without a GPU, in Triton's interpreter). The first is flash attention over texts of any lengths and keeps
each query's log-sum-exp; the second adds up `exp(logit - log-sum-exp)` over the queries of each key, which is
the column sum of the probabilities. Inference only.
"""

import importlib.util
from itertools import accumulate

import torch
from torch import Tensor

HAS_TRITON = importlib.util.find_spec("triton") is not None
if HAS_TRITON:
    import triton
    import triton.language as tl

    @triton.jit
    def _outputs(
        qkv, starts, output, logsumexp, tokens, factor, heads, width, BLOCK: tl.constexpr, WIDE: tl.constexpr
    ):
        """One block of queries of one head of one text: output rows and log-sum-exp in base 2."""
        text, head = tl.program_id(1) // heads, tl.program_id(1) % heads
        first, end = tl.load(starts + text), tl.load(starts + text + 1)
        rows = first + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        columns = tl.arange(0, WIDE)
        stride = 3 * heads * width
        wide = columns[None, :] < width
        here = (rows[:, None] < end) & wide
        q = tl.load(qkv + rows[:, None] * stride + head * width + columns[None, :], mask=here, other=0.0)
        top = tl.full([BLOCK], -1e30, tl.float32)
        total = tl.zeros([BLOCK], tl.float32)
        mixed = tl.zeros([BLOCK, WIDE], tl.float32)
        if first + tl.program_id(0) * BLOCK < end:
            for start in range(first, end, BLOCK):
                keys = start + tl.arange(0, BLOCK)
                at = qkv + keys[:, None] * stride + (heads + head) * width + columns[None, :]
                there = (keys[:, None] < end) & wide
                k = tl.load(at, mask=there, other=0.0)
                v = tl.load(at + heads * width, mask=there, other=0.0)
                logits = tl.dot(q, tl.trans(k), input_precision="ieee") * factor
                logits = tl.where(keys[None, :] < end, logits, -1e30)
                higher = tl.maximum(top, tl.max(logits, 1))
                weights = tl.exp2(logits - higher[:, None])
                shrink = tl.exp2(top - higher)
                total = total * shrink + tl.sum(weights, 1)
                mixed = mixed * shrink[:, None] + tl.dot(weights.to(v.dtype), v, input_precision="ieee")
                top = higher
            result = (mixed / total[:, None]).to(output.dtype.element_ty)
            tl.store(output + (rows[:, None] * heads + head) * width + columns[None, :], result, mask=here)
            tl.store(logsumexp + head * tokens + rows, top + tl.log2(total), mask=rows < end)

    @triton.jit
    def _column_sums(
        qkv, starts, logsumexp, sums, tokens, factor, heads, width, BLOCK: tl.constexpr, WIDE: tl.constexpr
    ):
        """One block of keys of one head of one text: what the text's queries give to each."""
        text, head = tl.program_id(1) // heads, tl.program_id(1) % heads
        first, end = tl.load(starts + text), tl.load(starts + text + 1)
        keys = first + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        columns = tl.arange(0, WIDE)
        stride = 3 * heads * width
        wide = columns[None, :] < width
        at = qkv + keys[:, None] * stride + (heads + head) * width + columns[None, :]
        k = tl.load(at, mask=(keys[:, None] < end) & wide, other=0.0)
        received = tl.zeros([BLOCK], tl.float32)
        if first + tl.program_id(0) * BLOCK < end:
            for start in range(first, end, BLOCK):
                rows = start + tl.arange(0, BLOCK)
                alive = rows < end
                at_query = qkv + rows[:, None] * stride + head * width + columns[None, :]
                q = tl.load(at_query, mask=alive[:, None] & wide, other=0.0)
                share = tl.load(logsumexp + head * tokens + rows, mask=alive, other=0.0)
                logits = tl.dot(q, tl.trans(k), input_precision="ieee") * factor
                received += tl.sum(tl.where(alive[:, None], tl.exp2(logits - share[:, None]), 0.0), 0)
            tl.store(sums + head * tokens + keys, received, mask=keys < end)


_BLOCK = 64


def is_usable(query_key_value: Tensor) -> bool:
    """Whether these kernels can run here: Triton is installed, the tensor is on its GPU, no gradients."""
    return HAS_TRITON and query_key_value.is_cuda and not torch.is_grad_enabled()


def triton_attention(
    query_key_value: Tensor, lengths: tuple[int, ...], with_sums: bool
) -> tuple[Tensor, Tensor | None]:
    """As `dispatch.packed_attention` without dropout."""
    total, _, heads, width = query_key_value.shape
    device = query_key_value.device
    projected = query_key_value.contiguous()
    starts = torch.tensor([0, *accumulate(lengths)], device=device)
    output = torch.empty(total, heads * width, dtype=projected.dtype, device=device)
    logsumexp = torch.empty(heads, total, dtype=torch.float32, device=device)
    grid = (-(-max(lengths) // _BLOCK), len(lengths) * heads)
    factor = 1.4426950408889634 * width**-0.5  # logits in base 2
    shape = {"BLOCK": _BLOCK, "WIDE": max(16, 1 << (width - 1).bit_length())}
    _outputs[grid](projected, starts, output, logsumexp, total, factor, heads, width, **shape)
    if not with_sums:
        return output, None
    sums = torch.empty_like(logsumexp)
    _column_sums[grid](projected, starts, logsumexp, sums, total, factor, heads, width, **shape)
    return output, sums.sum(0)
