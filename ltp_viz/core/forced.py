"""Tokens decided by a person, not by scores: kept through every layer, or dropped by the first one."""

from collections.abc import Container
from dataclasses import dataclass, replace

import torch

from ltp_viz.core.reduction import LayerView, Reduction, ReductionRule


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

    def check(self, num_tokens: int, always_kept: Container[int]) -> None:
        """Raises ValueError where a text of `num_tokens` lacks a position, or the model always keeps it."""
        for position in (*self.keep, *self.drop):
            if not 0 <= position < num_tokens:
                raise ValueError(
                    f"Position {position} cannot be forced: the text's positions are 0 to {num_tokens - 1}."
                )
        for position in self.drop:
            if position in always_kept:
                raise ValueError(f"Position {position} cannot be forced to go: the model protects it.")


NOTHING_FORCED = ForcedTokens()


@dataclass(frozen=True)
class ForcedRule:
    """A rule that drops, made to respect forced tokens, at the same positions in every text of a batch.

    As under any rule, the encoder keeps protected positions; `ForcedTokens.check` refuses to drop them.
    Rules that merge are not supported: where one token carries others, no single one can be forced.
    """

    rule: ReductionRule
    forced: ForcedTokens

    def can_reduce(self, layer: int) -> bool:
        """Where the rule can, and in the first layer if a token is forced out."""
        return self.rule.can_reduce(layer) or (layer == 0 and bool(self.forced.drop))

    def reduce(self, seen: LayerView) -> Reduction:
        """The rule's decision, with forced tokens decided otherwise."""
        positions = seen.entered.positions
        if self.rule.can_reduce(seen.layer):
            reduction = self.rule.reduce(seen)
            if reduction.carrier is not None and self.forced != NOTHING_FORCED:
                raise ValueError("Tokens cannot be forced under a rule that merges them; force none.")
        else:
            reduction = Reduction(torch.ones_like(seen.scores, dtype=torch.bool))
        keep = reduction.keep
        if self.forced.keep:
            keep = keep | torch.isin(positions, positions.new_tensor(self.forced.keep))
        if self.forced.drop:
            keep = keep & ~torch.isin(positions, positions.new_tensor(self.forced.drop))
        return replace(reduction, keep=keep)
