"""The packed encoder: transformer layers from which tokens physically disappear.

One layer scores its tokens in attention and drops before its own feed-forward part, so attention works
on the tokens that came in and the feed-forward part on those that stay (Kim et al. 2022, figure 2).
This file holds what all layouts share; each layout is a file in `families/`.

Shapes: T tokens enter a layer, S of them stay, d hidden size, H heads, h head width.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ltp_viz.core.attention.dispatch import packed_attention
from ltp_viz.core.attention.relation import NO_RELATION, Relation
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.decision import LayerDecision
from ltp_viz.core.limits import limits_of
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, Reduction, ReductionRule


class EncoderLayer(nn.Module, ABC):
    """One layer of any layout: attend, score, drop, feed forward.

    A layout says how states become queries, keys and values (`project`), what distances count in attention
    (`relation`), what a layer makes of what its heads read (`attended`), and its feed-forward part.
    """

    heads: int
    attention_dropout: float

    def forward(self, batch: PackedBatch, decision: LayerDecision) -> LayerStep:
        """Run the layer over the tokens that enter it, and record what became of them."""
        # A token that stands for several is read, and votes, as often (Bolya et al. 2023, equation 1).
        needs_sums = decision.needs_scores or batch.sizes is not None
        states, column_sums = self.attend(batch, needs_sums, batch.sizes)  # (T, d), (T,)
        attended = batch.with_states(states)  # (T, d)
        scores = decision.scores(column_sums, batch)  # (T,)
        reduction = decision.reduction(self.project, self.relation, batch, attended, scores)  # T tokens -> S
        return LayerStep(attended, scores, reduction, self.finish(attended, reduction))  # (S, d)

    def finish(self, attended: PackedBatch, reduction: Reduction | None) -> PackedBatch:
        """Reduce the tokens, then run the feed-forward part on those that stay: T tokens -> S."""
        survivors = attended if reduction is None else reduction.apply(attended)  # (S, d)
        return survivors.with_states(self.feed_forward(survivors.states))  # (S, d)

    def attend(
        self, batch: PackedBatch, with_sums: bool, presence: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Attention half: states (T, d) and, `with_sums`, attention received (T,).

        `presence` (T,), in training or of merged tokens: see `packed_attention`.
        """
        chunks = batch.chunks(limits_of(batch.states.device).chunk(len(batch.states)))
        sizes = [len(rows) for rows, _ in chunks]
        there = [None] * len(chunks) if presence is None else presence.split(sizes)
        states, sums = [], []
        for (rows, lengths), at, own in zip(chunks, batch.positions.split(sizes), there, strict=True):
            context, column_sums = self.attention(self.project(rows, at), lengths, at, with_sums, own)
            states.append(self.attended(rows, context))
            if column_sums is not None:
                sums.append(column_sums)
        return _joined(states), _joined(sums) if with_sums else None

    def attention(
        self,
        query_key_value: Tensor,
        lengths: tuple[int, ...],
        positions: Tensor,
        with_sums: bool,
        presence: Tensor | None = None,
        rows: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """What the heads read, (T, H * h), and attention received (T,), from `project`'s (T, 3, H, h).

        `positions` (T,), `presence` and `rows` as in `packed_attention`.
        """
        arguments: dict[str, Any] = {
            "dropout": self.attention_dropout if self.training else 0.0,
            "with_sums": with_sums,
            "presence": presence,
            "rows": rows,
            "positions": positions,
            "relation": self.relation,
        }
        trains = with_sums and self.training and torch.is_grad_enabled()
        probabilities = self.heads * sum(n * n for n in lengths)
        if trains and probabilities > limits_of(query_key_value.device).kept_probabilities:
            recomputed: tuple[Tensor, Tensor | None] = checkpoint(
                packed_attention, query_key_value, lengths, use_reentrant=False, **arguments
            )
            return recomputed
        return packed_attention(query_key_value, lengths, **arguments)

    def feed_forward(self, states: Tensor) -> Tensor:
        """Feed-forward half, (S, d) -> (S, d), in chunks that fit the device."""
        chunk = limits_of(states.device).chunk(len(states))
        return _joined([self.feed_forward_rows(rows) for rows in states.split(chunk)])

    @property
    def relation(self) -> Relation:
        """What distances count in this layer's attention: in most layouts nothing."""
        return NO_RELATION

    @abstractmethod
    def project(self, states: Tensor, positions: Tensor) -> Tensor:
        """Queries, keys and values of tokens at `positions` (T,) of their texts: (T, d) -> (T, 3, H, h)."""

    @abstractmethod
    def attended(self, states: Tensor, context: Tensor) -> Tensor:
        """States after attention, (T, d), from states before it and what the heads read, (T, d) each."""

    @abstractmethod
    def feed_forward_rows(self, states: Tensor) -> Tensor:
        """The feed-forward half of one chunk of rows, (S, d) -> (S, d)."""


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


@dataclass(frozen=True)
class EncoderRun:
    """All layers of one pass, first to last."""

    steps: tuple[LayerStep, ...]

    @property
    def final(self) -> PackedBatch:
        """The tokens that survive the whole encoder."""
        return self.steps[-1].survivors


def encode(
    layers: nn.ModuleList,
    batch: PackedBatch,
    rule: ReductionRule,
    config: LTPConfig,
    *,
    score_all_layers: bool = False,
    earlier: Sequence[LayerStep] = (),
) -> EncoderRun:
    """Run embedded tokens through the layers under a rule that drops or merges them.

    `score_all_layers` asks for scores where the rule cannot reduce, for display. Where the first layers have
    been run, `earlier` holds their steps and `batch` is not read.
    """
    steps = list(earlier)
    batch = steps[-1].survivors if steps else batch
    for index in range(len(steps), len(layers)):
        decision = LayerDecision(index, rule, config, steps, score_all_layers)
        steps.append(layers[index](batch, decision))
        batch = steps[-1].survivors
    return EncoderRun(tuple(steps))


def encode_again(
    previous: Sequence[LayerStep],
    layers: nn.ModuleList,
    batch: PackedBatch,
    rule: ReductionRule,
    config: LTPConfig,
    *,
    score_all_layers: bool = False,
) -> EncoderRun:
    """As `encode`, reusing the steps of an earlier run on the same tokens while decisions agree.

    A change in layer k costs the layers from k on, and the result equals a full run exactly, since equal
    decisions make equal states.
    """
    steps: list[LayerStep] = []
    for index, known in enumerate(previous):
        decision = LayerDecision(index, rule, config, steps, score_all_layers)
        if decision.needs_scores and known.scores is None:
            break  # this layer's attention must be computed again, with column sums
        layer = encoder_layer(layers[index])
        entered = steps[-1].survivors if steps else batch
        reduction = decision.reduction(layer.project, layer.relation, entered, known.attended, known.scores)
        step = replace(known, reduction=reduction)
        if same_reduction(reduction, known.reduction):
            steps.append(step)
            continue
        steps.append(replace(step, survivors=layer.finish(known.attended, reduction)))
        break
    return encode(layers, batch, rule, config, score_all_layers=score_all_layers, earlier=steps)


def encoder_layer(module: nn.Module) -> EncoderLayer:
    """The same module, known to be a layer: `nn.ModuleList` does not say what it holds."""
    if not isinstance(module, EncoderLayer):
        raise TypeError(f"{type(module).__name__} is not an encoder layer; use a module of `core.families`.")
    return module


def same_reduction(first: Reduction | None, second: Reduction | None) -> bool:
    """Whether two reductions of the same tokens have the same result; None keeps all."""
    return second is None if first is None else first.same_as(second)
