"""The Explore page: one text, or a pair, through a pruned model, with thresholds to move."""

import streamlit as st

from ltp_viz.ui.explore import export, live_data, why
from ltp_viz.ui.explore.live_view import carry, draw, settings_message
from ltp_viz.ui.explore.session import ExploredText, current_settings, explored_text, link_note
from ltp_viz.ui.inputs.explore_request import back_link
from ltp_viz.ui.inputs.models import chosen_model, model_card, model_location
from ltp_viz.ui.inputs.text_checks import truncation, unreadable
from ltp_viz.ui.inputs.texts import entered_texts


def show() -> None:
    """Everything below the title."""
    # No st.stop() on this page: a run that it ends leaves the link of absent widgets behind.
    if classifier := chosen_model():
        model_card(classifier)
        if entered := entered_texts(classifier.config.reads_pairs):
            _below(explored_text(classifier, *entered.texts), entered.is_example)


def _below(explored: ExploredText, is_example: bool) -> None:
    """All that stands below the text."""
    if sentence := unreadable(explored.analysed.source):
        st.info(sentence)
        return
    for sentence in (truncation(explored.analysed.source), link_note(explored)):
        if sentence:
            st.warning(sentence)
    back_link(explored.dense)
    _live(explored, is_example)
    why.watch_job()


@st.fragment
def _live(explored: ExploredText, is_example: bool) -> None:
    """The live view and what can be taken away; moving a scale or forcing a token reruns only this."""
    settings = current_settings(explored, settings_message())
    stage, number, dense = explored.signature, settings.number, explored.dense
    trace = explored.trace(settings)
    sent = [
        draw(
            stage={**explored.stage, "example_shown": is_example},
            settings=settings.to_data(),
            exact=live_data.exact_data(trace, dense),
        )
    ]
    # The exact run stands on the page already; what follows takes longer, measuring more than anything else.
    with st.container(gap=None):  # carriers draw nothing and take no room
        sweep = explored.sweep(settings)
        sent.append(carry("sweep", live_data.sweep_data(stage, settings, sweep, dense)))
        sent.append(carry("attention", live_data.attention_data(stage, number, explored.attention(settings))))
        sent.append(carry("timing", live_data.timing_data(stage, number, explored.timing(settings))))
    export.show(model_location(), trace, lambda: sent)
    why.show(explored, settings)
