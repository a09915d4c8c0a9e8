"""The model that a page shows: loaded once, shared by all sessions, stateless."""

import os

import streamlit as st

from ltp_viz.data.checkpoints import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.ui.page import ROOT

MODEL_VARIABLE = "LTP_VIZ_MODEL"
DEFAULT_MODEL = ROOT / "assets/models/sst2"


@st.cache_resource(show_spinner="Loading the model …", max_entries=3)
def _load(name: str) -> TextClassifier:
    return load_model(name)


def current_model() -> TextClassifier:
    """The bundled model, or the one that LTP_VIZ_MODEL names. Stops the page with a sentence if unusable."""
    try:
        return _load(os.environ.get(MODEL_VARIABLE) or str(DEFAULT_MODEL))
    except InputError as error:
        st.error(str(error))
        st.stop()


def model_card(classifier: TextClassifier) -> None:
    """What is loaded, in the sidebar."""
    config = classifier.config
    with st.sidebar:
        st.markdown("**Model**")
        st.text(classifier.name)
        st.caption(
            f"{config.base_family} encoder, {config.num_hidden_layers} layers of width {config.hidden_size}, "
            f"reads up to {config.max_text_tokens} tokens"
        )
        if config.thresholds_learned:
            st.badge("thresholds learned", color="blue")
        else:
            st.badge("thresholds not learned", color="orange")
            st.caption(
                "This checkpoint was never trained to prune. Its thresholds rise linearly from layer to "
                "layer: good for trying out, not for conclusions."
            )
