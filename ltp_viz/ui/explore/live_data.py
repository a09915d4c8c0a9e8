"""Runs as plain data for the live view; `stage` has the data that no setting changes."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.attention_received import AttentionReceived
from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.analysis.timing import PairedTiming
from ltp_viz.core.trace import Trace
from ltp_viz.figures.wording import ratio_words
from ltp_viz.ui.explore.outcomes import sweep_outcomes, trace_outcome
from ltp_viz.ui.explore.settings import Settings

_NO_SCORE = 255  # byte for a token that was dropped earlier
_SMALLEST_SCORE = 1e-9  # keeps the logarithm finite; thresholds that prune are at least 1e-5
_WHOLE = 65535  # all of a token's attention, in two bytes


def exact_data(trace: Trace, dense: Trace) -> dict[str, Any]:
    """The run under the current settings."""
    scores = [[None if score != score else round(score, 7) for score in row] for row in trace.scores.tolist()]
    return {
        "depths": trace.survival_depth.tolist(),
        "scores": scores,
        "thresholds": list(trace.thresholds),
        "layer_macs": trace.layer_macs.tolist(),
        "outcome": trace_outcome(trace, dense),
    }


def sweep_data(stage: str, settings: Settings, sweep: Sweep, dense: Trace) -> dict[str, Any]:
    """The runs of all scales, packed: one byte per depth and, on a logarithmic scale, per score."""
    scores, score_range = _score_bytes(sweep.scores)
    classes = sweep.logits.argmax(1).tolist()
    if sweep.answer_kind == "labels":  # the same number for the same labels
        classes = np.unique(sweep.logits > 0, axis=0, return_inverse=True)[1].ravel().tolist()
    return {
        "stage": stage,
        "for": settings.sweep_data(),
        "scales": list(sweep.scales),
        "depths": _base64(sweep.depths.astype(np.uint8)),
        "scores": _base64(scores),
        "score_range": score_range,
        "layer_macs": sweep.layer_macs.tolist(),
        "outcomes": sweep_outcomes(sweep, dense),
        "answers": [None] * len(classes) if dense.is_regression else classes,
        "flips": [sweep.scales.index(scale) for scale in sweep.flips],
    }


def _score_bytes(scores: NDArray[np.float32]) -> tuple[NDArray[np.uint8], list[float]]:
    """Scores of any shape as bytes, and the natural logarithms at bytes 0 and 254."""
    logarithms = np.log(np.maximum(scores, _SMALLEST_SCORE))
    low, high = float(np.nanmin(logarithms)), float(np.nanmax(logarithms))
    steps = np.round((logarithms - low) * ((_NO_SCORE - 1) / max(high - low, 1e-6)))
    return np.where(np.isnan(scores), _NO_SCORE, np.nan_to_num(steps)).astype(np.uint8), [low, high]


def timing_data(stage: str, number: int, timing: PairedTiming | None) -> dict[str, Any]:
    """Measured times of this text, or a message for a `timing` of None."""
    if timing is None:
        value = "–"
        detail = "Speed not measured: another measurement is running. Reload the page to retry."
    else:
        value = ratio_words(timing.speed_up, "faster", "slower", "same speed")
        detail = (
            f"{1e3 * timing.pruned_s:.1f} ms, unpruned {1e3 * timing.dense_s:.1f} ms; "
            f"{timing.pairs} paired runs on this machine"
        )
    return {"stage": stage, "number": number, "value": value, "detail": detail}


def attention_data(stage: str, number: int, received: AttentionReceived) -> dict[str, Any]:
    """The strongest readers of each token in each layer, packed in two bytes each, little-endian."""
    return {
        "stage": stage,
        "number": number,
        "top": received.readers.shape[-1],
        "readers": _base64(received.readers.astype("<i2")),
        "weights": _base64(np.round(received.weights * _WHOLE).astype("<u2")),
    }


def _base64(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()
