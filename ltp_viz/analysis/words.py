"""A text split into words and their tokens, in its own spelling, and the notation of word pieces."""

from dataclasses import dataclass

from ltp_viz.core.trace import TokenizedText

JOIN = "‐"  # a hyphen, in front of a token that continues a word


@dataclass(frozen=True)
class TextPiece:
    """A piece of the original text. `positions` is empty between words and after the truncation."""

    text: str
    positions: tuple[int, ...]  # of the word's tokens


def token_labels(source: TokenizedText) -> tuple[str, ...]:
    """Each token as its text spells it, n; a token that continues a word has `JOIN` in front."""
    texts = (source.text, source.text_pair or "")
    labels: list[str] = []
    before: tuple[int, int] | None = None  # segment and word of the previous token
    for token, span, word, segment in zip(
        source.tokens, source.spans, source.word_ids, source.segments, strict=True
    ):
        if span is None or word is None:
            labels.append(token)
            before = None
            continue
        spelling = texts[segment][slice(*span)].strip() or token
        labels.append(f"{JOIN}{spelling}" if before == (segment, word) else spelling)
        before = (segment, word)
    return tuple(labels)


def text_pieces(source: TokenizedText, segment: int = 0) -> tuple[TextPiece, ...]:
    """A segment's whole text in order: words with their tokens, and the unchanged text between them."""
    text = (source.text if segment == 0 else source.text_pair) or ""
    pieces: list[TextPiece] = []
    end_before = 0
    for start, end, positions in _words(source, segment):
        if start > end_before:
            pieces.append(TextPiece(text[end_before:start], ()))
        pieces.append(TextPiece(text[start:end], positions))
        end_before = end
    if end_before < len(text):
        pieces.append(TextPiece(text[end_before:], ()))
    return tuple(pieces)


def _words(source: TokenizedText, segment: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """(start, end, positions) per word, in order and without overlap."""
    words: list[tuple[int, int, tuple[int, ...]]] = []
    word_before: int | None = None
    tokens = zip(source.spans, source.word_ids, source.segments, strict=True)
    for position, (span, word, owner) in enumerate(tokens):
        if span is None or owner != segment:
            continue
        start, end = span
        if words and (word == word_before or start < words[-1][1]):
            first, last, positions = words[-1]
            words[-1] = (first, max(last, end), (*positions, position))
        elif end > start:
            words.append((start, end, (position,)))
        word_before = word
    return words
