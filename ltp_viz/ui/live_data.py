"""A trace as the plain data that the live view draws."""

from typing import Any

from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.analysis.timing import PairedTiming
from ltp_viz.analysis.words import text_pieces
from ltp_viz.core.trace import Trace
from ltp_viz.figures.flops import FLOPS_PER_MAC, flops_figure
from ltp_viz.figures.lengths import lengths_figure
from ltp_viz.figures.sweeps import sweep_figure
from ltp_viz.figures.theme import alt_text
from ltp_viz.figures.thresholds import thresholds_figure

SHOWN_CLASSES = 4
SEGMENT_TITLES = ("First text", "Second text")


def summary_data(pruned: Trace, dense: Trace) -> dict[str, Any]:
    """Both predictions, whether they agree, and the headline figures."""
    agree, verdict = _agreement(pruned, dense)
    shown = _shown_classes(dense)
    predictions = [
        {
            "title": title,
            "label": _answer(trace),
            "bars": [{"name": trace.labels[i], "probability": float(trace.probabilities[i])} for i in shown],
        }
        for title, trace in (("Pruned model", pruned), ("Same weights, not pruned", dense))
    ]
    return {
        "signature": f"{len(shown)}",
        "agree": agree,
        "verdict": verdict,
        "predictions": predictions,
        "figures": [_flops_saved(pruned), _tokens_left(pruned)],
    }


def _agreement(pruned: Trace, dense: Trace) -> tuple[bool, str]:
    answer, before = _answer(pruned), _answer(dense)
    if answer == before:
        return True, f"Both say {answer}."
    if pruned.is_regression:  # a number may move a little: how much is too much, only the reader knows
        name = _output_name(pruned) or "answer"
        return True, f"Pruning moves the {name} from {_number(dense)} to {_number(pruned)}."
    return False, f"⚠ Pruning changed the answer: {answer} instead of {before}."


def _answer(trace: Trace) -> str:
    return f"{_output_name(trace)} {_number(trace)}".strip() if trace.is_regression else trace.label


def _output_name(trace: Trace) -> str:
    # A checkpoint that names nothing calls its output LABEL_0.
    return "" if trace.labels[0].startswith("LABEL_") else trace.labels[0]


def _number(trace: Trace) -> str:
    return f"{trace.logits[0]:.2f}".replace("-", "−")


def _shown_classes(dense: Trace) -> list[int]:
    """The classes the dense model finds likeliest, in their own order, so that no bar changes places."""
    if dense.is_regression:
        return []  # a number has no probability
    return sorted(dense.probabilities.argsort()[::-1][:SHOWN_CLASSES].tolist())


def _flops_saved(trace: Trace) -> dict[str, str]:
    saved = 1 - trace.macs / trace.dense_macs
    pruned, dense = (FLOPS_PER_MAC * macs / 1e6 for macs in (trace.macs, trace.dense_macs))
    return {
        "name": "FLOPs saved",
        "value": f"{saved:.1%}".replace("%", " %"),
        "detail": f"{pruned:,.0f} of {dense:,.0f} MFLOPs, {trace.dense_macs / trace.macs:.2f}× fewer",
    }


def _tokens_left(trace: Trace) -> dict[str, str]:
    return {
        "name": "Tokens left at the end",
        "value": f"{trace.feed_forward_lengths[-1]} of {len(trace.tokens)}",
        "detail": f"{trace.keep.mean():.0%}".replace("%", " %") + " alive, mean over the layers",
    }


def timing_data(timing: PairedTiming) -> dict[str, Any]:
    """Measured times of this text alone."""
    return {
        "signature": "",
        "value": f"{timing.speed_up:.2f}×",
        "detail": (
            f"{1e3 * timing.pruned_s:.1f} ms, not pruned {1e3 * timing.dense_s:.1f} ms; "
            f"{timing.pairs} paired runs on this machine"
        ),
    }


def tokens_data(trace: Trace) -> dict[str, Any]:
    """Words with depth, per text; per layer the state and score of every token."""
    titles = ("",) if trace.text_pair is None else SEGMENT_TITLES
    return {
        # Another text or model needs new nodes; another scale never does.
        "signature": f"{hash((trace.text, trace.text_pair, trace.tokens, trace.num_layers))}",
        "tokens": _token_labels(trace),
        "segments": [
            {
                "title": title,
                "length": trace.segments.count(segment),
                "words": [[piece.text, piece.depth] for piece in text_pieces(trace, segment)],
            }
            for segment, title in enumerate(titles)
        ],
        "layers": [_layer_data(trace, layer) for layer in range(trace.num_layers)],
    }


def _token_labels(trace: Trace) -> list[str]:
    texts = (trace.text, trace.text_pair or "")
    return [
        token if span is None or span[0] == span[1] else texts[segment][span[0] : span[1]].strip() or token
        for token, span, segment in zip(trace.tokens, trace.spans, trace.segments, strict=True)
    ]


def _layer_data(trace: Trace, layer: int) -> dict[str, Any]:
    before = trace.keep[layer - 1] if layer else [True] * len(trace.tokens)
    states = "".join(
        "k" if kept else "d" if was else "g" for kept, was in zip(trace.keep[layer], before, strict=True)
    )
    entered, left = int(trace.attention_lengths[layer]), int(trace.feed_forward_lengths[layer])
    return {
        "states": states,
        "scores": [None if score != score else round(score, 7) for score in trace.scores[layer].tolist()],
        "threshold": trace.thresholds[layer],
        "note": f"{entered} → {left} tokens",
    }


def charts_data(trace: Trace, sweep: Sweep) -> dict[str, Any]:
    """Figures as plotly JSON with their titles and alternative texts; the first takes the whole width."""
    titled = (
        ("What every scale would do", sweep_figure(sweep, trace.global_scale)),
        ("Thresholds", thresholds_figure(trace)),
        ("Sequence length", lengths_figure(trace)),
        ("FLOPs per layer", flops_figure(trace)),
    )
    return {
        "signature": "",
        "figures": [
            {"title": title, "alt": alt_text(figure), "json": figure.to_json(), "wide": index == 0}
            for index, (title, figure) in enumerate(titled)
        ],
    }
