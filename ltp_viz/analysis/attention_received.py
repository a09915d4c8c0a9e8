"""Which tokens attend to each token: the readers whose attention adds up to its score in a layer.

A score is the attention that a token receives, summed over readers and divided by a constant (`core.scores`).
This module recomputes the same probabilities from the states that entered a layer and keeps them by reader.
Runs do not store them: they are n x n per head.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ltp_viz.core.attention.parts import attention_matrices
from ltp_viz.core.encoder import encoder_layer
from ltp_viz.core.trace import Trace
from ltp_viz.data.classifier import AnalysedText


@dataclass(frozen=True, eq=False)
class AttentionReceived:
    """The M strongest readers of each token in each layer, strongest first. Shapes: L layers, n tokens.

    A token reads itself too. Readers are -1, and weights 0, where a token was dropped before the
    layer or fewer than M tokens enter it.
    """

    readers: NDArray[np.int16]  # (L, n, M) positions
    weights: NDArray[np.float32]  # (L, n, M) share of all attention that the token receives in the layer


@torch.inference_mode()
def attention_received(analysed: AnalysedText, trace: Trace, top: int = 4) -> AttentionReceived:
    """The `top` strongest readers in a run of this text. Leaves the text at that run.

    Raises ValueError if the trace is of another text.
    """
    if trace.source != analysed.source:
        raise ValueError("The trace and the analysed text differ; give the trace of this text.")
    # The text may have been run under other settings since; otherwise this costs almost nothing.
    analysed.trace(trace.global_scale, trace.layer_scales, trace.forced)
    shape = (trace.num_layers, len(trace.tokens), top)
    readers, weights = np.full(shape, -1, dtype=np.int16), np.zeros(shape, dtype=np.float32)
    for layer in range(trace.num_layers):
        positions, attention = attention_by_reader(analysed, layer)
        received = attention.T.contiguous()  # (a, a) rows are now the tokens that are read
        total = received.sum(1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
        strongest = (received / total).topk(min(top, len(positions)))
        found = strongest.indices.shape[1]
        readers[layer, positions, :found] = positions[strongest.indices.cpu().numpy()]
        weights[layer, positions, :found] = strongest.values.cpu().numpy()
    return AttentionReceived(readers, weights)


def attention_by_reader(analysed: AnalysedText, layer: int) -> tuple[NDArray[np.int64], Tensor]:
    """Positions (a,) of the tokens that entered a layer in the text's last run, and the attention among them.

    Attention (a, a) is the mean over heads; rows are readers, and each sums to 1. A column's sum, divided by
    the normaliser of scores, is the token's score.
    """
    positions, attention = attention_of_heads(analysed, layer)
    return positions, attention.mean(0)


@torch.inference_mode()
def attention_of_heads(analysed: AnalysedText, layer: int) -> tuple[NDArray[np.int64], Tensor]:
    """As `attention_by_reader`, head by head: (a,) and (H, a, a)."""
    batch = analysed.entering_states(layer)
    own = encoder_layer(analysed.classifier.model.layers_in_order[layer])
    projected = own.project(batch.states, batch.positions)
    _, attention = next(
        attention_matrices(projected, batch.lengths, positions=batch.positions, relation=own.relation)
    )
    return batch.positions.cpu().numpy(), attention
