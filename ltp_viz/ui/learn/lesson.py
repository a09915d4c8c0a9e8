"""The sentence of the tour and its runs, computed when a step first needs them and cached for the session."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.learn.attention import attention_by_head
from ltp_viz.analysis.sweeps import SCALES, Sweep, sweep_text
from ltp_viz.core.trace import TokenizedText, Trace
from ltp_viz.data.classifier import AnalysedText, TextClassifier
from ltp_viz.ui.shell.cache import session_cache

MAX_TOKENS = 40  # that fit a projected picture
_CACHE = "learn_lesson"
_FINE_SCALES = tuple(round(0.005 * step, 3) for step in range(601))  # so that few tokens are dropped at once


@dataclass(frozen=True)
class Lesson:
    """One text under one model."""

    analysed: AnalysedText
    location: str  # of the model

    @property
    def classifier(self) -> TextClassifier:
        """The model."""
        return self.analysed.classifier

    @property
    def source(self) -> TokenizedText:
        """The tokenized sentence."""
        return self.analysed.source

    @property
    def protected(self) -> tuple[int, ...]:
        """Positions that no threshold drops."""
        kept = self.classifier.config.always_kept
        return tuple(position for position in kept if position < len(self.source.tokens))

    @property
    def first_dropping_layer(self) -> int:
        """The first layer that drops a token, 0 to L - 1."""
        thresholds = self.classifier.config.thresholds
        return next((layer for layer, threshold in enumerate(thresholds) if threshold > 0), 0)

    @cached_property
    def dense(self) -> Trace:
        """The run without pruning, with every score."""
        return self.classifier.start(self.source.text).trace(0.0)

    @cached_property
    def trained(self) -> Trace:
        """The run with the trained thresholds."""
        return self.classifier.trace(self.source.text)

    @cached_property
    def sweep(self) -> Sweep:
        """A sweep over the sliders' scales."""
        return sweep_text(self.classifier, self.source, SCALES)

    @cached_property
    def fine_sweep(self) -> Sweep:
        """A sweep over ten times as many scales."""
        return sweep_text(self.classifier, self.source, _FINE_SCALES)

    def attention(self, layer: int) -> NDArray[np.float32]:
        """Attention of the run without drops, (H, n, n), of a layer, 0 to L - 1."""
        self.analysed.trace(0.0)
        return attention_by_head(self.analysed, layer)

    @property
    def training_log(self) -> Path:
        """Path of the model's training log, which may not exist."""
        return Path(self.location) / "training_log.jsonl"


def lesson_of(classifier: TextClassifier, location: str, source: TokenizedText) -> Lesson:
    """The session's lesson; a new one if the sentence or the model has changed."""
    key = (classifier, source.text)
    return session_cache(_CACHE).get(key, lambda: Lesson(classifier.start(source.text), location))


def shortened(classifier: TextClassifier, text: str) -> TokenizedText:
    """The beginning of the text, at most `MAX_TOKENS` tokens, special ones included."""
    source = classifier.tokenize(text)
    if len(source.tokens) <= MAX_TOKENS:
        return source
    ends = [span[1] for span in source.spans if span is not None]
    specials = len(source.tokens) - len(ends)
    for count in range(MAX_TOKENS - specials, 0, -1):
        # Without the rest of the text, the last word may be split into more pieces.
        cut = classifier.tokenize(text[: ends[count - 1]])
        if len(cut.tokens) <= MAX_TOKENS:
            return cut
    return classifier.tokenize(text[: ends[0]])
