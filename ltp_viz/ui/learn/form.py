"""The current step of the tour and the choices in it: read from the link, written into it."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ltp_viz.analysis.learn.mask_curves import MaskForm
from ltp_viz.figures.learn.picture import Picture
from ltp_viz.ui.learn import address
from ltp_viz.ui.learn.component import positions
from ltp_viz.ui.learn.lesson import Lesson
from ltp_viz.ui.learn.sentence import own_sentence, read_sentence
from ltp_viz.ui.learn.texts import STEPS
from ltp_viz.ui.shell.link import pack_text
from ltp_viz.ui.shell.markdown import quoted

ALL = "all"
_STEP_KEY, _LINKED_KEY = "learn_step", "learn_linked"
_HEAD_KEY, _FORM_KEY = "learn_head", "learn_form"
_FORMS: dict[MaskForm, str] = {"linear": "difference (the paper)", "log": "ratio (log)"}


@dataclass(frozen=True)
class ChosenStep:
    """`number`: from 1, or None for the whole tour. `note`: a message about the link."""

    number: int | None
    note: str | None = None


def chosen_step() -> ChosenStep:
    """The step selected last, or the one in an address that the tour has not written.

    The browser may send an address that is older than the page's last change, so only changes count.
    """
    if address.is_news():
        st.session_state[_STEP_KEY] = st.query_params.get("step", "1")
    step = step_of(st.session_state[_STEP_KEY])
    if step.note:
        st.session_state[_STEP_KEY] = "1"  # the note shows once
    return step


def step_of(word: str) -> ChosenStep:
    """The step for a word of an address."""
    if word == ALL:
        return ChosenStep(None)
    if word.isascii() and word.isdigit() and len(word) < 4 and 1 <= int(word) <= len(STEPS):
        return ChosenStep(int(word))
    return ChosenStep(1, f"There is no step {quoted(word)}; the tour has steps 1 to {len(STEPS)}.")


def go_to(step: int | str) -> None:
    """Select a step, or the whole tour."""
    st.session_state[_STEP_KEY] = str(step)
    address.note_own_move()


def read_link(number: int | None) -> None:
    """Read the choices in the address, unless the tour has written it."""
    if not address.is_news():
        return
    read_sentence()
    slug = STEPS[number - 1].slug if number is not None else ""
    choices = choices_of(st.query_params)
    positions().pop(slug, None)
    if choices.at is not None:
        positions()[slug] = choices.at
    st.session_state[_LINKED_KEY] = {(slug, "layer"): choices.layer, (slug, "head"): choices.head}
    if slug == "masks":
        if choices.form is not None:
            st.session_state[_FORM_KEY] = choices.form
        else:
            st.session_state.pop(_FORM_KEY, None)


@dataclass(frozen=True)
class LinkedChoices:
    """Choices in an address beside step and sentence: position of the step's slider, layer and head from 1,
    form of the mask. None or 0: not given."""

    at: int | None
    layer: int
    head: int
    form: MaskForm | None


def choices_of(query: Mapping[str, str]) -> LinkedChoices:
    """Read the choices from any address."""
    form = next((form for form in _FORMS if form == query.get("form")), None)
    layer, head = (_whole(query.get(name, "")) or 0 for name in ("layer", "head"))
    return LinkedChoices(_whole(query.get("at", "")), layer, head, form)


def _linked(slug: str, name: str) -> int | None:
    """A number in a changed address for a step, 0 if absent; None if the address has not changed."""
    return st.session_state.get(_LINKED_KEY, {}).pop((slug, name), None)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def layer(lesson: Lesson, slug: str) -> int:
    """Draw the field of a step's layer; returns the layer, 0 to L - 1."""
    count = lesson.classifier.config.num_hidden_layers
    key, linked = _layer_key(lesson, slug), _linked(slug, "layer")
    if linked is not None or key not in st.session_state:
        st.session_state[key] = layer_of(linked, count, lesson.first_dropping_layer + 1)
    chosen = st.selectbox(
        "Layer",
        range(1, count + 1),
        index=lesson.first_dropping_layer,  # also when the browser redraws the field
        key=key,
        on_change=address.note_own_move,
        persist_state="session",
        width=110,
    )
    return int(chosen) - 1


def layer_of(linked: int | None, count: int, otherwise: int) -> int:
    """A link's layer if it is from 1 to `count`, or else `otherwise`."""
    return linked if linked is not None and 1 <= linked <= count else otherwise


def _layer_key(lesson: Lesson, slug: str) -> str:
    return f"learn_layer_{slug} of {lesson.classifier.config.num_hidden_layers}"


def head(count: int) -> int | None:
    """Draw the field of the head; returns the head, 0 to H - 1, or None for the mean over all."""
    linked = _linked("score", "head")
    if linked is not None or not 0 <= st.session_state.get(_HEAD_KEY, 0) <= count:
        st.session_state[_HEAD_KEY] = head_of(linked, count)
    chosen = st.selectbox(
        "Head",
        range(count + 1),
        key=_HEAD_KEY,
        format_func=lambda number: f"head {number}" if number else "mean of all",
        on_change=address.note_own_move,
        persist_state="session",
        width=180,
    )
    return int(chosen) - 1 if chosen else None


def head_of(linked: int | None, count: int) -> int:
    """A link's head if it is from 1 to `count`, or else 0 for the mean of all."""
    return linked if linked is not None and 0 <= linked <= count else 0


def mask_form(trained_with: MaskForm | None) -> MaskForm:
    """Draw the field of how scores are compared with thresholds, initially as in the model's training."""
    st.session_state.setdefault(_FORM_KEY, trained_with or "linear")
    chosen = st.segmented_control(
        "Scores compared by",
        list(_FORMS),
        key=_FORM_KEY,
        format_func=_FORMS.__getitem__,
        required=True,
        on_change=address.note_own_move,
        persist_state="session",
    )
    return chosen or "linear"


def write_link(number: int | None, lesson: Lesson, picture: Picture | None, at: int) -> None:
    """Write everything that is not at its default into the address, for a link to this step."""
    slug = STEPS[number - 1].slug if number is not None else ""
    own = lesson.source.text == own_sentence()
    layer = st.session_state.get(_layer_key(lesson, slug))
    head = st.session_state.get(_HEAD_KEY) if slug == "score" else None
    form = st.session_state.get(_FORM_KEY) if slug == "masks" else None
    address.write(
        {
            "step": str(number or ALL),
            "text": None if own else pack_text(lesson.source.text),
            "at": str(at) if picture is not None and at != picture.start else None,
            "layer": str(layer) if layer and layer != lesson.first_dropping_layer + 1 else None,
            "head": str(head) if head else None,
            "form": form if form and form != (trained_form(lesson) or "linear") else None,
        }
    )


def trained_form(lesson: Lesson) -> MaskForm | None:
    """How the model's own training compared scores; None if that is not recorded."""
    recipe = lesson.classifier.config.recipe
    if not recipe:
        return None
    # Recipes from before this choice existed do not have it.
    return "log" if recipe.get("score_scale", "linear") == "log" else "linear"
