"""From a run of the encoder over a batch of texts to one record per text."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.flops import macs_by_text
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.trace import TokenizedText, Trace


def make_traces(
    run: EncoderRun,
    logits: NDArray[np.float32],
    sources: Sequence[TokenizedText],
    config: LTPConfig,
    *,
    thresholds: tuple[float, ...],
    global_scale: float,
    layer_scales: tuple[float, ...],
    elapsed_s: float,
    forced: ForcedTokens = NOTHING_FORCED,
    rule: str = "",
) -> list[Trace]:
    """Unpack an encoder run over several texts, logits (B, C), into one record per text.

    `elapsed_s` is of the whole batch; `thresholds` and `rule` as in `Trace`.
    """
    lengths = [len(source.tokens) for source in sources]
    starts = np.cumsum([0, *lengths])
    scores = np.full((len(run.steps), starts[-1]), np.nan, dtype=np.float32)
    keep = np.zeros((len(run.steps), starts[-1]), dtype=np.bool_)
    for layer, step in enumerate(run.steps):
        entered, left = step.attended, step.survivors
        if step.scores is not None:
            scores[layer, _columns(entered, starts)] = step.scores.float().cpu().numpy()
        keep[layer, _columns(left, starts)] = True
    merged = _merged_positions(run, starts)
    depths = keep.sum(0, dtype=np.int64)
    layer_macs = macs_by_text(depths, tuple(lengths), config)
    dense_layer_macs = macs_by_text(np.full_like(depths, len(run.steps)), tuple(lengths), config)
    traces = []
    for index, source in enumerate(sources):
        columns = slice(starts[index], starts[index + 1])
        traces.append(
            Trace(
                source=source,
                scores=scores[:, columns].copy(),
                keep=keep[:, columns].copy(),
                thresholds=thresholds,
                learned_thresholds=tuple(config.thresholds),
                thresholds_learned=config.thresholds_learned,
                global_scale=global_scale,
                layer_scales=layer_scales,
                layer_macs=layer_macs[index].copy(),
                dense_layer_macs=dense_layer_macs[index].copy(),
                logits=logits[index].copy(),
                labels=config.label_names,
                elapsed_s=elapsed_s,
                forced_keep=forced.keep,
                forced_drop=forced.drop,
                rule=rule,
                merged=None if merged is None else merged[:, columns].copy(),
                answer_kind=config.answer_kind,
            )
        )
    return traces


def _columns(batch: PackedBatch, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each token lies among all texts laid end to end, which begin at `starts`."""
    columns: NDArray[np.int64] = starts[batch.text_index.cpu().numpy()] + batch.positions.cpu().numpy()
    return columns


def _merged_positions(run: EncoderRun, starts: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """`Trace.merged` of all texts end to end, (L, T), or None where no layer merged."""
    if all(step.reduction is None or step.reduction.carrier is None for step in run.steps):
        return None
    current = np.arange(starts[-1])  # slot of the token that carries each one
    layers = []
    for step in run.steps:
        if step.reduction is not None:
            slots = step.attended.slots().cpu().numpy()
            rows = np.arange(len(slots))
            carrier, keep = step.reduction.carrier, step.reduction.keep.cpu().numpy()
            carried_by = np.where(keep, rows, -1) if carrier is None else carrier.cpu().numpy()
            following = np.full(starts[-1] + 1, -1)  # the last entry is for tokens dropped before
            following[slots] = np.where(carried_by >= 0, slots[carried_by], -1)
            current = following[current]
        layers.append(current)
    first = np.repeat(starts[:-1], np.diff(starts))
    return np.stack([np.where(slots >= 0, slots - first, -1) for slots in layers])
