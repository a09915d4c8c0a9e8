"""Which neighbouring texts of a packed batch share one padded product, and where their rows lie in it.

Shapes: T tokens in a group, b texts, n longest of them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ltp_viz.core.limits import DeviceLimits


def padded_groups(lengths: tuple[int, ...], heads: int, limits: DeviceLimits) -> list[tuple[int, ...]]:
    """Lengths of texts that share one padded product of a limited size; a text longer than
    `limits.padded_up_to_length` is a group of its own."""
    most_elements = limits.padded_elements // heads
    groups: list[tuple[int, ...]] = []
    current: list[int] = []
    longest = 0
    for length in lengths:
        longest = max(longest, length)
        too_large = (len(current) + 1) * longest**2 > most_elements
        if current and (too_large or longest > limits.padded_up_to_length):
            groups.append(tuple(current))
            current, longest = [], length
        current.append(length)
    return [*groups, tuple(current)]


def fused_groups(lengths: tuple[int, ...], limits: DeviceLimits) -> list[tuple[int, ...]]:
    """As `padded_groups`, for a kernel that holds no matrix: padding may waste some of the products."""
    groups: list[tuple[int, ...]] = []
    current: list[int] = []
    longest = needed = 0
    for length in lengths:
        longest, needed = max(longest, length), needed + length**2
        most = limits.fused_waste * needed + limits.fused_waste_elements
        if current and (len(current) + 1) * longest**2 > most:
            groups.append(tuple(current))
            current, longest, needed = [], length, length**2
        current.append(length)
    return [*groups, tuple(current)]


@dataclass(frozen=True)
class Padding:
    """Where the rows of a ragged group lie in a (b, n) grid."""

    alive: Tensor  # (b, n) bool
    rows: Tensor  # (b * n,) packed row in each slot; padding repeats some row, which the mask hides
    slots: Tensor  # (T,) slot of each packed row

    @classmethod
    def of(cls, lengths: tuple[int, ...], device: torch.device) -> "Padding | None":
        """The grid of a group; None where all texts are equally long and nothing needs padding."""
        if min(lengths) == max(lengths):
            return None
        counts = torch.tensor(lengths, device=device)
        steps = torch.arange(max(lengths), device=device)
        alive = steps < counts[:, None]
        rows = (torch.cumsum(counts, 0) - counts)[:, None] + steps
        return cls(alive, rows.clamp_(max=sum(lengths) - 1).flatten(), alive.flatten().nonzero().squeeze(1))
