"""The sentence of the tour: the default, the user's, or a link's."""

import json
from functools import lru_cache

import streamlit as st

from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.text.tokenization import clean_text
from ltp_viz.resources import EXAMPLES
from ltp_viz.ui.inputs.text_checks import unreadable
from ltp_viz.ui.learn.address import note_own_move
from ltp_viz.ui.learn.lesson import MAX_TOKENS, shortened
from ltp_viz.ui.shell.link import unpack_text

MAX_CHARACTERS = 240  # characters
_KEY, _NOTE_KEY = "learn_text", "learn_text_note"


@lru_cache
def suggestions() -> dict[str, str]:
    """Name -> text of the bundled examples that are one sentence; the first is the tour's own."""
    entries = json.loads((EXAMPLES / "explore.json").read_text())
    return {entry["name"]: entry["text"] for entry in entries if 40 <= len(entry["text"]) <= 130}


def own_sentence() -> str:
    """The default sentence."""
    return next(iter(suggestions().values()))


def read_sentence() -> None:
    """Fill the field from the address, before it is drawn."""
    st.session_state[_KEY], note = sentence_of(st.query_params.get("text"))
    if note:
        st.session_state[_NOTE_KEY] = note
    else:
        st.session_state.pop(_NOTE_KEY, None)


def sentence_of(packed: str | None) -> tuple[str, str | None]:
    """The sentence from an address, on one line, and a message if it differs from the address."""
    text = unpack_text(packed) if packed is not None else own_sentence()
    note = None
    if text is None:
        note = "The sentence in this link cannot be read. Using the default."
    elif len(text) > MAX_CHARACTERS:
        note = f"The sentence in this link is cut to {MAX_CHARACTERS} characters."
    return " ".join((clean_text(text) if text else own_sentence())[:MAX_CHARACTERS].split()), note


def _put(text: str) -> None:
    st.session_state[_KEY] = text
    _changed()


def _changed() -> None:
    note_own_move()
    st.session_state.pop(_NOTE_KEY, None)


def sentence_field() -> None:
    """Draw the field and suggestions; call `read_sentence` before, and `sentence` for the result."""
    st.text_area(
        "The sentence of all steps",
        key=_KEY,
        max_chars=MAX_CHARACTERS,
        height=110,
        on_change=_changed,
        persist_state="session",
        help=f"Up to {MAX_CHARACTERS} characters; the tour reads the first {MAX_TOKENS} tokens.",
    )
    for name, text in suggestions().items():
        st.button(name, key=f"learn_suggest_{name}", on_click=_put, args=(text,), width="stretch", help=text)


def sentence(classifier: TextClassifier) -> TokenizedText:
    """The tokenized sentence, with a message on the page if it differs from the input. Call `sentence_field`
    first."""
    text = " ".join(clean_text(st.session_state[_KEY] or "").split())
    if note := st.session_state.get(_NOTE_KEY):
        st.warning(note)
    if not text:
        st.info("No sentence entered; using the default.")
        return shortened(classifier, own_sentence())
    source = shortened(classifier, text)
    if message := unreadable(source):
        st.info(f"{message} Using the default sentence.")
        return shortened(classifier, own_sentence())
    if len(source.text) < len(text):
        st.caption(
            f"The tour reads only the first {len(source.tokens)} tokens of this sentence, with special ones."
        )
    return source
