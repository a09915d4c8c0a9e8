"""The packed encoder: post-norm transformer layers from which tokens physically disappear.

One layer scores its tokens in attention and drops before its own feed-forward part, so attention works
on the tokens that came in and the feed-forward part on those that stay (Kim et al. 2022, figure 2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ltp_viz.core.attention.torch_paths import packed_attention
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.linear import FusedLinear
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, LayerView, Reduction, ReductionRule
from ltp_viz.core.scores import token_scores

# Attention probabilities that training may keep from one chunk for the way back; more, as texts of over some
# 340 tokens have, are computed again: half the memory of a step at 512 tokens for 1.1 times its time. A chunk
# on a GPU is the whole batch.
_MOST_KEPT, _MOST_KEPT_ON_GPU = 1 << 23, 1 << 27
# Rows that pass through a layer together. The widest intermediate, 12 MB for a width of 1,536, is then small
# enough for the allocator to reuse and mostly still in cache: 16,384 rows at once took 1.15 times as long.
_ROWS_PER_CHUNK = 2048


class Embeddings(nn.Module):
    """Word, position and segment embeddings of packed token ids, normalised."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        width = config.embedding_size or config.hidden_size
        self.position_offset = config.position_offset
        self.words = nn.Embedding(config.vocab_size, width)
        self.positions = nn.Embedding(config.max_position_embeddings, width)
        self.segments = nn.Embedding(config.type_vocab_size, width) if config.type_vocab_size else None
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.widen = nn.Linear(width, config.hidden_size) if width != config.hidden_size else None

    def forward(self, token_ids: Tensor, positions: Tensor, segments: Tensor | None) -> Tensor:
        """Ids, positions and segment ids (T,) -> states (T, d)."""
        states = self.words(token_ids) + self.positions(positions + self.position_offset)
        if self.segments is not None:
            states = states + (self.segments.weight[0] if segments is None else self.segments(segments))
        states = self.dropout(self.norm(states))
        return states if self.widen is None else self.widen(states)


class EncoderLayer(nn.Module):
    """One post-norm layer in two halves, between which tokens may be dropped."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.attention_dropout = config.attention_probs_dropout_prob
        dropout = config.hidden_dropout_prob
        self.query_key_value = FusedLinear(width, 3 * width)
        self.attention_output = FusedLinear(width, width, dropout=dropout)
        self.attention_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.up = FusedLinear(width, config.intermediate_size, activation=config.hidden_act)
        self.down = FusedLinear(config.intermediate_size, width, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)

    def attend(
        self, batch: PackedBatch, with_sums: bool, presence: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Attention half: states (T, d) and, `with_sums`, attention received (T,).

        `presence` (T,), for training: see `packed_attention`.
        """
        chunks = batch.chunks(_rows_per_chunk(batch.states))
        there = [None] * len(chunks)
        if presence is not None:
            there = presence.split([len(rows) for rows, _ in chunks])
        states, sums = zip(
            *(
                self._attend(rows, lengths, with_sums, own)
                for (rows, lengths), own in zip(chunks, there, strict=True)
            ),
            strict=True,
        )
        return _joined(states), _joined(sums) if with_sums else None

    def _attend(
        self, states: Tensor, lengths: tuple[int, ...], with_sums: bool, presence: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        arguments: dict[str, Any] = {
            "dropout": self.attention_dropout if self.training else 0.0,
            "with_sums": with_sums,
            "presence": presence,
        }
        projected = self.project(states)
        trains = with_sums and self.training and torch.is_grad_enabled()
        most_kept = _MOST_KEPT_ON_GPU if states.is_cuda else _MOST_KEPT
        if trains and self.heads * sum(n * n for n in lengths) > most_kept:
            context, column_sums = checkpoint(
                packed_attention, projected, lengths, use_reentrant=False, **arguments
            )
        else:
            context, column_sums = packed_attention(projected, lengths, **arguments)
        return self.attended(states, context), column_sums

    def project(self, states: Tensor) -> Tensor:
        """Queries, keys and values: (T, d) -> (T, 3, H, h)."""
        return self.query_key_value(states).view(states.shape[0], 3, self.heads, -1)

    def attended(self, states: Tensor, context: Tensor) -> Tensor:
        """States after attention from states before it and what the heads read, (T, d) each."""
        return self.attention_norm(self.attention_output(context, states))

    def feed_forward(self, states: Tensor) -> Tensor:
        """Feed-forward half: (T, d) -> (T, d)."""
        return _joined([self._feed_forward(rows) for rows in states.split(_rows_per_chunk(states))])

    def _feed_forward(self, states: Tensor) -> Tensor:
        return self.feed_forward_norm(self.down(self.up(states), states))


def _rows_per_chunk(states: Tensor) -> int:
    return len(states) if states.is_cuda else _ROWS_PER_CHUNK


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
    layers: Iterable[nn.Module],
    batch: PackedBatch,
    rule: ReductionRule,
    config: LTPConfig,
    *,
    score_all_layers: bool = False,
    previous: Sequence[LayerStep] = (),
) -> EncoderRun:
    """Run embedded tokens through the layers under a rule that drops or merges them.

    `previous` are the steps of an earlier run on the same tokens: as long as this rule decides as that
    run did, its layers are reused, so a change in layer k costs the layers from k on (exactly equal to
    a full run, since equal decisions make equal states). `score_all_layers` asks for scores where the
    rule cannot reduce, for display.
    """
    steps: list[LayerStep] = []
    shared = True
    for index, layer in enumerate(layers):
        assert isinstance(layer, EncoderLayer)
        known = previous[index] if shared and index < len(previous) else None
        needs_scores = score_all_layers or rule.can_reduce(index)
        if known is not None and (known.scores is not None or not needs_scores):
            attended, scores = known.attended, known.scores
        else:
            known = None
            # A token that stands for several is read, and votes, as often (Bolya et al. 2023, equation 1).
            states, column_sums = layer.attend(batch, needs_scores or batch.sizes is not None, batch.sizes)
            attended = batch.with_states(states)
            scores = None if column_sums is None else token_scores(column_sums, batch, config)
        reduction = None
        if scores is not None and rule.can_reduce(index):
            protected = _protected(attended, config)
            seen = LayerView(index, batch, attended, scores.detach(), protected, layer.project, steps)
            reduction = rule.reduce(seen).protecting(protected)
            reduction = None if reduction.changes_nothing else reduction
        if known is not None and _same(reduction, known.reduction):
            same = LayerStep(attended, scores, reduction, known.survivors)
            steps.append(known if reduction is known.reduction else same)
        else:
            shared = False
            survivors = attended if reduction is None else reduction.apply(attended)
            survivors = survivors.with_states(layer.feed_forward(survivors.states))
            steps.append(LayerStep(attended, scores, reduction, survivors))
        batch = steps[-1].survivors
    return EncoderRun(tuple(steps))


def _protected(batch: PackedBatch, config: LTPConfig) -> Tensor:
    """True where no rule may take a token away, (T,)."""
    protected = batch.positions == 0
    for position in config.protected_positions:
        protected = protected | (batch.positions == position)
    return protected


def _same(reduction: Reduction | None, other: Reduction | None) -> bool:
    return other is None if reduction is None else reduction.same_as(other)
