"""The models a page can show: found in folders, loaded once, shared by all sessions, stateless."""

import os
import re
from collections.abc import Container
from pathlib import Path

import streamlit as st

from ltp_viz.data.checkpoints import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.ui.controls import reset_scales
from ltp_viz.ui.page import ROOT

MODEL_VARIABLE = "LTP_VIZ_MODEL"
FOLDER_VARIABLE = "LTP_VIZ_MODEL_DIR"
BUNDLED_MODELS = ROOT / "assets/models"
DEFAULT_MODEL = BUNDLED_MODELS / "sst2"
MODEL_KEY = "model"


@st.cache_resource(show_spinner="Loading the model …", max_entries=3)
def _load(location: str) -> TextClassifier:
    return load_model(location)


def available_models() -> dict[str, str]:
    """Name -> folder or hub name, the default first, then the bundled, then LTP_VIZ_MODEL_DIR's."""
    default = os.environ.get(MODEL_VARIABLE) or str(DEFAULT_MODEL)
    models: dict[str, str] = {}
    for location in (default, *_folders_in(BUNDLED_MODELS), *_folders_in(os.environ.get(FOLDER_VARIABLE))):
        if Path(location).exists():
            location = os.path.abspath(location)
        if location not in models.values():
            models[_short_name(location, models)] = location
    return models


def _folders_in(parent: str | Path | None) -> list[str]:
    return sorted(str(config.parent) for config in Path(parent).glob("*/config.json")) if parent else []


def _short_name(location: str, taken: Container[str]) -> str:
    """The folder's name, with as many of its parents as make it unique; a hub name as it is."""
    if not Path(location).exists():
        return location
    parts = Path(location).parts
    names = ("/".join(parts[-length:]) for length in range(1, len(parts)))
    return next((name for name in names if name not in taken), location)


def chosen_model() -> TextClassifier | None:
    """The model picked in the sidebar or named in the link; None, and a sentence, if unusable."""
    models = available_models()
    asked = st.query_params.get(MODEL_KEY)  # read first: the selectbox clears what it does not know
    with st.sidebar:
        name = st.selectbox(
            "Model",
            list(models),
            key=MODEL_KEY,
            on_change=reset_scales,  # scales belong to the thresholds they were set on
            bind="query-params",
            help=f"The bundled models, and the folders in {FOLDER_VARIABLE}.",
        )
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder and not _folders_in(folder):
            st.warning(f"{FOLDER_VARIABLE} is {_plain(folder)}, which holds no folder with a config.json.")
    if asked and asked not in models:
        st.warning(f"The link asks for the model {_plain(asked)}, which is not here; this is {_plain(name)}.")
    try:
        return _load(models[name])
    except InputError as error:
        st.error(str(error))
        return None


def _plain(text: str) -> str:
    """Quoted, and without any meaning in Markdown: a link may say anything."""
    return "“" + re.sub(r"([^\w\s])", r"\\\1", text[:80], flags=re.ASCII) + "”"


def model_card(classifier: TextClassifier) -> None:
    """What is loaded, in the sidebar."""
    config = classifier.config
    reads = "two texts, together" if config.reads_pairs else "one text"
    with st.sidebar:
        st.caption(
            f"{config.base_family} encoder, {config.num_hidden_layers} layers of width {config.hidden_size}, "
            f"reads {reads} up to {config.max_text_tokens} tokens"
        )
        if config.thresholds_learned:
            st.badge("thresholds learned", color="blue")
        else:
            st.badge("thresholds not learned", color="orange")
            st.caption(
                "This checkpoint was never trained to prune. Its thresholds rise linearly from layer to "
                "layer: good for trying out, not for conclusions."
            )
