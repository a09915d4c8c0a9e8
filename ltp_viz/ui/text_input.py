"""The text box and its gallery of examples."""

import json
from functools import lru_cache

import streamlit as st

from ltp_viz.ui.page import ROOT


@lru_cache(maxsize=1)
def examples() -> dict[str, str]:
    """Name -> text of the bundled examples, in display order."""
    entries = json.loads((ROOT / "assets/examples/explore.json").read_text())
    return {entry["name"]: entry["text"] for entry in entries}


def _take_example() -> None:
    if st.session_state.example:
        st.session_state.text = examples()[st.session_state.example]


def _forget_example() -> None:
    st.session_state.example = None


def text_box() -> str:
    """The user's text, any content and length; starts with the first example or the one in the link."""
    st.session_state.setdefault("text", "")
    first_visit = not st.session_state.get("text_box_used")
    st.pills(
        "Examples",
        list(examples()),
        default=next(iter(examples())) if first_visit else None,
        key="example",
        on_change=_take_example,
        bind="query-params",
    )
    if first_visit:
        st.session_state.text_box_used = True
        _take_example()
    text = st.text_area(
        "Your text",
        key="text",
        height=90,
        on_change=_forget_example,
        placeholder="Type or paste a text, then press Ctrl+Enter",
        help="Press Ctrl+Enter, or click elsewhere, to run the model on it.",
    )
    return text or ""
