"""The Learn page: the idea in ten steps, each with one control, on a real model."""

import streamlit as st

from ltp_viz.ui.inputs.models import DEFAULT_MODEL, chosen_model, display_name, model_location
from ltp_viz.ui.learn.tour import show_tour


def show() -> None:
    """Draw everything below the title."""
    if classifier := chosen_model():
        if classifier.reads_pairs or classifier.config.answer_kind != "class":
            st.info(
                "The tour needs a model that reads one text and chooses between classes. Choose another in "
                f"the model menu, such as “{display_name(str(DEFAULT_MODEL))}”."
            )
        else:
            show_tour(classifier, model_location())
