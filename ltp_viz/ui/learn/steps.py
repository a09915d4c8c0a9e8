"""The ten steps: for each, the picture, the run that it shows, and further choices."""

from collections.abc import Callable
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from ltp_viz.analysis.learn.attention import score_divisor
from ltp_viz.analysis.learn.failing_examples import Failures, failing_examples
from ltp_viz.analysis.learn.mask_curves import MaskForm
from ltp_viz.analysis.learn.task_results import task_results
from ltp_viz.analysis.learn.training_replay import read_replay
from ltp_viz.data.errors import InputError
from ltp_viz.figures.learn.attention import column_picture, votes_picture
from ltp_viz.figures.learn.cost import cost_picture
from ltp_viz.figures.learn.drops import failing_picture, layers_picture, threshold_picture
from ltp_viz.figures.learn.masks import mask_picture
from ltp_viz.figures.learn.picture import Picture
from ltp_viz.figures.learn.results import results_picture
from ltp_viz.figures.learn.training import replay_picture
from ltp_viz.figures.wording import strength_text
from ltp_viz.resources import ASSETS, EXAMPLES
from ltp_viz.ui.inputs.models import DEFAULT_MODEL, MODEL_KEY, display_name
from ltp_viz.ui.learn import form, game
from ltp_viz.ui.learn.component import show_picture, show_still
from ltp_viz.ui.learn.lesson import Lesson
from ltp_viz.ui.learn.symbols import symbols_picture
from ltp_viz.ui.learn.texts import STEPS, StepText
from ltp_viz.ui.shell.link import pack_text
from ltp_viz.ui.shell.markdown import escaped

_FAILING_SCALES = (1.0, 1.5)
_MAX_EXAMPLES, _LONGEST_EXAMPLE = 8, 45

Show = Callable[[Lesson], Picture | None]


def show_step(number: int, lesson: Lesson) -> tuple[Picture | None, int]:
    """Draw step `number`, from 1: words, equation and symbols on the left, the picture on the right.

    Returns the picture, if there is one, and its current frame.
    """
    text = STEPS[number - 1]
    with st.container(key=f"learn_step_{number}"):
        left, right = st.columns([5, 7], gap="large")
        with left:
            facts = _facts(lesson)
            st.markdown(f"## {number}. {text.title}")
            st.markdown(text.words.format(**facts))
            with st.container(key=f"learn_ask_prompt_{number}"):
                st.markdown(f"**{text.prompt}**")
            show = _CHOICES[text.slug](lesson) if text.slug in _CHOICES else _PICTURES[text.slug]
            _equations(text, facts)
            st.caption(f"Source: {text.source}")
        with right:
            try:
                picture = show(lesson)
            except InputError as error:
                st.info(escaped(str(error)))
                return None, 0
            return picture, 0 if picture is None else show_picture(text.slug, picture)


def _facts(lesson: Lesson) -> dict[str, object]:
    config = lesson.classifier.config
    return {
        "layer": lesson.first_dropping_layer + 1,
        "heads": config.num_attention_heads,
        "divisor": (
            f"the sentence’s own length, {len(lesson.source.tokens)}"
            if config.score_normalizer == "sequence"
            else f"{config.score_reference_length}, a constant of this model"
        ),
    }


def _equations(text: StepText, facts: dict[str, object]) -> None:
    for equation in text.equations:
        st.latex(equation)
    if text.symbols:
        symbols = [(symbol, meaning.format(**facts)) for symbol, meaning in text.symbols]
        show_still(f"tour_symbols_{text.slug}", symbols_picture(symbols))


# --- pictures that depend on the sentence alone ---


def _votes(lesson: Lesson) -> Picture:
    layer = lesson.first_dropping_layer
    return votes_picture(lesson.source, lesson.attention(layer).mean(0), layer)


def _layers(lesson: Lesson) -> Picture:
    return layers_picture(lesson.sweep, lesson.trained)


def _training(lesson: Lesson) -> Picture:
    replay = read_replay(lesson.training_log, lesson.classifier.config)
    if not replay.logged_flops:
        st.caption(
            "This log has no FLOPs; they are computed from its keep rates, without the small quadratic part."
        )
    return replay_picture(replay)


def _cost(lesson: Lesson) -> Picture:
    trace = lesson.trained
    st.caption(
        f"Your sentence: {len(trace.tokens)} tokens, {2 * trace.macs / 1e6:,.0f} of "
        f"{2 * trace.dense_macs / 1e6:,.0f} MFLOPs as trained, {100 * trace.macs / trace.dense_macs:.0f} %."
    )
    return cost_picture(trace, lesson.classifier.config)


def _failures(lesson: Lesson) -> Picture | None:
    failures = _found_failures(lesson)
    if not failures.texts:
        st.info(
            "The examples are labelled positive or negative, which are not classes of this model. Choose "
            f"“{display_name(str(DEFAULT_MODEL))}” in the model menu for this step."
        )
        return None
    lost = ", ".join(f"{count} at strength {strength_text(scale)}" for scale, count in failures.lost)
    st.caption(f"Right answers that pruning breaks, of {failures.texts} hard texts: {lost}.")
    if not failures.examples:
        st.info("Pruning breaks none of the short ones.")
        return None
    links = [_explore_link(example.text, example.scale) for example in failures.examples]
    return failing_picture(failures.examples, links)


def _found_failures(lesson: Lesson) -> Failures:
    # A model that was saved again under the same name may have other thresholds.
    known = (lesson.location, lesson.classifier.labels, tuple(lesson.classifier.config.thresholds))
    return _cached_failures(known, lesson)


@st.cache_data(show_spinner="Running the hard examples …", max_entries=8)
def _cached_failures(known: tuple[object, ...], _lesson: Lesson) -> Failures:
    table = pd.read_csv(EXAMPLES / "labelled.csv", dtype=str)
    rows = list(table[["text", "label", "kind"]].itertuples(index=False, name=None))
    return failing_examples(
        _lesson.classifier, rows, _FAILING_SCALES, most=_MAX_EXAMPLES, longest=_LONGEST_EXAMPLE
    )


def _explore_link(text: str, scale: float) -> str:
    parameters = {"text": pack_text(text) or "", "scale": f"{scale:g}"}
    if MODEL_KEY in st.query_params:
        parameters[MODEL_KEY] = st.query_params[MODEL_KEY]
    return "/?" + urlencode(parameters)


def _results(lesson: Lesson) -> Picture:
    return results_picture(task_results(ASSETS / "results.json"))


# --- pictures with a further choice ---


def _score_choice(lesson: Lesson) -> Show:
    config = lesson.classifier.config
    with st.container(key="learn_ask_score", horizontal=True, vertical_alignment="bottom"):
        layer = form.layer(lesson, "score")
        head = form.head(config.num_attention_heads)

    def show(lesson: Lesson) -> Picture:
        matrix = lesson.attention(layer)
        chosen = matrix.mean(0) if head is None else matrix[head]
        divisor = score_divisor(config, lesson.source)
        return column_picture(lesson.source, chosen, lesson.dense.scores[layer], divisor, head)

    return show


def _threshold_choice(lesson: Lesson) -> Show:
    with st.container(key="learn_ask_threshold"):
        layer = form.layer(lesson, "threshold")
    if lesson.dense.learned_thresholds[layer] <= 0:
        st.caption(f"Layer {layer + 1} learned no threshold: it drops nothing.")
    return lambda lesson: threshold_picture(lesson.dense, layer, lesson.protected)


_MASK_EQUATIONS: dict[MaskForm, tuple[str, str]] = {
    "linear": (
        r"m_j = \sigma\!\left(\frac{s_j - \theta_l}{T}\right)",
        r"-\frac{\partial m_j}{\partial \theta_l} = \frac{m_j\,(1 - m_j)}{T}",
    ),
    "log": (
        r"m_j = \sigma\!\left(\frac{\ln s_j - \ln \theta_l}{T}\right)",
        r"-\frac{\partial m_j}{\partial \ln\theta_l} = \frac{m_j\,(1 - m_j)}{T}",
    ),
}


def _mask_choice(lesson: Lesson) -> Show:
    config = lesson.classifier.config
    trained_with = form.trained_form(lesson)
    with st.container(key="learn_ask_masks"):
        chosen = form.mask_form(trained_with)
    for equation in _MASK_EQUATIONS[chosen]:
        st.latex(equation)
    if trained_with:
        own = "the ratio, this project's default" if trained_with == "log" else "the difference, as published"
        st.caption(f"This model was trained with {own}.")
    layer = lesson.first_dropping_layer
    threshold = config.thresholds[layer]

    def show(lesson: Lesson) -> Picture:
        if threshold <= 0:
            raise InputError("No layer of this model has a threshold above 0, so there is no mask to show.")
        return mask_picture(lesson.source, lesson.dense.scores[layer], threshold, chosen, layer)

    return show


_CHOICES: dict[str, Callable[[Lesson], Show]] = {
    "score": _score_choice,
    "threshold": _threshold_choice,
    "masks": _mask_choice,
}
_PICTURES: dict[str, Show] = {
    "votes": _votes,
    "layers": _layers,
    "training": _training,
    "cost": _cost,
    "failures": _failures,
    "results": _results,
    "game": game.show,
}
