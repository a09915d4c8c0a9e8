"""What a card shows, from the run that its link describes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.words import text_pieces
from ltp_viz.core.answers import answer_text
from ltp_viz.core.trace import Trace
from ltp_viz.figures.wording import strength_text


@dataclass(frozen=True)
class Word:
    """A piece of the text. `kept`: the share of the layers that it stays in, 0 to 1; None between words."""

    text: str
    kept: float | None

    @property
    def is_dropped(self) -> bool:
        """Whether the last layer no longer computes it."""
        return self.kept is not None and self.kept < 1


@dataclass(frozen=True)
class Card:
    """`before` and `after`: the answer without and with pruning; the shares are a classifier's certainty,
    0 to 1. `saved`: share of the FLOPs, 0 to 1."""

    words: tuple[Word, ...]
    before: str
    after: str
    share_before: float | None
    share_after: float | None
    is_number: bool  # whether its change matters depends on its use
    saved: float
    model: str
    strength: str

    @property
    def verdict(self) -> str:
        """The outcome in one line."""
        before, after = _with_share(self.before, self.share_before), _with_share(self.after, self.share_after)
        if self.is_number:
            return after if after == before else f"{before} → {after}"
        if self.is_flip:
            return f"Flips: {before} → {after}"
        change = after if after == before else f"{before} → {_with_share('', self.share_after).strip()}"
        return f"Same answer: {change}"

    @property
    def is_flip(self) -> bool:
        """Whether pruning changes the answer."""
        return not self.is_number and self.before != self.after

    @property
    def compute(self) -> str:
        """What pruning saves."""
        percent = round(100 * self.saved)
        return f"{percent} % less compute" if percent else "same compute"

    @property
    def description(self) -> str:
        """The whole card in words, for screen readers and search engines."""
        pieces = [word for word in self.words if word.kept is not None]
        words = [piece for piece in pieces if any(map(str.isalnum, piece.text))]  # not punctuation
        dropped = sum(word.is_dropped for word in words)
        text = " ".join("".join(word.text for word in self.words).split())
        return (
            f"“{text}” {dropped} of {len(words)} words are dropped by the last layer. {self.verdict}. "
            f"{self.compute.capitalize()}. Model {self.model}, pruning strength {self.strength}."
        )


def card_of(pruned: Trace, dense: Trace, model: str, global_scale: float) -> Card:
    """The card of two runs of the same text. `model`: its name for people."""
    answers = [_answer(trace.logits, trace) for trace in (dense, pruned)]
    return Card(
        words=tuple(_words(pruned)),
        before=answers[0],
        after=answers[1],
        share_before=_share(dense),
        share_after=_share(pruned),
        is_number=dense.is_regression,
        saved=1 - pruned.macs / dense.macs,
        model=model,
        strength=strength_text(global_scale),
    )


def _answer(logits: NDArray[np.float32], trace: Trace) -> str:
    return answer_text(logits, trace.labels, trace.answer_kind)


def _share(trace: Trace) -> float | None:
    return float(trace.probabilities.max()) if trace.answer_kind == "class" else None


def _with_share(answer: str, share: float | None) -> str:
    return answer if share is None else f"{answer} {100 * share:.0f} %"


def _words(trace: Trace) -> list[Word]:
    """The pieces of the text, or of both; a word stays while any of its tokens does."""
    words: list[Word] = []
    for segment in range(1 if trace.text_pair is None else 2):
        if segment:
            words.append(Word("  |  ", None))
        for piece in text_pieces(trace.source, segment):
            depths = [int(trace.survival_depth[position]) for position in piece.positions]
            words.append(Word(piece.text, max(depths) / trace.num_layers if depths else None))
    return words
