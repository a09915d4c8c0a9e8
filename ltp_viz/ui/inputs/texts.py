"""The text box, or two for a model that compares texts, and the gallery of examples."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from ltp_viz.resources import EXAMPLES
from ltp_viz.ui.shell.access import too_long
from ltp_viz.ui.shell.address import opened_link
from ltp_viz.ui.shell.link import Link
from ltp_viz.ui.shell.page import shown_page

SEGMENT_TITLES = ("First text", "Second text")


@dataclass(frozen=True)
class EnteredTexts:
    """A text and, of a pair, the second one; else None."""

    texts: tuple[str, str | None]
    is_example: bool  # of the gallery; the link contains its name


@dataclass(frozen=True)
class _Kind:
    """One text or a pair, as the model reads; each kind keeps its texts while the other is shown."""

    files: tuple[str, ...]  # of examples
    fields: tuple[str, ...]  # of an example, one per box
    example_key: str  # also the name in the link
    labels: tuple[str, ...]  # of the boxes
    if_empty: str

    @property
    def box_keys(self) -> tuple[str, ...]:
        """Session key of each box."""
        return tuple(f"{self.example_key}_{field}" for field in self.fields)

    @property
    def filled_key(self) -> str:
        """Session key of the example that filled the boxes last; set from the first visit on."""
        return f"{self.example_key}_filled"


_SINGLE = _Kind(
    ("explore.json", "long_reviews.json"),  # two files, as the benchmark cuts its texts from the first
    ("text",),
    "example",
    ("Your text",),
    "There is no text yet. Type one above, or pick an example.",
)
_PAIR = _Kind(
    ("pairs.json",),
    ("text", "text_pair"),
    "pair_example",
    SEGMENT_TITLES,
    "This model compares two texts: type both above, or pick an example.",
)


@lru_cache
def _examples(kind: _Kind) -> dict[str, tuple[str, ...]]:
    """Name -> texts of the bundled examples, in display order."""
    entries = [entry for file in kind.files for entry in json.loads((EXAMPLES / file).read_text())]
    return {entry["name"]: tuple(entry[field] for field in kind.fields) for entry in entries}


def linked_texts(link: Link, parameters: Mapping[str, str], pairs: bool) -> tuple[str, ...]:
    """The texts that a link shows when it is opened, one per box: its own, or those of an example."""
    kind = _PAIR if pairs else _SINGLE
    if link.texts:
        return (*link.texts, "")[: len(kind.fields)]
    examples = _examples(kind)
    return examples.get(parameters.get(kind.example_key, ""), next(iter(examples.values())))


def _fill_example(kind: _Kind, name: str | None) -> None:
    st.session_state[kind.filled_key] = name
    if name:
        for key, text in zip(kind.box_keys, _examples(kind)[name], strict=True):
            st.session_state[key] = text


def _pill_changed(kind: _Kind) -> None:
    name = st.session_state[kind.example_key]
    _fill_example(kind, name)
    # Send it to the browser again: a box that lost the focus to this pill may just have cleared it there.
    st.session_state[kind.example_key] = name


def _box_changed(kind: _Kind) -> None:
    name = st.session_state[kind.example_key]
    if name != st.session_state[kind.filled_key]:
        return  # the pill has changed too, and its callback fills the boxes next
    if name and tuple(st.session_state[key] for key in kind.box_keys) != _examples(kind)[name]:
        st.session_state[kind.example_key] = st.session_state[kind.filled_key] = None


def set_texts(text: str, text_pair: str | None) -> None:
    """Fill the boxes from another page, before Explore is opened."""
    kind = _SINGLE if text_pair is None else _PAIR
    for key, content in zip(kind.box_keys, (text, text_pair), strict=False):
        st.session_state[key] = content
    st.session_state[kind.filled_key] = st.session_state[kind.example_key] = None


def restart(pairs: bool) -> None:
    """Fill the boxes with the initial texts."""
    st.session_state.pop((_PAIR if pairs else _SINGLE).filled_key, None)


def _first_fill(kind: _Kind, name: str | None) -> None:
    """Fill the boxes at the first visit, with the example of that name or the link's texts."""
    _fill_example(kind, name)
    if not name:
        texts = (*opened_link().texts, "", "")
        for key, text in zip(kind.box_keys, texts, strict=False):
            st.session_state[key] = text


def entered_texts(pairs: bool) -> EnteredTexts | None:
    """The user's text and, for pairs, the second one, of any content.

    Starts with the link's texts, or with the first example. None, and a message on the page, if a box is
    empty or its text is longer than allowed here.
    """
    kind = _PAIR if pairs else _SINGLE
    # On another page the box is another widget under the same key, which Streamlit fills with the value
    # written here.
    page_key = f"{kind.example_key}_page"
    arrived = st.session_state.get(page_key) != shown_page()
    st.session_state[page_key] = shown_page()
    for key in kind.box_keys:
        if arrived or key not in st.session_state:
            st.session_state[key] = st.session_state.get(key, "")
    first_visit = kind.filled_key not in st.session_state
    # A link's texts are for the kind of its model; the other kind starts with its own example.
    first_kind = all(any_kind.filled_key not in st.session_state for any_kind in (_SINGLE, _PAIR))
    first_example = next(iter(_examples(kind)))
    from_link = first_kind and bool(opened_link().texts)
    name = st.pills(
        "Examples",
        list(_examples(kind)),
        default=first_example if first_visit and not from_link else None,
        key=kind.example_key,
        on_change=_pill_changed,
        args=(kind,),
        bind="query-params",
    )
    if first_visit:
        _first_fill(kind, name)
    with st.container(key="texts"):  # side by side on wide screens: see `page`
        columns = st.columns(len(kind.fields))
    texts = [
        column.text_area(
            label,
            key=key,
            height=90,
            on_change=_box_changed,
            args=(kind,),
            placeholder="Type or paste a text, then press Ctrl+Enter or tap elsewhere",
            help="Press Ctrl+Enter, or tap elsewhere, to run the model on it.",
            persist_state="session",  # also while a model of the other kind, or an unusable one, is chosen
        )
        or ""
        for column, key, label in zip(columns, kind.box_keys, kind.labels, strict=True)
    ]
    if opened_link().unreadable and name == first_example:
        st.warning("The text in this link cannot be read. Showing the first example.")
    if not all(text.strip() for text in texts):
        st.info(kind.if_empty)
        return None
    if message := too_long(*texts):
        st.error(message)
        return None
    is_example = name is not None and tuple(texts) == _examples(kind)[name]
    return EnteredTexts((texts[0], texts[1] if pairs else None), is_example)
