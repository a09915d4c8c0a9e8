"""State of one browser session between reruns: the current text with its runs, and the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import streamlit as st

from ltp_viz.analysis.attention_received import AttentionReceived, attention_received
from ltp_viz.analysis.explore.equal_budget import even_layer_scales
from ltp_viz.analysis.machine import other_load
from ltp_viz.analysis.sweeps import SCALES, Sweep, sweep_text
from ltp_viz.analysis.timing import PairedTiming, Stopwatch, time_pair
from ltp_viz.core.forced import NOTHING_FORCED
from ltp_viz.core.trace import TokenizedText, Trace
from ltp_viz.data.classifier import AnalysedText, TextClassifier
from ltp_viz.ui.explore.settings import (
    EQUAL_BUDGET,
    MAX_LAYER_SCALE,
    Limits,
    Settings,
    message_number,
    on_grid,
    settings_from_link,
    settings_from_message,
)
from ltp_viz.ui.explore.stage import limits, model_signature, stage_data, stage_signature
from ltp_viz.ui.inputs.explore_request import take_requested_scales
from ltp_viz.ui.shell.address import opened_link
from ltp_viz.ui.shell.cache import Cache, SharedCache, session_cache

_TEXT_KEY = "explored_text"
_SETTINGS_KEY = "explored_settings"
_BUSY = 0.4  # share of all cores that other processes may use during a measurement
_MOST_TIMINGS = 500


@st.cache_resource
def _stopwatch() -> Stopwatch:
    return Stopwatch()


@st.cache_resource
def _timings() -> SharedCache:
    """Timings by stage and run: a text under the same settings has one figure, however often it is shown."""
    return SharedCache(_MOST_TIMINGS)


@dataclass(frozen=True)
class NotMeasured:
    """Why there is no timing: pruning is off, other programs use `busy_share` of the machine, or, without any
    of these, another session measures."""

    is_off: bool = False
    busy_share: float | None = None


@dataclass(frozen=True)
class ExploredText:
    """A text, or pair of texts, with its unpruned trace and its last run of each kind."""

    analysed: AnalysedText
    dense: Trace
    _caches: dict[str, Cache] = field(default_factory=dict, repr=False)

    @cached_property
    def signature(self) -> str:
        """Identifies the stage; settings and later parts refer to their stage by it."""
        return stage_signature(self.analysed.classifier, self.dense)

    @cached_property
    def stage(self) -> dict[str, Any]:
        """For the browser: the data that no setting changes."""
        return stage_data(self.analysed.classifier, self.dense)

    @property
    def limits(self) -> Limits:
        """The limits of settings."""
        return limits(self.analysed.classifier, self.analysed.source)

    def trace(self, settings: Settings) -> Trace:
        """The exact run."""
        return self._cache("trace").get(settings.run, lambda: self.analysed.trace(*settings.run))

    def sweep(self, settings: Settings) -> Sweep:
        """Every global scale under these layer scales and forced tokens."""
        rest = (settings.layer_scales, settings.forced)
        classifier, source = self.analysed.classifier, self.analysed.source
        return self._cache("sweep").get(rest, lambda: sweep_text(classifier, source, SCALES, *rest))

    def timing(self, settings: Settings, anyway: bool = False) -> PairedTiming | NotMeasured:
        """The time, measured once per text and settings; `anyway`: again, and also on a busy machine."""
        classifier, source = self.analysed.classifier, self.analysed.source
        if not any(classifier.model.effective_thresholds(*settings.run[:2])) and not settings.forced.drop:
            return NotMeasured(is_off=True)
        key = (self.signature, settings.run)
        known: PairedTiming | None = _timings().find(key)
        if known is not None and not anyway:
            return known
        if not anyway and (busy := other_load()) > _BUSY:
            return NotMeasured(busy_share=busy)

        def check() -> None:
            # Reading the session lets Streamlit stop a run that a newer message has replaced; otherwise the
            # newer run would wait until all pairs are measured.
            st.session_state.get(_TEXT_KEY)

        timing = _stopwatch().measure(
            lambda: time_pair(classifier, source, *settings.run, between_pairs=check), while_waiting=check
        )
        if timing is None:
            return NotMeasured()
        _timings().put(key, timing)
        return timing

    def attention(self, settings: Settings) -> AttentionReceived:
        """The strongest readers of each token in the exact run."""
        trace = self.trace(settings)
        return self._cache("attention").get(settings.run, lambda: attention_received(self.analysed, trace))

    def _cache(self, name: str) -> Cache:
        return self._caches.setdefault(name, Cache())


def explored_text(classifier: TextClassifier, text: str, text_pair: str | None) -> ExploredText:
    """The session's text or pair; tokenized and run unpruned only if a text or the model has changed."""
    key = (classifier, text, text_pair)
    return session_cache(_TEXT_KEY).get(key, lambda: explore(*key))


def explore(classifier: TextClassifier, text: str, text_pair: str | None) -> ExploredText:
    """A text or pair, tokenized and run unpruned."""
    analysed = classifier.start(text, text_pair)
    return ExploredText(analysed, analysed.trace(global_scale=0.0))


@dataclass(frozen=True)
class _State:
    """Settings with the text and model that they apply to. `note`: a message about the link."""

    model: str
    stage: str
    source: TokenizedText
    settings: Settings
    note: str | None = None


def current_settings(explored: ExploredText, message: object) -> Settings:
    """The session's settings after the browser's newest message, which may be anything or missing."""
    state = _next_state(_session_state(explored), message, explored)
    requested = take_requested_scales()
    if requested is not None:
        state = replace(state, settings=_with_scales(state.settings, *requested))
    st.session_state[_SETTINGS_KEY] = state
    return state.settings


def _with_scales(settings: Settings, global_scale: float, layer_scales: tuple[float, ...] | None) -> Settings:
    count = len(settings.layer_scales)
    if layer_scales is None or len(layer_scales) != count:
        layer_scales = (1.0,) * count
    return Settings(on_grid(global_scale), layer_scales, NOTHING_FORCED, settings.number)


def wants_measurement(message: object, settings: Settings) -> bool:
    """Whether the browser's newest message asks to measure again."""
    return (
        isinstance(message, Mapping)
        and message.get("measure") is True
        and message_number(message) == settings.number
    )


def link_note(explored: ExploredText) -> str | None:
    """The message about parts of the opened link that did not fit, while its text and model are shown."""
    state = _session_state(explored)
    return state.note if state.stage == explored.signature else None


def _session_state(explored: ExploredText) -> _State:
    """The session's state; initially from the link."""
    if _SETTINGS_KEY not in st.session_state:
        settings, note = settings_from_link(opened_link().settings, explored.limits)
        model = model_signature(explored.analysed.classifier)
        source = explored.analysed.source
        st.session_state[_SETTINGS_KEY] = _State(model, explored.signature, source, settings, note)
    return st.session_state[_SETTINGS_KEY]


def _next_state(state: _State, message: object, explored: ExploredText) -> _State:
    """The next state after a message, for the current stage."""
    return _on_stage(replace(state, settings=_after_message(state, message, explored)), explored)


def _after_message(state: _State, message: object, explored: ExploredText) -> Settings:
    """The message's settings if it is newer than these and of the same stage."""
    number = message_number(message)
    if number is None or number <= state.settings.number or not isinstance(message, Mapping):
        return state.settings
    if message.get("stage") != state.stage:
        # For a text that is no longer shown. Its number counts, or it would apply if that text returned.
        return replace(state.settings, number=number)
    if state.stage != explored.signature:
        # Scales were moved just before the text changed: only the scales still apply.
        only_scales = Limits(len(state.settings.layer_scales), num_tokens=0, protected=())
        return settings_from_message(message, only_scales)
    settings = settings_from_message(message, explored.limits)
    if message.get("preset") == EQUAL_BUDGET:
        budget = even_layer_scales(explored.analysed, *settings.run, max_scale=MAX_LAYER_SCALE)
        settings = replace(settings, layer_scales=budget.layer_scales)
    return settings


def _on_stage(state: _State, explored: ExploredText) -> _State:
    """The settings on the current stage: another text has other tokens, another model other thresholds."""
    if state.stage == explored.signature:
        return state
    model, source = model_signature(explored.analysed.classifier), explored.analysed.source
    settings = state.settings
    if model != state.model:
        scale = explored.limits.default_scale
        settings = Settings.default(explored.dense.num_layers, settings.number, scale)
    elif source != state.source:  # else only the labels have been renamed
        settings = replace(settings, forced=NOTHING_FORCED)
    return _State(model, explored.signature, source, settings)
