"""Bring a model: a folder or a hub name is checked and then added to the list of models."""

import os
from pathlib import Path

import streamlit as st

from ltp_viz.data.checkpoints.inspection import Checkpoint, inspect_checkpoint
from ltp_viz.data.checkpoints.model_files import exists_here
from ltp_viz.data.checkpoints.names import plain_name
from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell.markdown import escaped

_BROUGHT_KEY = "brought_models"
_RESULT_KEY = "brought_result"
_NAMES_SHOWN = 6


@st.cache_resource
def _known() -> set[str]:
    """Models brought by any session since the app started, so that a reloaded page finds its own again."""
    return set()


def is_known(location: str) -> bool:
    """Whether a session has brought this model before, so that a link may load it."""
    return location in _known()


def brought_models() -> list[str]:
    """Absolute folders and hub names that this session has brought."""
    return st.session_state.setdefault(_BROUGHT_KEY, [])


def bring_form() -> str | None:
    """Draw the form. Returns the model's absolute folder or hub name in the run that accepts it."""
    location = None
    with st.expander("Bring a model", expanded=failure() is not None):
        with st.form("bring_model", border=False):
            entered = st.text_input(
                "Folder or hub name",
                key="bring_location",
                placeholder="/path/to/model or owner/model",
                help="A classifier of a supported family with .safetensors weights: a folder on the machine "
                "that runs this app, or a model of the Hugging Face hub.",
            )
            if st.form_submit_button("Check and load", key="bring_check", width="stretch"):
                with st.spinner("Checking …"):
                    location = bring(entered or "")
        if result := st.session_state.get(_RESULT_KEY):
            is_good, message = result
            (st.success if is_good else st.error)(escaped(message))
    return location


def failure() -> str | None:
    """The error of the model that was brought last, or None."""
    is_good, message = st.session_state.get(_RESULT_KEY, (True, ""))
    return None if is_good else message


def bring(location: str) -> str | None:
    """Check a model, a folder or hub name, and add it to the session's. The form shows what was found, or the
    error. Returns its absolute folder or hub name."""
    location = plain_name(location)
    try:
        found = inspect_checkpoint(location)
    except InputError as error:
        st.session_state[_RESULT_KEY] = (False, str(error))
        return None
    if exists_here(location):
        location = os.path.abspath(Path(location).expanduser())
    if location not in brought_models():
        brought_models().append(location)
    _known().add(location)
    st.session_state[_RESULT_KEY] = (True, what_was_found(found))
    return location


def what_was_found(found: Checkpoint) -> str:
    """Family, shape, labels, size and whether thresholds are learned, as text."""
    config = found.config
    names = list(config.label_names[:_NAMES_SHOWN])
    if more := config.num_classes - len(names):
        names.append(f"{more} more")
    thresholds = "learned" if config.thresholds_learned else "not learned"
    return (
        f"Found {found.name}: {config.base_family} encoder, {config.num_hidden_layers} layers of width "
        f"{config.hidden_size}, {found.num_parameters / 1e6:,.1f} million parameters "
        f"({found.size_bytes / 1e6:,.1f} MB). Labels: {', '.join(names)}. Thresholds {thresholds}."
    )
