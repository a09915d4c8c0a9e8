"""A trace as the plain data that the live view draws."""

from itertools import accumulate
from typing import Any

from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.analysis.timing import PairedTiming
from ltp_viz.analysis.words import text_pieces
from ltp_viz.core.trace import Trace
from ltp_viz.figures.flops import FLOPS_PER_MAC, flops_figure
from ltp_viz.figures.lengths import lengths_figure
from ltp_viz.figures.sweeps import output_name, sweep_figure
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
        name = output_name(pruned.labels) or "answer"
        return True, f"Pruning moves the {name} from {_number(dense)} to {_number(pruned)}."
    return False, f"⚠ Pruning changed the answer: {answer} instead of {before}."


def _answer(trace: Trace) -> str:
    return f"{output_name(trace.labels)} {_number(trace)}".strip() if trace.is_regression else trace.label


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
        "detail": f"{pruned:,.0f} of {dense:,.0f} MFLOPs; dense needs {trace.dense_macs / trace.macs:.2f}×",
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


def no_words(trace: Trace) -> str | None:
    """What to say where the tokenizer finds nothing to read in a text, such as in zero-width spaces."""
    texts = ("this text",) if trace.text_pair is None else ("the first text", "the second text")
    read = {segment for segment, span in zip(trace.segments, trace.spans, strict=True) if span is not None}
    empty = [text for segment, text in enumerate(texts) if segment not in read]
    if not empty:
        return None
    return f"The model finds no word in {' and '.join(empty)}; an answer would mean nothing."


def tokens_data(trace: Trace, unknown_token: str | None) -> dict[str, Any]:
    """Words with depth, per text; per layer the state and score of every token."""
    titles = ("",) if trace.text_pair is None else SEGMENT_TITLES
    # Without a span it is a special token; some tokenizers use the same for the unknown.
    unknown = [
        token == unknown_token and span is not None
        for token, span in zip(trace.tokens, trace.spans, strict=True)
    ]
    segments = [
        {"title": title, "length": trace.segments.count(segment), "words": _words(trace, segment, unknown)}
        for segment, title in enumerate(titles)
    ]
    return {
        # Another text or model needs new nodes; another scale never does.
        "signature": f"{hash((trace.text, trace.text_pair, trace.tokens, trace.num_layers))}",
        "tokens": _token_labels(trace),
        "unknown": {
            "token": unknown_token,
            "positions": [position for position, is_unknown in enumerate(unknown) if is_unknown],
            "note": _unknown_note(sum(unknown), len(unknown)),
        },
        "survivors": _survivors_note(trace, segments),
        "segments": segments,
        "layers": [_layer_data(trace, layer) for layer in range(trace.num_layers)],
    }


def _token_labels(trace: Trace) -> list[str]:
    texts = (trace.text, trace.text_pair or "")
    return [
        token if span is None or span[0] == span[1] else texts[segment][span[0] : span[1]].strip() or token
        for token, span, segment in zip(trace.tokens, trace.spans, trace.segments, strict=True)
    ]


def _unknown_note(unknown: int, total: int) -> str:
    if not unknown:
        return ""
    return f"{unknown} of {total} tokens {'is' if unknown == 1 else 'are'} unknown to the model."


def _survivors_note(trace: Trace, segments: list[dict[str, Any]]) -> str:
    if any(depth == trace.num_layers for segment in segments for _, depth, _ in segment["words"]):
        return "Underlined words live through every layer."
    survivors = [token for token, kept in zip(trace.tokens, trace.keep[-1], strict=True) if kept]
    names = list(dict.fromkeys(survivors))
    return f"No word lives through every layer; only {' and '.join(names)} {'do' if names[1:] else 'does'}."


def _words(trace: Trace, segment: int, unknown: list[bool]) -> list[list[Any]]:
    """The text's pieces as [text, depth, kind]; kind is "unknown", "unread" or empty."""
    pieces = text_pieces(trace, segment)
    ends = list(accumulate(len(piece.text) for piece in pieces))
    unknown_spans = [
        span
        for span, owner, is_unknown in zip(trace.spans, trace.segments, unknown, strict=True)
        if span is not None and is_unknown and owner == segment
    ]
    words: list[list[Any]] = []
    for piece, end in zip(pieces, ends, strict=True):
        start = end - len(piece.text)
        hit = piece.depth is not None and any(a < end and b > start for a, b in unknown_spans)
        words.append([piece.text, piece.depth, "unknown" if hit else ""])
    # What follows the last word of a text that was cut was not read, unless nothing of it can be seen.
    if trace.truncated and pieces and pieces[-1].depth is None:
        cut = any(character.isprintable() and not character.isspace() for character in pieces[-1].text)
        words[-1][2] = "unread" if cut else ""
    return words


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
        "note": f"{entered} → {left} token{'' if left == 1 else 's'}",
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
