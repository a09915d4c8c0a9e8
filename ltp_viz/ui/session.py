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
    """A text with its dense trace, which no slider changes."""

    model_name: str
    text: str
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


def explored_text(classifier: TextClassifier, text: str) -> ExploredText:
    """The session's text; tokenized and run dense only when text or model have changed."""
    held = st.session_state.get(_KEY)
    if held is None or (held.model_name, held.text) != (classifier.name, text):
        analysed = classifier.start(text)
        held = ExploredText(classifier.name, text, analysed, analysed.trace(global_scale=0.0))
        st.session_state[_KEY] = held
    return held
