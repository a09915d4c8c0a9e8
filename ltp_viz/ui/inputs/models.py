"""The available models: found in folders or brought, loaded once, stateless, and shared by all sessions."""

import gc
import os
from collections.abc import Container
from functools import cache
from pathlib import Path

import streamlit as st

from ltp_viz import resources, settings
from ltp_viz.data.checkpoints.agreement import agreement_words
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.checkpoints.names import card_name, readable_name
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.ui.inputs.bring_model import bring, bring_form, brought_models, failure, is_known
from ltp_viz.ui.inputs.head import with_head
from ltp_viz.ui.inputs.label_names import with_label_names
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.glossary import explained
from ltp_viz.ui.shell.markdown import escaped, quoted
from ltp_viz.ui.shell.top_bar import model_slot

FOLDER_VARIABLE = settings.MODEL_DIR.name
DEFAULT_MODEL = resources.MODELS / resources.DEFAULT_MODEL
MODEL_KEY = "model"
_LOCATION_KEY = "model_location"
_LABELS_SHOWN = 6
_MISSING_KEY = "missing_model"  # the link's model, if it is not available


@st.cache_resource(show_spinner="Loading the model …", max_entries=5)
def _load(location: str, version: int) -> TextClassifier:
    classifier = load_model(location)
    # Streamlit collects garbage after every run of a page. Scanning the libraries' half million objects takes
    # a quarter of a second during which no session runs; frozen objects are skipped.
    gc.collect()
    gc.freeze()
    return classifier


def _version(location: str) -> int:
    """The newest change of a folder's files, in nanoseconds, so that a model that was saved again is
    reloaded."""
    try:
        return max((file.stat().st_mtime_ns for file in Path(location).iterdir()), default=0)
    except OSError:  # a hub name, or a folder that loading reports as unusable
        return 0


def available_models() -> dict[str, str]:
    """Name -> folder or hub name, the default first, then bundled, then LTP_VIZ_MODEL_DIR's, then brought.

    A public app offers only the bundled ones.
    """
    models = installed_models()
    # A brought model keeps its whole path, so that a link can find it again.
    return models | {location: location for location in brought_models() if location not in models.values()}


def installed_models() -> dict[str, str]:
    """As `available_models`, without those that a session has brought."""
    default, folder = settings.MODEL.read(), settings.MODEL_DIR.read()
    if access().is_public:
        default = folder = ""
    models: dict[str, str] = {}
    for location in (default or str(DEFAULT_MODEL), *_folders_in(resources.MODELS), *_folders_in(folder)):
        if Path(location).exists():
            location = os.path.abspath(location)
        if location not in models.values():
            models[_short_name(location, models)] = location
    return models


def is_bundled(location: str) -> bool:
    """Whether this folder is one of the models that ship with the project."""
    return os.path.realpath(location) in _bundled_names()


def display_name(location: str) -> str:
    """What people call a model, of which `location` is the folder or hub name: a bundled one as its card
    says, any other after its folder or hub name."""
    return _bundled_names().get(os.path.realpath(location)) or readable_name(location)


def display_names() -> dict[str, str]:
    """Name in `available_models` -> what people call it, each once.

    Only for showing: links and settings contain the names. A Streamlit list with `format_func` puts what it
    shows into the address if it is bound to it, so such a list must not be.
    """
    titles: dict[str, str] = {}
    for name, location in available_models().items():
        title = display_name(location)
        titles[name] = title if title not in titles.values() else f"{title} ({name})"
    return titles


@cache
def _bundled_names() -> dict[str, str]:
    """Folder -> name in its card, of the bundled models, which do not change while an app runs."""
    folders = resources.bundled_models().values()
    return {os.path.realpath(folder): name for folder in folders if (name := card_name(folder))}


def _folders_in(parent: str | Path | None) -> list[str]:
    return sorted(str(config.parent) for config in Path(parent).glob("*/config.json")) if parent else []


def _short_name(location: str, taken: Container[str]) -> str:
    """The folder's name, with as many of its parents as make it unique; a hub name as it is."""
    if not Path(location).exists():
        return location
    parts = Path(location).parts
    names = ("/".join(parts[-length:]) for length in range(1, len(parts)))
    return next((name for name in names if name not in taken), location)


def chosen_model() -> TextClassifier | None:
    """The model chosen in the top bar's menu, brought there or named in the link, with the given label names.

    Draws that menu. None, and a message on the page, if the model is unusable.
    """
    linked = st.query_params.get(MODEL_KEY)  # read first: the selectbox clears unknown values
    may_bring = not access().is_public
    if may_bring and linked and linked not in available_models() and is_known(linked):
        bring(linked)
    named = _name_of_chip(linked)
    menu = model_slot().popover(escaped(display_names()[named]), key="model_menu")
    choice, about, bringing = menu.container(), menu.container(), menu.container()
    if may_bring:
        with bringing:
            if location := bring_form():  # before the list, as the form adds to it
                _choose(location)
    models = available_models()
    if linked and linked not in models:
        st.session_state[_MISSING_KEY] = linked
    with choice:
        name = st.selectbox(
            "Model",
            list(models),
            key=MODEL_KEY,
            on_change=lambda: st.session_state.pop(_MISSING_KEY, None),
            bind="query-params",
            help=explained(
                f"The bundled models, the folders in {FOLDER_VARIABLE}, and those that you bring."
                if may_bring
                else "The bundled models.",
                "learned-token-pruning",
                "learned-thresholds",
            ),
        )
        folder = settings.MODEL_DIR.read()
        if may_bring and folder and not _folders_in(folder):
            st.warning(f"{FOLDER_VARIABLE} is {quoted(folder)}, which holds no folder with a config.json.")
    if name != named:
        st.rerun()  # the chip is drawn before a model is brought, and before the browser goes back to another
    if missing := st.session_state.get(_MISSING_KEY):
        _offer(missing, shown=display_name(models[name]))
    location = st.session_state[_LOCATION_KEY] = models[name]
    try:
        classifier = _load(location, _version(location))
    except InputError as error:
        st.error(escaped(str(error)))
        return None
    with about:
        card = st.container()
        chosen = with_label_names(with_head(classifier, location), location)
        with card:
            _model_card(chosen)
    return chosen


def _name_of_chip(linked: str | None) -> str:
    """The name that the selectbox, drawn later, is about to have."""
    models = available_models()
    name = st.session_state.get(MODEL_KEY, linked)
    return name if name in models else next(iter(models))


def load_named(name: str) -> TextClassifier:
    """One of the available models, by name. Raises InputError if it is unusable."""
    return loaded(available_models()[name])


def loaded(location: str) -> TextClassifier:
    """The model of a folder or hub name, shared by all sessions. Raises InputError if it is unusable."""
    return _load(location, _version(location))


def choose(location: str) -> None:
    """Choose this model, a folder or a hub name; it is brought first if it is not yet available."""
    if location in available_models().values() or (not access().is_public and bring(location)):
        _choose(location)


def _choose(location: str) -> None:
    st.session_state.pop(_MISSING_KEY, None)
    st.session_state[MODEL_KEY] = next(name for name, at in available_models().items() if at == location)


def _offer(missing: str, shown: str) -> None:
    """Report that a link's model is not available. It loads only on request, as a link is not trusted."""
    st.warning(
        f"The link refers to model {quoted(missing)}, which is not available here. Showing {quoted(shown)}."
    )
    # A slash marks a folder or a hub name, as opposed to a bundled model.
    if "/" in missing and not access().is_public:
        st.button(f"Load {quoted(missing)}", key="load_missing", on_click=_load_missing, args=(missing,))
        if message := failure():
            st.error(escaped(message))


def _load_missing(missing: str) -> None:
    if location := bring(missing):
        _choose(location)


def model_location() -> str:
    """Folder or hub name of the chosen model, for `ltp_viz.load_model`; call `chosen_model` first."""
    return st.session_state[_LOCATION_KEY]


def _model_card(classifier: TextClassifier) -> None:
    """Draw the model's description, within its menu."""
    config = classifier.config
    reads = "two texts, together" if classifier.reads_pairs else "one text"
    st.caption(f"Reads {reads}, and answers {_answers(classifier)}.")
    st.caption(
        f"{config.base_family} encoder, {config.num_hidden_layers} layers of width {config.hidden_size}, "
        f"up to {config.max_text_tokens} tokens"
    )
    if classifier.agreement is not None:
        st.caption(f"This model {agreement_words(classifier.agreement)} on a short text and a pair.")
    for note in classifier.notes:
        st.caption(f"⚠ {escaped(note)}")
    if config.thresholds_learned:
        st.badge("thresholds learned", color="blue")
    else:
        st.badge("thresholds not learned", color="orange")
        st.caption(
            "This checkpoint was not trained to prune. Its thresholds rise linearly from layer to layer: "
            "fine for trying out, not for conclusions."
        )


def _answers(classifier: TextClassifier) -> str:
    """What the model answers, in words."""
    names = [escaped(name) for name in classifier.labels[:_LABELS_SHOWN]]
    if more := len(classifier.labels) - len(names):
        names.append(f"{more} more")
    kind = classifier.config.answer_kind
    if kind == "numbers":
        return "with a number" if len(classifier.labels) == 1 else f"with numbers: {', '.join(names)}"
    if kind == "labels":
        return f"with any number of labels: {', '.join(names)}"
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
