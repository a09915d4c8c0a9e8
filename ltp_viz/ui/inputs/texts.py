"""The text box, or two for a model that compares texts, a Run button, and examples to try.

A result belongs to the text that was run last: while a box holds another one, everything below is dimmed.
"""

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

_RUN_KEY = "run_texts"
SEGMENT_TITLES = ("First text", "Second text")

# A box of one line is 52 pixels high and grows to four lines; examples that need more than a line scroll.
# Streamlit draws InputInstructions while a box holds what was not yet sent; a result fades in again with the
# delay that the run of a short text takes.
_STYLE = """
.st-key-inputs { gap: 0.5rem; }
.st-key-texts { flex-wrap: nowrap; gap: 0.5rem; }
.st-key-texts textarea {
  field-sizing: content;
  min-height: 52px;
  max-height: 120px;
  padding-block: 13px;
  resize: none;
}
.st-key-texts button { min-height: 54px; padding-inline: 1.5rem; }
.st-key-examples { flex-wrap: nowrap; gap: 0.5rem; }
.st-key-examples > :is(.st-key-example, .st-key-pair_example) { flex: 0 1 auto; min-width: 0; }
.st-key-examples [role=radiogroup] { flex-wrap: nowrap; overflow-x: auto; }
.st-key-examples [role=radiogroup] > * { flex: none; }
.st-key-examples button { min-height: 36px; }
@media (max-width: 999px) {
  .st-key-texts:has(.st-key-pair_example_text) { flex-wrap: wrap; }
  .st-key-texts > .st-key-pair_example_text { flex: 1 0 100%; }
}
:has(> .st-key-inputs) ~ * { transition: opacity 0.15s 0.3s; }
:has(> .st-key-inputs):has(.st-key-texts [data-testid=InputInstructions]) ~ * {
  opacity: 0.35;
  transition-delay: 0s;
}
"""


@dataclass(frozen=True)
class EnteredTexts:
    """A text and, of a pair, the second one; else None."""

    texts: tuple[str, str | None]
    is_example: bool  # of the gallery; the link contains its name


@dataclass(frozen=True)
class _Kind:
    """One text or a pair, as the model reads; each kind keeps its texts while the other is shown."""

    files: tuple[str, ...]  # of examples
    first: tuple[str, ...]  # names of those in sight; the others are in a menu
    fields: tuple[str, ...]  # of an example, one per box
    example_key: str  # also the name in the link
    labels: tuple[str, ...]  # of the boxes
    if_empty: str

    @property
    def box_keys(self) -> tuple[str, ...]:
        """Session key of each box."""
        return tuple(f"{self.example_key}_{field}" for field in self.fields)

    @property
    def menu_key(self) -> str:
        """Session key of the menu of further examples."""
        return f"{self.example_key}_menu"

    @property
    def filled_key(self) -> str:
        """Session key of the example that filled the boxes last; set from the first visit on."""
        return f"{self.example_key}_filled"


_SINGLE = _Kind(
    # Files of their own, as the benchmark cuts its texts from explore.json. How well the first ones show what
    # their names promise: `python -m tests.bench.start_texts`.
    ("start.json", "explore.json", "long_reviews.json"),
    ("Everything did", "Sarcasm", "Late turn", "300-word review", "Not a review"),
    ("text",),
    "example",
    ("Your text",),
    "There is no text yet. Type one above, or pick an example.",
)
_PAIR = _Kind(
    ("pairs.json",),
    ("Paraphrase", "Negated", "Names swapped", "Same topic", "Unrelated"),
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
    return examples.get(parameters.get(kind.example_key, ""), examples[kind.first[0]])


def first_examples() -> dict[str, str]:
    """Name -> text of the examples in sight where a model reads one text; Explore starts with the first."""
    return {name: _examples(_SINGLE)[name][0] for name in _SINGLE.first}


def _fill_example(kind: _Kind, name: str | None) -> None:
    st.session_state[kind.filled_key] = name
    if name:
        for key, text in zip(kind.box_keys, _examples(kind)[name], strict=True):
            st.session_state[key] = text


def _pill_changed(kind: _Kind) -> None:
    if st.session_state.get(_RUN_KEY):
        # A click on Run follows the text that it takes from the box at once, and still names the example that
        # this text has replaced; nobody has picked that one.
        st.session_state[kind.example_key] = st.session_state[kind.filled_key]
        return
    name = st.session_state[kind.example_key]
    _fill_example(kind, name)
    # Send it to the browser again: a box that lost the focus to this pill may just have cleared it there.
    st.session_state[kind.example_key] = name


def _menu_clicked(kind: _Kind) -> None:
    st.session_state[kind.example_key] = st.session_state[kind.menu_key]
    _pill_changed(kind)


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


def _examples_row(kind: _Kind, first_example: str | None) -> str | None:
    """Draw the examples; returns the chosen one's name: the link's, or else `first_example`."""
    # An example from the menu joins those in sight while it is chosen, by a click or by the address.
    asked = {st.session_state.get(kind.example_key), st.query_params.get(kind.example_key)}
    others = [name for name in _examples(kind) if name not in kind.first]
    with st.container(key="examples", horizontal=True, vertical_alignment="center"):
        name: str | None = st.pills(
            "Examples",
            [*kind.first, *(name for name in others if name in asked)],
            default=first_example,
            key=kind.example_key,
            on_change=_pill_changed,
            args=(kind,),
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )
        st.menu_button("More", others, key=kind.menu_key, on_click=_menu_clicked, args=(kind,))
    return name


def _boxes_row(kind: _Kind) -> list[str]:
    """Draw the boxes and the Run button; returns the boxes' texts."""
    texts = [
        st.text_area(
            label,
            key=key,
            height="content",
            on_change=_box_changed,
            args=(kind,),
            placeholder=f"{label}: type or paste it, then press Run or Ctrl+Enter",
            label_visibility="collapsed",
            persist_state="session",  # also while a model of the other kind, or an unusable one, is chosen
        )
        or ""
        for key, label in zip(kind.box_keys, kind.labels, strict=True)
    ]
    # Leaving a box sends its text, so the button has nothing else to do.
    st.button("Run", key=_RUN_KEY, type="primary")
    return texts


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
    from_link = first_kind and bool(opened_link().texts)
    first_example = None if not first_visit or from_link else kind.first[0]
    st.html(f"<style>{_STYLE}</style>")
    with st.container(key="inputs"):
        boxes = st.container(key="texts", horizontal=True, vertical_alignment="bottom")
        name = _examples_row(kind, first_example)
        if first_visit:
            _first_fill(kind, name)
        with boxes:
            texts = _boxes_row(kind)
    if opened_link().unreadable and name == kind.first[0]:
        st.warning("The text in this link cannot be read. Showing the first example.")
    if not all(text.strip() for text in texts):
        st.info(kind.if_empty)
        return None
    if message := too_long(*texts):
        st.error(message)
        return None
    is_example = name is not None and tuple(texts) == _examples(kind)[name]
    return EnteredTexts((texts[0], texts[1] if pairs else None), is_example)
