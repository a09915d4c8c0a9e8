"""Two runs compared: which tokens correspond, which survive in both, and the margin of each answer."""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from ltp_viz.core.answers import margin_of
from ltp_viz.core.trace import TokenizedText, Trace

# Positions in the first and in the second text; None for a token without a counterpart.
TokenPair = tuple[int | None, int | None]


def aligned_tokens(first: TokenizedText, second: TokenizedText) -> tuple[TokenPair, ...]:
    """Positions of both texts in reading order: equal tokens aligned, changed ones paired."""
    if first.tokens == second.tokens:
        return tuple((position, position) for position in range(len(first.tokens)))
    pairs: list[TokenPair] = []
    matcher = SequenceMatcher(None, first.tokens, second.tokens, autojunk=False)
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        for step in range(max(end - start, other_end - other_start)):
            mine = start + step if start + step < end else None
            theirs = other_start + step if other_start + step < other_end else None
            pairs.append((mine, theirs))
    return tuple(pairs)


def survivor_overlap(first: Trace, second: Trace, pairs: Sequence[TokenPair]) -> NDArray[np.float64]:
    """Jaccard index of the tokens kept after each layer, `|A and B| / |A or B|`, up to the lower depth.

    A token without a counterpart counts as kept in one text only. Of merged tokens, the carrier counts as
    kept.
    """
    layers = min(first.num_layers, second.num_layers)
    mine = np.array([_alive(first, pair[0], layers) for pair in pairs])  # (tokens, layers)
    theirs = np.array([_alive(second, pair[1], layers) for pair in pairs])
    shared, either = (mine & theirs).sum(0), (mine | theirs).sum(0)
    overlap: NDArray[np.float64] = np.divide(shared, either, out=np.ones(layers), where=either > 0)
    return overlap


def _alive(trace: Trace, position: int | None, layers: int) -> NDArray[np.bool_]:
    if position is None:
        return np.zeros(layers, dtype=np.bool_)
    return trace.keep[:layers, position]


def margin(trace: Trace) -> float:
    """How sure the answer is, as `core.answers.margin_of`, 0 to 1; NaN from a regression."""
    return margin_of(trace.probabilities, trace.answer_kind)
