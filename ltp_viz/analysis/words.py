"""The text cut into words with their fate, so that a view can shade the original spelling."""

from dataclasses import dataclass

from ltp_viz.core.trace import Trace


@dataclass(frozen=True)
class TextPiece:
    """A stretch of the original text. `depth` is None between words and behind the truncation."""

    text: str
    depth: int | None  # layers that the longest-lived token of the word survived, 0 to L


def text_pieces(trace: Trace, segment: int = 0) -> tuple[TextPiece, ...]:
    """All of a segment's text in order: words with their depth, and what lies between them as it is."""
    text = (trace.text if segment == 0 else trace.text_pair) or ""
    pieces: list[TextPiece] = []
    end_before = 0
    for start, end, depth in _words(trace, segment):
        if start > end_before:
            pieces.append(TextPiece(text[end_before:start], None))
        pieces.append(TextPiece(text[start:end], depth))
        end_before = end
    if end_before < len(text):
        pieces.append(TextPiece(text[end_before:], None))
    return tuple(pieces)


def _words(trace: Trace, segment: int) -> list[tuple[int, int, int]]:
    """(start, end, depth) per word, in order and without overlap."""
    words: list[tuple[int, int, int]] = []
    word_before: int | None = None
    depths = trace.survival_depth.tolist()
    for span, word, owner, depth in zip(trace.spans, trace.word_ids, trace.segments, depths, strict=True):
        if span is None or owner != segment:
            continue
        start, end = span
        if words and (word == word_before or start < words[-1][1]):
            first, last, deepest = words[-1]
            words[-1] = (first, max(last, end), max(deepest, depth))
        elif end > start:
            words.append((start, end, depth))
        word_before = word
    return words
