"""The tour's sentence in its own spelling, every token an element."""

from ltp_viz.analysis.words import text_pieces
from ltp_viz.core.trace import TokenizedText
from ltp_viz.figures.learn.picture import Node, node


def sentence(source: TokenizedText, prefix: str, classes: str = "") -> Node:
    """The text; every token is an element named by prefix and position, with special tokens at the ends."""
    pieces = list(text_pieces(source))
    inside: list[Node] = []
    for piece in pieces:
        if not piece.positions:
            inside.append(node("span", text=piece.text))
        inside += [_token(source, position, prefix) for position in piece.positions]
    first = [_token(source, position, prefix) for position in _specials(source, at_end=False)]
    last = [_token(source, position, prefix) for position in _specials(source, at_end=True)]
    gap = node("span", text=" ")
    return node("p", *first, gap, *inside, gap, *last, classes=f"tour-sentence {classes}".strip(), dir="auto")


def _specials(source: TokenizedText, at_end: bool) -> list[int]:
    real = [position for position, span in enumerate(source.spans) if span is not None]
    middle = real[0] if real else len(source.spans)
    return [
        position
        for position, span in enumerate(source.spans)
        if span is None and (position > middle) == at_end
    ]


def _token(source: TokenizedText, position: int, prefix: str) -> Node:
    span = source.spans[position]
    spelt = source.tokens[position] if span is None else source.text[slice(*span)]
    kind = "tour-token tour-special" if span is None else "tour-token"
    return node("span", text=spelt, name=f"{prefix}{position}", classes=kind)
