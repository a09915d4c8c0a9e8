"""Explore: one text through a pruned model, with thresholds to move."""

import streamlit as st

from ltp_viz.analysis.sweeps import SCALES
from ltp_viz.analysis.timing import time_pair
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui import live_data, page
from ltp_viz.ui.controls import threshold_sliders
from ltp_viz.ui.live_view import live_view, load_plotly
from ltp_viz.ui.models import current_model, model_card
from ltp_viz.ui.session import ExploredText, explored_text
from ltp_viz.ui.text_input import text_box


@st.fragment
def explore(classifier: TextClassifier, explored: ExploredText) -> None:
    """Sliders and everything that follows them; a slider move reruns only this."""
    global_scale, layer_scales = threshold_sliders(classifier.config)
    trace = explored.analysed.trace(global_scale, layer_scales)
    live_view("summary", summary=live_data.summary_data(trace, explored.dense))
    live_view("tokens", tokens=live_data.tokens_data(trace))
    live_view("charts", charts=live_data.charts_data(trace, explored.sweep(SCALES, layer_scales)))
    # Last, because measuring takes longer than showing; the numbers go into the summary's last card.
    timing = time_pair(classifier, explored.analysed.source, global_scale, layer_scales)
    live_view("timing", timing=live_data.timing_data(timing))


page.set_up("Explore")
classifier = current_model()
model_card(classifier)
text = text_box()
if not text.strip():
    st.info("There is no text yet. Type one above, or pick an example.")
    st.stop()
explored = explored_text(classifier, text)
if explored.dense.truncated:
    st.warning(
        f"This text has {explored.dense.total_tokens:,} tokens; the model reads the first "
        f"{len(explored.dense.tokens):,} and the rest plays no part."
    )
explore(classifier, explored)
st.caption(
    "FLOPs count the encoder's matrix products; embeddings, softmax, normalisation and the classification "
    "head are left out. A score is the attention a token receives, averaged over heads and summed over the "
    "tokens alive, "
    f"divided by {classifier.config.score_reference_length}."
)
load_plotly()
