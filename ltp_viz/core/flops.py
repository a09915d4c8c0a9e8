"""Cost of an encoder pass in multiply-accumulates (MACs), of which each is two FLOPs.

Embeddings, softmax, normalisation and the classification head are left out, as in the paper. What a layer
computes per token and per pair of tokens is its layout's answer (`LayerCost`). In a local layer, a pair
counts that is within the window; how many there are depends on which tokens are still there.

Shapes: T tokens of B texts end to end, L layers.
"""

from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.families import layout_of
from ltp_viz.core.families.layout import LayerCost

FLOPS_PER_MAC = 2

# Every formula takes one number of tokens, or an array of them.
Count = TypeVar("Count", int, NDArray[np.int64])


def layer_cost(config: LTPConfig, layer: int) -> LayerCost:
    """What one layer computes per token and pair."""
    return layout_of(config.base_family).cost(config, layer)


def layer_macs(
    attention_tokens: Count, feed_forward_tokens: Count, config: LTPConfig, layer: int = 0
) -> tuple[Count, Count]:
    """MACs of the attention and the feed-forward part of one layer for one text.

    Of BERT's layers: `2 d n^2 + 4 d^2 n`, two products with the n x n matrix and four projections, and
    `2 d d_ff n`, up and down. In a local layer, the tokens are taken to be adjacent: any others have fewer
    pairs within the window.
    """
    cost = layer_cost(config, layer)
    pairs = adjacent_pairs(attention_tokens, cost.window)
    return (
        cost.per_pair * pairs + cost.per_token * attention_tokens,
        cost.feed_forward_per_token * feed_forward_tokens,
    )


def adjacent_pairs(tokens: Count, window: int | None) -> Count:
    """Pairs of a query and a key that it reads, among adjacent tokens."""
    if window is None:
        return tokens**2
    beyond = np.maximum(tokens - window - 1, 0)  # keys out of reach of the first token
    pairs: Count = tokens**2 - beyond * (beyond + 1)
    return pairs


def macs_by_text(depths: NDArray[np.int64], lengths: tuple[int, ...], config: LTPConfig) -> NDArray[np.int64]:
    """MACs per text, layer and part (attention, feed-forward), (..., B, L, 2).

    `depths` (..., T): how many layers each token survives, of texts with `lengths` tokens.
    """
    counts = np.array(lengths, dtype=np.int64)
    ends = np.cumsum(counts)
    starts = ends - counts
    layers = config.num_hidden_layers
    macs = np.zeros((*depths.shape[:-1], len(lengths), layers, 2), dtype=np.int64)
    there = np.ones(depths.shape, dtype=np.int64)
    entered = _per_text(there, starts)
    for layer in range(layers):
        cost = layer_cost(config, layer)
        if cost.window is None:
            pairs = entered**2
        else:
            pairs = _per_text(_within(there, starts, ends, cost.window), starts)
        macs[..., layer, 0] = cost.per_pair * pairs + cost.per_token * entered
        there = (depths > layer).astype(np.int64)
        entered = _per_text(there, starts)
        macs[..., layer, 1] = cost.feed_forward_per_token * entered
    return macs


def _per_text(counts: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums over each text, (..., T) -> (..., B)."""
    sums: NDArray[np.int64] = np.add.reduceat(counts, starts, axis=-1)
    return sums


def _within(
    there: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64], window: int
) -> NDArray[np.int64]:
    """How many keys each token that is there reads, (..., T): those of its text within the window."""
    counts = ends - starts
    places = np.arange(there.shape[-1])
    first = np.maximum(places - window, np.repeat(starts, counts))
    last = np.minimum(places + window + 1, np.repeat(ends, counts))
    before = np.concatenate([np.zeros_like(there[..., :1]), there.cumsum(-1)], -1)
    read: NDArray[np.int64] = there * (before[..., last] - before[..., first])
    return read


def run_macs(run: EncoderRun, config: LTPConfig) -> NDArray[np.int64]:
    """MACs of each text of a run, (B,)."""
    text_lengths = run.steps[0].attended.text_lengths
    depths = np.zeros(sum(text_lengths), dtype=np.int64)
    for step in run.steps:
        depths[step.survivors.slots().cpu().numpy()] += 1
    macs: NDArray[np.int64] = macs_by_text(depths, text_lengths, config).sum((1, 2))
    return macs


def pruned_and_dense_macs(lengths: NDArray[np.int64], config: LTPConfig) -> tuple[int, int]:
    """MACs of texts with `lengths` (1 + L, B) tokens before and after each layer, and without pruning.

    Exact where no layer is local. In a local layer, lengths alone do not say which tokens are within reach of
    each other: the MACs of all tokens and of one are exact, others an upper bound, as if the tokens were
    adjacent. Where positions are known, `macs_by_text` gives the exact number.
    """
    pruned = sum(
        int(part.sum())
        for layer, (entered, left) in enumerate(pairwise(lengths))
        for part in layer_macs(entered, left, config, layer)
    )
    return pruned, sum(dense_macs(length, config) for length in lengths[0].tolist())


def dense_macs(tokens: int, config: LTPConfig) -> int:
    """MACs of the whole encoder for one text when nothing is dropped."""
    return sum(
        int(part)
        for layer in range(config.num_hidden_layers)
        for part in layer_macs(tokens, tokens, config, layer)
    )
