"""Layers made by hand, for rules to decide."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, LayerView


def layer_view(
    *,
    scores: Sequence[float],
    layer: int = 0,
    lengths: tuple[int, ...] | None = None,
    query: Tensor | None = None,
    key: Tensor | None = None,
    states: Tensor | None = None,
    segments: Sequence[int] | None = None,
    sizes: Sequence[float] | None = None,
    earlier: Sequence[LayerStep] = (),
) -> LayerView:
    """A layer of one text, or of texts of `lengths`, whose first tokens are protected. One head of width h;
    query and key are (T, h), states (T, d)."""
    count = len(scores)
    lengths = lengths or (count,)
    key = torch.zeros(count, 2) if key is None else key
    query = torch.zeros_like(key) if query is None else query
    projected = torch.stack([query, key, torch.zeros_like(key)], 1)[:, :, None, :]  # (T, 3, 1, h)
    batch = PackedBatch.from_lengths(torch.zeros(count, 1) if states is None else states, lengths)
    batch = PackedBatch(
        batch.states,
        batch.positions,
        batch.text_index,
        lengths,
        lengths,
        None if segments is None else torch.tensor(segments),
        None if sizes is None else torch.tensor(sizes),
    )
    return LayerView(
        layer, batch, batch, torch.tensor(scores), batch.positions == 0, lambda *_: projected, earlier
    )
