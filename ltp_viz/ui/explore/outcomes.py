"""The outcome of a run in words, for an exact run and for every scale of a sweep."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.core.answers import answer_text
from ltp_viz.core.flops import FLOPS_PER_MAC
from ltp_viz.core.trace import Trace
from ltp_viz.figures.explore.sweeps import output_name
from ltp_viz.figures.wording import ratio_words

SHOWN_CLASSES = 4


def trace_outcome(trace: Trace, dense: Trace) -> dict[str, Any]:
    """Answer, comparison with the unpruned run of the same text, and the headline figures."""
    return _outcome(trace.logits, trace.probabilities, trace.survival_depth, trace.macs, dense)


def sweep_outcomes(sweep: Sweep, dense: Trace) -> list[dict[str, Any]]:
    """The outcome of each scale, K."""
    runs = zip(sweep.logits, sweep.probabilities, sweep.depths, sweep.macs.tolist(), strict=True)
    return [_outcome(*run, dense) for run in runs]


def dense_answer(dense: Trace) -> dict[str, Any]:
    """The answer of the same weights without pruning."""
    return {
        "label": _answer(dense.logits, dense),
        # Whose probability the chart of strengths follows: the answer, or of several labels the likeliest.
        "leading": dense.labels[int(dense.logits.argmax())],
        "bars": _bars(dense.probabilities, dense),
        "layer_macs": dense.layer_macs.tolist(),
    }


def regression_name(dense: Trace) -> str | None:
    """The name of a regression's number, maybe empty, of several the last one's; None for a classifier."""
    return output_name(dense.labels[-1:]) if dense.is_regression else None


def _outcome(
    logits: NDArray[np.float32],
    probabilities: NDArray[np.float64],
    depths: NDArray[np.int64],
    macs: int,
    dense: Trace,
) -> dict[str, Any]:
    agree, verdict = _verdict(logits, probabilities, dense)
    pruned, whole = (FLOPS_PER_MAC * count / 1e6 for count in (macs, dense.dense_macs))
    ratio = ratio_words(dense.dense_macs / macs, "less", "more", "about the same")
    return {
        "agree": agree,
        "verdict": verdict,
        "label": _answer(logits, dense),
        "bars": _bars(probabilities, dense),
        "saved": round(100 * (1 - macs / dense.dense_macs), 1),  # percent of the FLOPs
        "compute": f"{pruned:,.0f} of {whole:,.0f} MFLOPs: {ratio}",
        "computed": round(
            100 * float(depths.mean()) / dense.num_layers
        ),  # percent of tokens, mean over layers
    }


def _verdict(
    logits: NDArray[np.float32], probabilities: NDArray[np.float64], dense: Trace
) -> tuple[bool, str]:
    """Whether the answer equals the unpruned one, and the verdict in words."""
    answer, before = _answer(logits, dense), _answer(dense.logits, dense)
    if answer == before:
        return True, f"Same answer: {answer}."
    if dense.is_regression:  # whether the change matters depends on the use
        if len(dense.labels) > 1:
            return True, f"Pruning moves the numbers from {before} to {answer}."
        name = output_name(dense.labels) or "answer"
        return True, f"Pruning moves the {name} from {_number(dense.logits)} to {_number(logits)}."
    if dense.answer_kind == "labels":
        return False, f"⚠ Pruning changes the labels: {before} to {answer}."
    sure, sure_before = (f"{100 * each.max():.0f} %" for each in (probabilities, dense.probabilities))
    return False, f"⚠ Pruning flips the answer: {before} {sure_before} to {answer} {sure}."


def _answer(logits: NDArray[np.float32], dense: Trace) -> str:
    if not dense.is_regression:
        return answer_text(logits, dense.labels, dense.answer_kind)
    named = [
        f"{output_name([label])} {_number(logits[index:])}".strip()
        for index, label in enumerate(dense.labels)
    ]
    return ", ".join(named)


def _number(logits: NDArray[np.float32]) -> str:
    return f"{logits[0]:.2f}".replace("-", "−")


def _bars(probabilities: NDArray[np.float64], dense: Trace) -> list[dict[str, Any]]:
    """The most likely classes of the unpruned run, in the order of the labels, so that bars keep their
    places."""
    if dense.is_regression:
        return []  # a number has no probability
    shown = sorted(dense.probabilities.argsort()[::-1][:SHOWN_CLASSES].tolist())
    return [{"name": dense.labels[i], "probability": round(float(probabilities[i]), 5)} for i in shown]
