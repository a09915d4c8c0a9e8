"""Token reduction: what a rule sees of a layer, what it answers, and what the layer makes of it.

A rule works between the attention and the feed-forward part of a layer. It keeps tokens, drops them, or lets
another token carry them: merging and packaging replace several tokens by their mean in one row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from ltp_viz.core.attention.parts import attention_from, attention_from_others
from ltp_viz.core.attention.relation import NO_RELATION, Relation
from ltp_viz.core.packed import PackedBatch


@dataclass(frozen=True)
class Reduction:
    """What becomes of the T tokens of a layer.

    `carrier` is the row that carries each token from here on: its own where it is kept, -1 where it is
    dropped. A carrier must itself be kept. Without `carrier`, a token that is not kept is dropped.
    """

    keep: Tensor  # (T,) bool: tokens whose row is kept
    carrier: Tensor | None = None  # (T,) row
    # (T,) weight of each token in its carrier's mean. None: the number of tokens it stands for, and the
    # carrier then stands for all of them (Bolya et al. 2023). With weights the carrier still counts as one.
    weights: Tensor | None = None

    def protecting(self, protected: Tensor) -> "Reduction":
        """The same, but tokens where `protected` (T,) is true are kept, whatever the rule says."""
        keep = self.keep | protected
        if self.carrier is None:
            return replace(self, keep=keep)
        own = torch.arange(len(keep), device=keep.device)
        return replace(self, keep=keep, carrier=torch.where(protected, own, self.carrier))

    @property
    def changes_nothing(self) -> bool:
        """Whether all tokens are kept."""
        return bool(self.keep.all())

    def same_as(self, other: "Reduction | None") -> bool:
        """Whether another reduction of the same tokens has the same result."""
        if other is None or not torch.equal(self.keep, other.keep):
            return False
        mine, theirs = (self.carrier, self.weights), (other.carrier, other.weights)
        return all(
            a is b or (a is not None and b is not None and torch.equal(a, b))
            for a, b in zip(mine, theirs, strict=True)
        )

    def apply(self, batch: PackedBatch) -> PackedBatch:
        """The kept tokens, with what they carry; the rows of the others are removed."""
        if self.carrier is not None:
            batch = self._carried(batch, self.carrier)
        return batch.select(self.keep)

    def _carried(self, batch: PackedBatch, carrier: Tensor) -> PackedBatch:
        """Every carrier's row becomes the weighted mean of the tokens it carries."""
        sizes = torch.ones_like(self.keep, dtype=torch.float32) if batch.sizes is None else batch.sizes
        weights = sizes if self.weights is None else self.weights.float()
        is_carried = carrier >= 0
        rows, weights = carrier[is_carried], weights[is_carried]
        total = torch.zeros_like(sizes).index_add(0, rows, weights)
        weighted = batch.states[is_carried].float() * weights[:, None]
        mean = torch.zeros_like(batch.states, dtype=torch.float32).index_add(0, rows, weighted)
        mean = (mean / total.clamp_min(torch.finfo(torch.float32).tiny)[:, None]).to(batch.states.dtype)
        # A token that carries only itself keeps its state, to the last bit.
        shared = torch.bincount(rows, minlength=len(carrier)) > 1
        states = torch.where(shared[:, None], mean, batch.states)
        if self.weights is None:
            sizes = torch.zeros_like(sizes).index_add(0, rows, sizes[is_carried])
            return replace(batch, states=states, sizes=sizes)
        return replace(batch, states=states)


@dataclass(frozen=True)
class LayerStep:
    """What one layer saw and decided. Holds enough to continue from here with another decision."""

    attended: PackedBatch  # tokens that entered, with their states after attention
    scores: Tensor | None  # (T,) fp32; None where the rule could not reduce and none were requested
    reduction: Reduction | None  # None: all are kept
    survivors: PackedBatch  # tokens that left, with their states after the feed-forward part


@dataclass(frozen=True)
class LayerView:
    """One layer as a rule sees it, between attention and feed-forward part; T tokens."""

    layer: int  # 0 to L - 1
    entered: PackedBatch  # states before attention
    attended: PackedBatch  # the same tokens, states after attention
    scores: Tensor  # (T,) attention received, divided by a constant: Kim et al. 2022, equation 3
    protected: Tensor  # (T,) bool: tokens that are kept, whatever the rule says
    # States (T, d) and positions (T,) -> queries, keys and values (T, 3, H, h).
    project: Callable[[Tensor, Tensor], Tensor]
    earlier: Sequence[LayerStep]  # layers before this one
    relation: Relation = NO_RELATION  # what distances count in this layer's attention

    @cached_property
    def query_key_value(self) -> Tensor:
        """(T, 3, H, h), recomputed for the rules that need more than scores."""
        return self.project(self.entered.states, self.entered.positions)

    def keys(self) -> Tensor:
        """Keys as the mean over heads, (T, h): what ToMe compares."""
        return self.query_key_value[:, 1].mean(1)

    def attention_from_others(self) -> Tensor:
        """Attention received from all other tokens: their sum, averaged over heads, (T,)."""
        seen = self.entered
        summed = attention_from_others(
            self.query_key_value, seen.lengths, seen.sizes, seen.positions, self.relation
        )
        return summed / self.query_key_value.shape[2]

    def attention_from(self, readers: Tensor) -> Tensor:
        """Attention received from the tokens `readers` (T,) bool: their sum, averaged over heads, (T,)."""
        seen = self.entered
        summed = attention_from(
            self.query_key_value, seen.lengths, readers, seen.sizes, seen.positions, self.relation
        )
        return summed / self.query_key_value.shape[2]

    def accumulated_scores(self) -> Tensor:
        """Scores of this layer and all before it, summed per token, (T,)."""
        total = self.scores.new_zeros(sum(self.entered.text_lengths))
        for step in self.earlier:
            if step.scores is not None:
                total.index_add_(0, step.attended.slots(), step.scores)
        return total[self.entered.slots()] + self.scores

    def per_text(self) -> list[slice]:
        """Rows of each text, in order."""
        ends = torch.tensor(self.entered.lengths).cumsum(0).tolist()
        return [slice(end - length, end) for end, length in zip(ends, self.entered.lengths, strict=True)]


class ReductionRule(Protocol):
    """Decides what becomes of the tokens of each layer. A rule knows no model.

    The encoder protects positions (`decision.py`); a rule that counts tokens reads `protected`.
    """

    def can_reduce(self, layer: int) -> bool:
        """Whether this layer may lose tokens at all."""
        ...

    def reduce(self, seen: LayerView) -> Reduction:
        """What becomes of the layer's tokens. Texts must not influence one another."""
        ...
