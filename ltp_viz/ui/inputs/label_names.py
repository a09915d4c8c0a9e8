"""Names for the labels of the chosen model, as many checkpoints have only numbers."""

import streamlit as st

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell.cache import session_cache
from ltp_viz.ui.shell.markdown import escaped

_CACHE, _IS_RENAMED_KEY = "renamed_model", "labels_renamed"
_MANY = 8


def with_label_names(classifier: TextClassifier, location: str) -> TextClassifier:
    """Draw fields for the labels' names; returns the model with those names, or unchanged if none is
    given."""
    own = classifier.labels
    with st.expander("Label names", expanded=any(name.startswith("LABEL_") for name in own)):
        with st.container(height=400 if len(own) > _MANY else "content", border=False):
            names = tuple(
                _field(label, f"label_name {location} {index}") or label for index, label in enumerate(own)
            )
        renamed = classifier
        if names != own:
            try:
                # The same object on every rerun, as caches use the model as a key.
                renamed = session_cache(_CACHE).get((classifier, names), lambda: classifier.relabelled(names))
            except InputError as error:
                st.error(escaped(str(error)))
    st.session_state[_IS_RENAMED_KEY] = renamed is not classifier
    return renamed


def _field(label: str, key: str) -> str:
    value = st.text_input(escaped(label), key=key, placeholder=label, max_chars=60, persist_state="session")
    return (value or "").strip()


def labels_renamed() -> bool:
    """Whether the chosen model's label names differ from its checkpoint's."""
    return bool(st.session_state.get(_IS_RENAMED_KEY))
