"""What one browser session keeps between reruns: the text at hand, made ready for many scales."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from ltp_viz.analysis.sweeps import Sweep, sweep_text
from ltp_viz.core.trace import Trace
from ltp_viz.data.classifier import AnalysedText, TextClassifier

_KEY = "explored_text"


@dataclass(frozen=True)
class ExploredText:
    """A text, or pair of texts, with its dense trace, which no slider changes."""

    text: str
    text_pair: str | None
    analysed: AnalysedText
    dense: Trace
    _last_sweep: dict[tuple[float, ...], Sweep] = field(default_factory=dict, repr=False)

    def sweep(self, scales: Sequence[float], layer_scales: Sequence[float]) -> Sweep:
        """Every global scale under these layer scales; kept until others are asked for."""
        key = tuple(layer_scales)
        if key not in self._last_sweep:
            self._last_sweep.clear()
            self._last_sweep[key] = sweep_text(
                self.analysed.classifier, self.analysed.source, scales, layer_scales
            )
        return self._last_sweep[key]


def explored_text(classifier: TextClassifier, text: str, text_pair: str | None) -> ExploredText:
    """The session's text or pair; tokenized and run dense only when a text or the model has changed."""
    held = st.session_state.get(_KEY)
    # The model itself and not its name: two folders may be called the same.
    if (
        held is None
        or held.analysed.classifier is not classifier
        or (held.text, held.text_pair) != (text, text_pair)
    ):
        analysed = classifier.start(text, text_pair)
        held = ExploredText(text, text_pair, analysed, analysed.trace(global_scale=0.0))
        st.session_state[_KEY] = held
    return held
