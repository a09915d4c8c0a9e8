"""Runs as plain data for the live view; `stage` has the data that no setting changes."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.attention_received import AttentionReceived
from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.core.trace import Trace
from ltp_viz.ui.explore.outcomes import sweep_outcomes, trace_outcome
from ltp_viz.ui.explore.settings import Settings

_NO_SCORE = 255  # byte for a token that was dropped earlier
_SMALLEST_SCORE = 1e-9  # keeps the logarithm finite; thresholds that prune are at least 1e-5
_WHOLE = 65535  # all of a token's attention, in two bytes


def exact_data(trace: Trace, dense: Trace) -> dict[str, Any]:
    """The run under the current settings. Scores are float32 of the layers that a token enters, NaN without
    a score."""
    depths = trace.survival_depth
    entered = entered_layers(depths, trace.num_layers)
    return {
        "depths": depths.tolist(),
        "scores": _base64(trace.scores[entered].astype("<f4")),
        "thresholds": list(trace.thresholds),
        "layer_macs": trace.layer_macs.tolist(),
        "outcome": trace_outcome(trace, dense),
    }


def sweep_data(stage: str, settings: Settings, sweep: Sweep, dense: Trace) -> dict[str, Any]:
    """The runs of all scales, packed. Neighbouring scales that drop the same tokens are one run: `runs` has
    its index for each scale. Depths are a byte each, and so are scores, on a logarithmic scale, of the layers
    that a token enters."""
    runs, first = _distinct_runs(sweep.depths)
    depths = sweep.depths[first]
    scores, score_range = _score_bytes(sweep.scores[first])
    outcomes = sweep_outcomes(sweep, dense)
    classes = sweep.logits.argmax(1).tolist()
    if sweep.answer_kind == "labels":  # the same number for the same labels
        classes = np.unique(sweep.logits > 0, axis=0, return_inverse=True)[1].ravel().tolist()
    return {
        "stage": stage,
        "for": settings.sweep_data(),
        "scales": list(sweep.scales),
        "runs": runs,
        "depths": _base64(depths.astype(np.uint8)),
        "scores": _base64(scores[entered_layers(depths, scores.shape[1])]),
        "score_range": score_range,
        "layer_macs": sweep.layer_macs[first].tolist(),
        "outcomes": [outcomes[scale] for scale in first],
        "answers": [None] * len(classes) if dense.is_regression else classes,
        "flips": [sweep.scales.index(scale) for scale in sweep.flips],
    }


def entered_layers(depths: NDArray[Any], num_layers: int) -> NDArray[np.bool_]:
    """Whether a token enters a layer, (..., L, n), from the layers that it survives, (..., n)."""
    return depths[..., None, :] >= np.arange(num_layers)[:, None]


def _distinct_runs(depths: NDArray[Any]) -> tuple[list[int], list[int]]:
    """For depths (K, n): the index of each scale's run among those that differ from the scale before, and the
    first scale of each."""
    changes = np.r_[True, (depths[1:] != depths[:-1]).any(1)]
    return (np.cumsum(changes) - 1).tolist(), np.flatnonzero(changes).tolist()


def _score_bytes(scores: NDArray[np.float32]) -> tuple[NDArray[np.uint8], list[float]]:
    """Scores of any shape as bytes, and the natural logarithms at bytes 0 and 254."""
    logarithms = np.log(np.maximum(scores, _SMALLEST_SCORE))
    low, high = float(np.nanmin(logarithms)), float(np.nanmax(logarithms))
    steps = np.round((logarithms - low) * ((_NO_SCORE - 1) / max(high - low, 1e-6)))
    return np.where(np.isnan(scores), _NO_SCORE, np.nan_to_num(steps)).astype(np.uint8), [low, high]


def attention_data(stage: str, number: int, trace: Trace, received: AttentionReceived) -> dict[str, Any]:
    """The strongest readers of each token in each layer that it enters, packed in two bytes each,
    little-endian. `depths` says which these are."""
    entered = entered_layers(trace.survival_depth, trace.num_layers)
    return {
        "stage": stage,
        "number": number,
        "top": received.readers.shape[-1],
        "depths": _base64(trace.survival_depth.astype(np.uint8)),
        "readers": _base64(received.readers[entered].astype("<i2")),
        "weights": _base64(np.round(received.weights[entered] * _WHOLE).astype("<u2")),
    }


def _base64(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()
