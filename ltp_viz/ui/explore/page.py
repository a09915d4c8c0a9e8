"""The Explore page: one text, or a pair, through a pruned model with adjustable thresholds."""

import streamlit as st

from ltp_viz.ui.explore import export, live_data, speed, why
from ltp_viz.ui.explore.live_view import draw, send_part, settings_message
from ltp_viz.ui.explore.session import (
    ExploredText,
    current_settings,
    explored_text,
    link_note,
    wants_measurement,
)
from ltp_viz.ui.inputs.explore_request import back_link
from ltp_viz.ui.inputs.models import chosen_model, is_bundled, model_location
from ltp_viz.ui.inputs.scope import scope_note
from ltp_viz.ui.inputs.text_checks import truncation, unreadable
from ltp_viz.ui.inputs.texts import entered_texts


def show() -> None:
    """Draw everything below the title."""
    # No st.stop() on this page: it would leave the query parameters of absent widgets in the address.
    if (classifier := chosen_model()) and (entered := entered_texts(classifier.reads_pairs)):
        _below(explored_text(classifier, *entered.texts), entered.is_example)


def _below(explored: ExploredText, is_example: bool) -> None:
    """Draw everything below the text."""
    if message := unreadable(explored.analysed.source):
        st.info(message)
        return
    source, tokenizer = explored.analysed.source, explored.analysed.classifier.tokenizer
    scope = scope_note(source, tokenizer.unk_token, learned_english=is_bundled(model_location()))
    for message in (truncation(source), scope, link_note(explored)):
        if message:
            st.warning(message)
    back_link(explored.dense)
    _live(explored, is_example)
    why.watch_job()


@st.fragment
def _live(explored: ExploredText, is_example: bool) -> None:
    """Draw the live view, exports and Why; only this reruns when a scale is moved or a token forced."""
    message = settings_message()
    settings = current_settings(explored, message)
    stage, number, dense = explored.signature, settings.number, explored.dense
    trace = explored.trace(settings)
    sent = [
        draw(
            stage={**explored.stage, "example_shown": is_example},
            settings=settings.to_data(),
            exact=live_data.exact_data(trace, dense),
        )
    ]
    # The exact run is already on the page; the rest takes longer, the measurement most.
    with st.container(gap=None):  # these mounts draw nothing and take no space
        sweep = explored.sweep(settings)
        sent.append(send_part("sweep", live_data.sweep_data(stage, settings, sweep, dense)))
        attention = explored.attention(settings)
        sent.append(send_part("attention", live_data.attention_data(stage, number, trace, attention)))
        timing = explored.timing(settings, wants_measurement(message, settings))
        sent.append(send_part("timing", speed.timing_data(stage, number, len(trace.tokens), timing)))
    export.show(model_location(), trace, lambda: sent)
    why.show(explored, settings)
