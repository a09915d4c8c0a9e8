"""The text as HTML, with words shaded by their contribution to the answer. All content from texts is
escaped."""

from html import escape

import numpy as np

from ltp_viz.analysis.why.explanation import PREDICTIONS, Explanation, Method, Prediction
from ltp_viz.analysis.words import text_pieces
from ltp_viz.figures.wording import signed
from ltp_viz.resources import ASSETS

STYLE = (ASSETS / "why/why.css").read_text()
# A word gets a sign if its value is at least this share of the largest, so that signs stay informative.
_MIN_MARKED = 0.1


def legend(explanation: Explanation) -> str:
    """The legend of shades, signs and lines."""
    speaks = (
        ("raises the number", "lowers it") if explanation.is_regression else ("speaks for", "speaks against")
    )
    return (
        f'<p class="why-legend"><b class="for">word<sup>+</sup> {speaks[0]}</b>'
        f'<b class="against">word<sup>−</sup> {speaks[1]}</b>'
        '<b class="deep">line below: the longer, the more layers the word survives</b></p>'
    )


def shaded_text(explanation: Explanation, method: Method, prediction: Prediction) -> str:
    """The text, or both texts of a pair, in their own spelling."""
    values = explanation.values(method, prediction)
    # Both predictions on one scale, so that shades can be compared.
    largest = max(float(np.abs(explanation.values(method, side)).max()) for side in PREDICTIONS) or 1.0
    by_positions = {word.positions: index for index, word in enumerate(explanation.words)}
    parts = []
    for segment in (0,) if explanation.source.text_pair is None else (0, 1):
        words = []
        for piece in text_pieces(explanation.source, segment):
            index = by_positions.get(piece.positions)
            shown = escape(piece.text)
            words.append(shown if index is None else _word(explanation, index, float(values[index]), largest))
        parts.append(f'<div class="why-text" dir="auto" tabindex="0">{"".join(words)}</div>')
    return "".join(parts)


def _word(explanation: Explanation, index: int, value: float, largest: float) -> str:
    strength, word = abs(value) / largest, explanation.words[index]
    depth, layers = int(explanation.depths[index]), explanation.num_layers
    kind = "for" if value > 0 else "against"
    mark = f"<sup>{'+' if value > 0 else '−'}</sup>" if strength >= _MIN_MARKED else ""
    title = f"{word.text}: {signed(value, 3)}, survives {depth} of {layers} layers"
    return (
        f'<span class="{kind}" style="--s:{strength:.2f};--d:{depth / layers:.2f}" '
        f'title="{escape(title, quote=True)}">{escape(word.text)}{mark}</span>'
    )
