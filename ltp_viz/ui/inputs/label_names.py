"""Names for the labels of the model at hand, which many checkpoints only number."""

import streamlit as st

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell.markdown import escaped

_HELD_KEY = "relabelled"  # (as loaded, renamed): the same object on every rerun, as texts are kept per model
_MANY = 8


def with_label_names(classifier: TextClassifier, location: str) -> TextClassifier:
    """Fields for the labels' names; the model under those names, or as it was while none is given."""
    own = classifier.labels
    with st.expander("Label names", expanded=any(name.startswith("LABEL_") for name in own)):
        with st.container(height=400 if len(own) > _MANY else "content", border=False):
            names = tuple(
                _field(label, f"label_name {location} {index}") or label for index, label in enumerate(own)
            )
        renamed = classifier
        if names != own:
            try:
                renamed = _renamed(classifier, names)
            except InputError as error:
                st.error(escaped(str(error)))
    st.session_state[_HELD_KEY] = (classifier, renamed)
    return renamed


def _field(label: str, key: str) -> str:
    value = st.text_input(escaped(label), key=key, placeholder=label, max_chars=60, persist_state="session")
    return (value or "").strip()


def _renamed(classifier: TextClassifier, names: tuple[str, ...]) -> TextClassifier:
    loaded, renamed = st.session_state.get(_HELD_KEY, (None, classifier))
    return renamed if loaded is classifier and renamed.labels == names else classifier.relabelled(names)


def labels_renamed() -> bool:
    """Whether the model at hand goes by other label names than its checkpoint's."""
    loaded, renamed = st.session_state.get(_HELD_KEY, (None, None))
    return loaded is not renamed
