"""Many threshold scales in one pass: runs that agree so far are computed once.

Thresholds rise from setting to setting, so of the tokens that enter a layer together, a later setting keeps
a subset of what an earlier one keeps. The K settings of a sweep therefore split into a tree of branches: one
text under a range of neighbouring settings that have decided alike so far. All branches of a layer share one
packed batch. What belongs to a single token (feed-forward part, the next layer's queries, keys and values) is
computed once, for the branch that still holds all of its children's tokens.

`encoder.encode` runs one rule and keeps every state; this keeps decisions, logits and, if asked, scores.

A worked example: three tokens, the first protected, and a threshold of 0.01 at the scales 0, 0.5, 1 and 2. A
setting keeps a score that is at least its cutoff, so every token is kept up to some setting:

>>> scores = np.array([0.002, 0.015, 0.005], np.float32)
>>> cutoffs = np.array([-np.inf, 0.005, 0.01, 0.02], np.float32)
>>> positions = np.arange(3)
>>> kept_until = _kept_until(scores, cutoffs, positions, always_kept=[0], dropped=[])
>>> kept_until.tolist()  # the first by all four, the second by three, the third by two
[4, 3, 2]

One branch holds all four settings until this layer. It splits where a setting drops what the one before kept:

>>> trunk = _Branches(text=np.array([0]), first=np.array([0]), last=np.array([4]))
>>> children, rows, child = _split(trunk, np.array([0, 0, 0]), kept_until)
>>> list(zip(children.first.tolist(), children.last.tolist()))  # scales 0 and 0.5 together, then 1, then 2
[(0, 2), (2, 3), (3, 4)]
>>> rows.tolist(), child.tolist()  # three tokens, two, and one: six rows where four runs would have nine
([0, 1, 2, 0, 1, 0], [0, 0, 0, 1, 1, 2])
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ltp_viz.core.encoder import encoder_layer
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.scores import SMALLEST_THRESHOLD, token_scores


@dataclass(frozen=True)
class SweepRun:
    """K settings over B texts of T tokens together, end to end as they were given."""

    depths: NDArray[np.int64]  # (K, T) layers that a token survives, 0 to L
    logits: NDArray[np.float32]  # (K, B, C)
    scores: NDArray[np.float32] | None  # (K, L, T) NaN once a token is dropped; None where not asked for


@dataclass(frozen=True)
class _Branches:
    """R runs that continue separately, each one text under the settings `first` to `last` (excluded)."""

    text: NDArray[np.int64]  # (R,)
    first: NDArray[np.int64]  # (R,)
    last: NDArray[np.int64]  # (R,)


def run_sweep(
    model: LTPForSequenceClassification,
    token_ids: Tensor,
    lengths: tuple[int, ...],
    segments: Tensor | None,
    thresholds: Sequence[Sequence[float]],
    *,
    forced: ForcedTokens = NOTHING_FORCED,
    with_scores: bool = False,
) -> SweepRun:
    """Run packed ids (T,) under K settings of L thresholds each, exactly as K separate runs decide.

    `forced` positions are decided alike in every text, as by `forced.ForcedRule`. `with_scores` records the
    score of every token in every layer it enters, also where no setting can drop.

    No layer's threshold may decrease from one setting to the next; raises ValueError where one does.
    """
    table = np.asarray(thresholds, dtype=np.float32)  # (K, L)
    if (np.diff(table, axis=0) < 0).any():
        raise ValueError("The thresholds of a sweep must not fall from one setting to the next; sort them.")
    config, layers = model.config, list(model.layers_in_order)
    # A setting keeps scores from its cutoff on: equation 4 with the smallest threshold that prunes.
    cutoffs = np.where(table > 0, np.maximum(table, np.float32(SMALLEST_THRESHOLD)), -np.inf)
    depths = np.zeros((len(table), sum(lengths)), dtype=np.int64)
    logits = np.zeros((len(table), len(lengths), config.num_classes), dtype=np.float32)
    recorded: NDArray[np.float32] | None = None
    if with_scores:
        recorded = np.full((len(table), len(layers), sum(lengths)), np.nan, dtype=np.float32)

    embedded = model.embed(token_ids, lengths, segments)
    states = embedded.states
    projected = encoder_layer(layers[0]).project(states, embedded.positions)
    device = states.device
    # Branches of one parent share rows of both; the batch's own "states" are its tokens' rows in them.
    batch = embedded.with_states(torch.arange(sum(lengths), device=device))
    tokens = np.arange(sum(lengths))  # which token of the full texts each row of the batch is
    count = len(lengths)
    always_kept = (*config.always_kept, *forced.keep)
    branches = _Branches(np.arange(count), np.zeros(count, np.int64), np.full(count, len(table)))
    for index in range(len(layers)):
        layer, owner = encoder_layer(layers[index]), batch.text_index.cpu().numpy()
        needs_scores = with_scores or bool((table[:, index] > 0).any())
        context, column_sums = layer.attention(
            projected, batch.lengths, batch.positions, needs_scores, rows=batch.states
        )
        scores = None if column_sums is None else token_scores(column_sums, batch, config).cpu().numpy()
        if recorded is not None and scores is not None:
            setting, row = _cells(branches.first[owner], branches.last[owner])
            recorded[setting, index, tokens[row]] = scores[row]
        positions = batch.positions.cpu().numpy()
        dropped = forced.drop if index == 0 else ()
        kept_until = _kept_until(scores, cutoffs[:, index], positions, always_kept, dropped)
        setting, row = _cells(branches.first[owner], np.minimum(kept_until, branches.last[owner]))
        # No token appears twice in a setting: branches of one text cover disjoint settings.
        depths[setting, tokens[row]] += 1
        is_last = index == len(layers) - 1
        if is_last and not model.head.reads_all_tokens:
            firsts = batch.first_rows()
            read = layer.attended(states[batch.states[firsts]], context[firsts])
            ends = PackedBatch.from_lengths(layer.feed_forward(read), (1,) * len(branches.text))
            _answer(model, ends, branches, logits)
            break
        # Each branch's least pruned child holds the tokens of all its children.
        union = np.flatnonzero(kept_until > branches.first[owner])
        rows = torch.from_numpy(union).to(device)
        before = states.index_select(0, batch.states[rows])
        states = layer.feed_forward(layer.attended(before, context.index_select(0, rows)))
        branches, chosen, child = _split(branches, owner[union], kept_until[union])
        tokens = tokens[union][chosen]
        batch = PackedBatch(
            torch.from_numpy(chosen).to(device),
            torch.from_numpy(positions[union[chosen]]).to(device),
            torch.from_numpy(child).to(device),
            tuple(np.bincount(child).tolist()),
            tuple(lengths[text] for text in branches.text),
        )
        if is_last:
            _answer(model, batch.with_states(states.index_select(0, batch.states)), branches, logits)
            break
        at = torch.from_numpy(positions[union]).to(device)
        projected = encoder_layer(layers[index + 1]).project(states, at)
    return SweepRun(depths, logits, recorded)


def _answer(
    model: LTPForSequenceClassification,
    ends: PackedBatch,
    branches: _Branches,
    logits: NDArray[np.float32],
) -> None:
    """Write into logits (K, B, C) what the head makes of each branch's last states, for all its settings."""
    for branch, answer in enumerate(model.classify(ends).float().cpu().numpy()):
        settings = slice(branches.first[branch], branches.last[branch])
        logits[settings, branches.text[branch]] = answer


def _kept_until(
    scores: NDArray[np.float32] | None,
    cutoffs: NDArray[np.float32],
    positions: NDArray[np.int64],
    always_kept: Sequence[int],
    dropped: Sequence[int],
) -> NDArray[np.int64]:
    """How many of the K settings, from the first on, keep each row, from scores (rows,) and cutoffs (K,).

    Whatever the scores, all settings keep rows at positions `always_kept` and drop others at `dropped`.
    """
    count = len(cutoffs)
    if scores is None:
        kept_until = np.full(len(positions), count)
    else:
        kept_until = np.searchsorted(cutoffs, scores, side="right")
    kept_until[np.isin(positions, dropped)] = 0
    kept_until[np.isin(positions, always_kept)] = count
    return kept_until


def _cells(first: NDArray[np.int64], until: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Setting and row of every cell that rows fill, each from setting `first` to `until` (excluded)."""
    counts = np.maximum(until - first, 0)
    row = np.repeat(np.arange(len(counts)), counts)
    setting = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    return setting, row


def _split(
    branches: _Branches, owner: NDArray[np.int64], kept_until: NDArray[np.int64]
) -> tuple[_Branches, NDArray[np.int64], NDArray[np.int64]]:
    """Children of every branch: a new one begins at each setting that drops what the one before kept.

    `owner` (rows,) is each row's branch, `kept_until` (rows,) the first setting that drops it. Returns the
    children, the rows they hold, child after child, and the child that each of those belongs to.
    """
    until = np.minimum(kept_until, branches.last[owner])
    stride = int(branches.last.max()) + 1  # one number encodes branch and setting, in order
    drops = until < branches.last[owner]
    parents = np.arange(len(branches.text))
    begins = np.unique(np.concatenate([parents * stride + branches.first, (owner * stride + until)[drops]]))
    parent, first = begins // stride, begins % stride
    is_last_child = np.append(parent[1:] != parent[:-1], True)
    children = _Branches(
        branches.text[parent], first, np.where(is_last_child, branches.last[parent], np.roll(first, -1))
    )
    # A row belongs to its branch's children from the first one up to where it is dropped.
    first_child = np.searchsorted(parent, owner)
    copies = np.searchsorted(begins, owner * stride + until) - first_child
    row = np.repeat(np.arange(len(owner)), copies)
    child = np.arange(len(row)) - np.repeat(np.cumsum(copies) - copies - first_child, copies)
    order = np.argsort(child, kind="stable")
    return children, row[order], child[order]
