"""The tour: bar, progress, one step or all of them."""

import streamlit as st

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.figures.learn.picture import Picture, node
from ltp_viz.ui.learn.component import asset, listen_to_keys, show_still
from ltp_viz.ui.learn.form import ALL, chosen_step, go_to, read_link, write_link
from ltp_viz.ui.learn.lesson import Lesson, lesson_of
from ltp_viz.ui.learn.sentence import sentence, sentence_field
from ltp_viz.ui.learn.steps import show_step
from ltp_viz.ui.learn.texts import PAPER, STEPS


def show_tour(classifier: TextClassifier, location: str) -> None:
    """Draw everything on the page."""
    st.html(f"<style>{asset('page.css')}</style>")
    step = chosen_step()
    read_link(step.number)
    with st.container(key="learn_bar", horizontal=True, vertical_alignment="center", gap="small"):
        _turn(step.number)
        with st.popover("Sentence", help="Your own sentence, for all steps."):
            sentence_field()
    if step.note:
        st.warning(step.note)
    lesson = lesson_of(classifier, location, sentence(classifier))
    if step.number is None:
        _show_all(lesson)
        write_link(None, lesson, None, 0)
    else:
        listen_to_keys()  # first, as a step may take time
        _progress(step.number)
        write_link(step.number, lesson, *show_step(step.number, lesson))


def _turn(number: int | None) -> None:
    if number is None:
        st.button("To the single steps", key="learn_single", on_click=go_to, args=(1,))
        return
    last = len(STEPS)
    st.button("← Back", key="learn_back", on_click=go_to, args=(number - 1,), disabled=number == 1)
    with st.popover(f"Step {number} of {last}"):
        for index, step in enumerate(STEPS, 1):
            st.button(
                f"{index}. {step.title}",
                key=f"learn_go_{index}",
                on_click=go_to,
                args=(index,),
                type="tertiary",
            )
        st.button("The whole tour on one page, to print", key="learn_all", on_click=go_to, args=(ALL,))
        st.caption("Arrow keys and page keys turn to the next step; Escape leaves a slider.")
    st.button(
        "Next →",
        key="learn_next",
        on_click=go_to,
        args=(number + 1,),
        type="primary",
        disabled=number == last,
    )


def _progress(number: int) -> None:
    parts = "".join(
        f'<i class="{"here" if index == number else "done" if index < number else ""}"></i>'
        for index in range(1, len(STEPS) + 1)
    )
    with st.container(key="learn_progress"):
        st.html(f'<div class="learn-progress" aria-hidden="true">{parts}</div>')


def _show_all(lesson: Lesson) -> None:
    with st.container(key="learn_ask_print"):
        button = node("button", text="Print", classes="tour-stop", type="button", data_print="yes")
        show_still("tour_print", Picture(node("div", button), (), "none", ""))
    st.markdown("## Learned token pruning in ten steps")
    st.caption(f"{PAPER}. Model {lesson.classifier.name}; all figures are from real runs.")
    for number in range(1, len(STEPS) + 1):
        show_step(number, lesson)
