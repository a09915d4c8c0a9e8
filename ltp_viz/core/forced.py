"""Tokens whose fate a person has decided: kept through every layer, or gone from the first one on."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.rules import DropRule


@dataclass(frozen=True)
class ForcedTokens:
    """Positions in a text that are decided beforehand, ascending and each one once.

    Raises ValueError where a position is in both lists.
    """

    keep: tuple[int, ...] = ()  # never dropped, whatever their scores
    drop: tuple[int, ...] = ()  # dropped by the first layer, whatever its threshold

    def __post_init__(self) -> None:
        object.__setattr__(self, "keep", tuple(sorted({int(position) for position in self.keep})))
        object.__setattr__(self, "drop", tuple(sorted({int(position) for position in self.drop})))
        both = sorted({*self.keep} & {*self.drop})
        if both:
            raise ValueError(f"Position {both[0]} is forced both to stay and to go; choose one.")

    @property
    def by_position(self) -> dict[int, str]:
        """Every forced position with "keep" or "drop"."""
        return dict.fromkeys(self.keep, "keep") | dict.fromkeys(self.drop, "drop")

    def check(self, num_tokens: int, protected_positions: Iterable[int]) -> None:
        """Raises ValueError where a text of `num_tokens` lacks a position, or must not lose it."""
        for position in (*self.keep, *self.drop):
            if not 0 <= position < num_tokens:
                raise ValueError(
                    f"Position {position} cannot be forced: the text's positions are 0 to {num_tokens - 1}."
                )
        for position in self.drop:
            if position == 0 or position in protected_positions:
                raise ValueError(f"Position {position} cannot be forced to go: the model protects it.")


NOTHING_FORCED = ForcedTokens()


@dataclass(frozen=True)
class ForcedRule:
    """A drop rule that obeys forced tokens, at the same positions in every text of a batch.

    As under any rule, the encoder keeps protected positions; `ForcedTokens.check` refuses to drop them.
    """

    rule: DropRule
    forced: ForcedTokens

    def can_drop(self, layer: int) -> bool:
        """Where the rule can, and in the first layer if a token is forced to go."""
        return self.rule.can_drop(layer) or (layer == 0 and bool(self.forced.drop))

    def keep(self, layer: int, scores: Tensor, batch: PackedBatch) -> Tensor:
        """The rule's decision, (T,), with forced tokens decided otherwise."""
        if self.rule.can_drop(layer):
            keep = self.rule.keep(layer, scores, batch)
        else:
            keep = torch.ones_like(scores, dtype=torch.bool)
        if self.forced.keep:
            keep = keep | torch.isin(batch.positions, batch.positions.new_tensor(self.forced.keep))
        if self.forced.drop:
            keep = keep & ~torch.isin(batch.positions, batch.positions.new_tensor(self.forced.drop))
        return keep
