"""Keep the highest-ranked tokens of each text."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ltp_viz.core.reduction import LayerView


def keep_highest(ranks: Tensor, seen: LayerView, counts: Sequence[int]) -> Tensor:
    """True for the highest `ranks` (T,) of each text, as many as `counts` says per text and at least one.

    Protected tokens come first and count among them. Among equal ranks, torch chooses.
    """
    ranks = ranks.masked_fill(seen.protected, float("inf"))
    keep = torch.zeros_like(seen.protected)
    for rows, count in zip(seen.per_text(), counts, strict=True):
        own = ranks[rows]
        keep[rows.start + own.topk(min(len(own), max(1, count))).indices] = True
    return keep


def counts_at_rate(rate: float, seen: LayerView) -> list[int]:
    """Number of tokens kept at a rate of each text's full length, at least one."""
    return [max(1, round(length * rate)) for length in seen.entered.text_lengths]
