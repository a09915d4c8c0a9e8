"""Cost of an encoder pass in multiply-accumulates (MACs), of which each is two FLOPs.

Embeddings, softmax, normalisation and the classification head are left out, as in the paper.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ltp_viz.core.config import LTPConfig

FLOPS_PER_MAC = 2

# Every formula takes one number of tokens, or an array of them.
Count = TypeVar("Count", int, NDArray[np.int64])


def attention_macs(tokens: Count, hidden_size: int) -> Count:
    """`2 d n^2 + 4 d^2 n`: two products with the n x n matrix, four projections."""
    return 2 * hidden_size * tokens**2 + 4 * hidden_size**2 * tokens


def feed_forward_macs(tokens: Count, hidden_size: int, intermediate_size: int) -> Count:
    """`2 d d_ff n`: up and down projection."""
    return 2 * hidden_size * intermediate_size * tokens


def layer_macs(attention_tokens: Count, feed_forward_tokens: Count, config: LTPConfig) -> tuple[Count, Count]:
    """MACs of the attention and the feed-forward part of one layer for one text."""
    return (
        attention_macs(attention_tokens, config.hidden_size),
        feed_forward_macs(feed_forward_tokens, config.hidden_size, config.intermediate_size),
    )


def pruned_and_dense_macs(lengths: NDArray[np.int64], config: LTPConfig) -> tuple[int, int]:
    """MACs of texts with `lengths` (1 + L, B) tokens before and after each layer, and without pruning."""
    entered, left = lengths[:-1], lengths[1:]
    whole = np.broadcast_to(lengths[0], left.shape)
    pruned, dense = layer_macs(entered, left, config), layer_macs(whole, whole, config)
    return sum(int(part.sum()) for part in pruned), sum(int(part.sum()) for part in dense)


def dense_macs(tokens: int, config: LTPConfig) -> int:
    """MACs of the whole encoder for one text when nothing is dropped."""
    return config.num_hidden_layers * sum(layer_macs(tokens, tokens, config))
