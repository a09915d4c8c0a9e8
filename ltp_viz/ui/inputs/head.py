"""How the chosen model answers, where its folder may not say: about pairs, by one label, by yes or no."""

from pathlib import Path

import streamlit as st

from ltp_viz import resources
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui.shell.cache import session_cache
from ltp_viz.ui.shell.markdown import escaped

_CACHE, _LABEL_KEY = "head_choice", "asked_label"
_ALL = "All labels together"
_DETECTED = "as detected"
_READS: dict[str, bool | None] = {_DETECTED: None, "one text": False, "two texts": True}


def with_head(classifier: TextClassifier, location: str) -> TextClassifier:
    """Switches for a model that is not bundled; the model as they say."""
    st.session_state[_LABEL_KEY] = None
    if Path(location).resolve().parent == resources.MODELS.resolve():
        return classifier
    kind = classifier.config.answer_kind
    with st.expander("How it answers"):
        reads = st.segmented_control(
            "Reads",
            list(_READS),
            default=_DETECTED,
            required=True,
            key=f"reads_pairs {location}",
            help="Two texts are such as a premise and a hypothesis, or a question and a passage. Detected "
            "from the labels, from what sentence-transformers writes into the folder, and from the usual "
            f"names of two columns in a file; here: {'two texts' if classifier.reads_pairs else 'one text'}.",
        )
        label = None
        if kind == "labels":
            choice = st.selectbox(
                "Answers about",  # the lab's form has a "Label"
                [_ALL, *classifier.labels],
                format_func=escaped,
                key=f"asked_label {location}",
                help="This model gives a text any number of labels. One label alone is a yes or no, which "
                "the comparison of rules can score; the Dataset lab scores sets of labels too.",
            )
            label = None if choice == _ALL else choice
        elif kind == "numbers" and len(classifier.labels) == 1:
            is_yes_or_no = st.toggle(
                "Yes or no",
                key=f"yes_or_no {location}",
                help="Reads the number as the logit of yes: its sigmoid is a probability.",
            )
            label = classifier.labels[0] if is_yes_or_no else None
    st.session_state[_LABEL_KEY] = label
    pairs = _READS[reads or _DETECTED]
    # The same object on every rerun, as runs of texts are cached per model.
    return session_cache(_CACHE).get((classifier, pairs, label), lambda: _chosen(classifier, pairs, label))


def _chosen(classifier: TextClassifier, pairs: bool | None, label: str | None) -> TextClassifier:
    one = classifier if label is None else classifier.for_label(label)
    return one.reading_pairs(pairs)


def asked_label() -> str | None:
    """The only label that the chosen model is asked about, as its checkpoint calls it."""
    return st.session_state.get(_LABEL_KEY)
