"""What a run came to, in words: one wording for an exact run and for every scale of a sweep."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.core.flops import FLOPS_PER_MAC
from ltp_viz.core.trace import Trace
from ltp_viz.figures.explore.sweeps import output_name

SHOWN_CLASSES = 4


def trace_outcome(trace: Trace, dense: Trace) -> dict[str, Any]:
    """Answer, agreement with the dense run of the same text, and the headline figures."""
    return _outcome(trace.logits, trace.probabilities, trace.survival_depth, trace.macs, dense)


def sweep_outcomes(sweep: Sweep, dense: Trace) -> list[dict[str, Any]]:
    """The outcome of each scale, K."""
    runs = zip(sweep.logits, sweep.probabilities, sweep.depths, sweep.macs.tolist(), strict=True)
    return [_outcome(*run, dense) for run in runs]


def dense_answer(dense: Trace) -> dict[str, Any]:
    """What the same weights say when nothing is pruned."""
    return {
        "label": _answer(dense.logits, dense.labels),
        "bars": _bars(dense.probabilities, dense),
        "layer_macs": dense.layer_macs.tolist(),
    }


def regression_name(labels: Sequence[str]) -> str | None:
    """What a regression calls its number, maybe nothing; None for a model that picks among classes."""
    return output_name(labels) if len(labels) == 1 else None


def _outcome(
    logits: NDArray[np.float32],
    probabilities: NDArray[np.float64],
    depths: NDArray[np.int64],
    macs: int,
    dense: Trace,
) -> dict[str, Any]:
    agree, verdict = _agreement(logits, dense)
    return {
        "agree": agree,
        "verdict": verdict,
        "label": _answer(logits, dense.labels),
        "bars": _bars(probabilities, dense),
        "figures": [_flops_saved(macs, dense.dense_macs), _tokens_left(depths, dense.num_layers)],
    }


def _agreement(logits: NDArray[np.float32], dense: Trace) -> tuple[bool, str]:
    answer, before = _answer(logits, dense.labels), _answer(dense.logits, dense.labels)
    if answer == before:
        return True, f"Both say {answer}."
    if dense.is_regression:  # a number may move a little: how much is too much, only the reader knows
        name = output_name(dense.labels) or "answer"
        return True, f"Pruning moves the {name} from {_number(dense.logits)} to {_number(logits)}."
    return False, f"⚠ Pruning changed the answer: {answer} instead of {before}."


def _answer(logits: NDArray[np.float32], labels: Sequence[str]) -> str:
    if len(labels) == 1:
        return f"{output_name(labels)} {_number(logits)}".strip()
    return labels[int(logits.argmax())]


def _number(logits: NDArray[np.float32]) -> str:
    return f"{logits[0]:.2f}".replace("-", "−")


def _bars(probabilities: NDArray[np.float64], dense: Trace) -> list[dict[str, Any]]:
    """The classes the dense model finds likeliest, in their own order, so that no bar changes places."""
    if dense.is_regression:
        return []  # a number has no probability
    shown = sorted(dense.probabilities.argsort()[::-1][:SHOWN_CLASSES].tolist())
    return [{"name": dense.labels[i], "probability": round(float(probabilities[i]), 5)} for i in shown]


def _flops_saved(macs: int, dense_macs: int) -> dict[str, str]:
    pruned, dense = (FLOPS_PER_MAC * count / 1e6 for count in (macs, dense_macs))
    return {
        "name": "FLOPs saved",
        "value": f"{100 * (1 - macs / dense_macs):.1f} %",
        "detail": f"{pruned:,.0f} of {dense:,.0f} MFLOPs; dense needs {dense_macs / macs:.2f}×",
    }


def _tokens_left(depths: NDArray[np.int64], num_layers: int) -> dict[str, str]:
    return {
        "name": "Tokens left at the end",
        "value": f"{int((depths == num_layers).sum())} of {len(depths)}",
        "detail": f"{100 * depths.mean() / num_layers:.0f} % alive, mean over the layers",
    }
