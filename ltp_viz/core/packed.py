"""Several texts end to end without padding: the only batch layout of the encoder.

Dropping a token removes its row, so every linear layer works on surviving tokens alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class PackedBatch:
    """Token states of a ragged batch. Shapes: T tokens alive in all texts together, d hidden size."""

    states: Tensor  # (T, d)
    positions: Tensor  # (T,) position of each token in its full text; never renumbered
    text_index: Tensor  # (T,) which text a token belongs to, ascending
    lengths: tuple[int, ...]  # tokens alive per text
    text_lengths: tuple[int, ...]  # tokens per text before any drop
    segments: Tensor | None = None  # (T,) 0 for a first text, 1 for a second; None: one kind only
    sizes: Tensor | None = None  # (T,) fp32, how many tokens a row stands for; None: one each

    @classmethod
    def from_lengths(cls, states: Tensor, lengths: tuple[int, ...]) -> "PackedBatch":
        """Lay out full texts: `states` (T, d) holds their tokens in order, `lengths` how many each has."""
        counts = torch.tensor(lengths, device=states.device)
        starts = torch.cumsum(counts, 0) - counts
        text_index = torch.repeat_interleave(torch.arange(len(lengths), device=states.device), counts)
        positions = torch.arange(states.shape[0], device=states.device) - starts[text_index]
        return cls(states, positions, text_index, lengths, lengths)

    def with_states(self, states: Tensor) -> "PackedBatch":
        """The same tokens with new states (T, d)."""
        return replace(self, states=states)

    def at(self, positions: Sequence[int]) -> Tensor:
        """True for tokens at one of these positions of their full texts, (T,)."""
        found = torch.zeros_like(self.positions, dtype=torch.bool)
        for position in positions:
            found |= self.positions == position
        return found

    def select(self, keep: Tensor) -> "PackedBatch":
        """Only the tokens where `keep` (T,) is true; the rows of the others are removed."""
        rows = keep.nonzero().squeeze(1)
        text_index = self.text_index[rows]
        lengths = torch.bincount(text_index, minlength=len(self.lengths))
        return PackedBatch(
            self.states[rows],
            self.positions[rows],
            text_index,
            tuple(lengths.tolist()),
            self.text_lengths,
            None if self.segments is None else self.segments[rows],
            None if self.sizes is None else self.sizes[rows],
        )

    def slots(self) -> Tensor:
        """Where each token lies among all tokens of the full texts laid end to end, (T,)."""
        counts = torch.tensor(self.text_lengths, device=self.positions.device)
        return (torch.cumsum(counts, 0) - counts)[self.text_index] + self.positions

    def chunks(self, max_rows: int) -> list[tuple[Tensor, tuple[int, ...]]]:
        """Whole texts in runs of at most `max_rows` tokens (or one longer text): states and lengths each."""
        if self.states.shape[0] <= max_rows:
            return [(self.states, self.lengths)]
        chunks: list[tuple[int, ...]] = []
        current: list[int] = []
        for length in self.lengths:
            if current and sum(current) + length > max_rows:
                chunks.append(tuple(current))
                current = []
            current.append(length)
        chunks.append(tuple(current))
        rows = self.states.split([sum(chunk) for chunk in chunks])
        return list(zip(rows, chunks, strict=True))

    def first_rows(self) -> Tensor:
        """Row of each text's first surviving token, (number of texts,). The head reads these."""
        counts = torch.tensor(self.lengths, device=self.states.device)
        return torch.cumsum(counts, 0) - counts
