"""Explore: one text, or a pair, through a pruned model, with thresholds to move."""

import streamlit as st

from ltp_viz.analysis.sweeps import SCALES
from ltp_viz.analysis.timing import time_pair
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui import live_data, page
from ltp_viz.ui.controls import threshold_sliders
from ltp_viz.ui.live_view import live_view, load_plotly
from ltp_viz.ui.models import chosen_model, model_card
from ltp_viz.ui.session import ExploredText, explored_text
from ltp_viz.ui.text_input import entered_texts


@st.fragment
def explore(classifier: TextClassifier, explored: ExploredText) -> None:
    """Sliders and everything that follows them; a slider move reruns only this."""
    global_scale, layer_scales = threshold_sliders(classifier.config)
    trace = explored.analysed.trace(global_scale, layer_scales)
    live_view("summary", summary=live_data.summary_data(trace, explored.dense))
    live_view("tokens", tokens=live_data.tokens_data(trace, classifier.tokenizer.unk_token))
    live_view("charts", charts=live_data.charts_data(trace, explored.sweep(SCALES, layer_scales)))
    # Last, because measuring takes longer than showing; the numbers go into the summary's last card.
    timing = time_pair(classifier, explored.analysed.source, global_scale, layer_scales)
    live_view("timing", timing=live_data.timing_data(timing))


def show(classifier: TextClassifier, explored: ExploredText) -> None:
    """All that stands below the text."""
    if sentence := live_data.no_words(explored.dense):
        st.info(sentence)
        return
    if explored.dense.truncated:
        total, read = explored.dense.total_tokens, len(explored.dense.tokens)
        st.warning(
            f"This text has {total:,} tokens; the model reads the first {read:,} and the rest plays no part."
            if explored.text_pair is None
            else f"These two texts have {total:,} tokens together; the model reads {read:,} of them; "
            "what does not fit, at their ends, plays no part."
        )
    explore(classifier, explored)
    st.caption(
        "FLOPs count the encoder's matrix products; embeddings, softmax, normalisation and the "
        "classification head are left out. A score is the attention a token receives, averaged over heads "
        f"and summed over the tokens alive, divided by {classifier.config.score_reference_length}."
    )
    load_plotly()


page.set_up("Explore")
# No st.stop() on this page: a run that it ends leaves the link of absent sliders behind, which later undoes
# a reset.
if classifier := chosen_model():
    model_card(classifier)
    if texts := entered_texts(classifier.config.reads_pairs):
        show(classifier, explored_text(classifier, *texts))
