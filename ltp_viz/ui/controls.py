"""Threshold sliders."""

import re

import streamlit as st

from ltp_viz.analysis.sweeps import SCALES
from ltp_viz.core.config import LTPConfig

MAX_SCALE, STEP = SCALES[-1], SCALES[1]
GLOBAL_KEY = "scale"


def _layer_key(layer: int) -> str:
    return f"layer{layer + 1}"


def reset_scales() -> None:
    """Every scale of the session back to 1, however many layers the model has or had."""
    for key in map(str, st.session_state):
        if re.fullmatch(rf"{GLOBAL_KEY}|layer\d+", key):
            st.session_state[key] = 1.0


def _slider(label: str, key: str, help_text: str | None = None, disabled: bool = False) -> float:
    # The default goes in here and not through session state: only so does a slider that was away (no text
    # on the page) come back at it, in the browser and on the server alike.
    value = st.slider(
        label,
        0.0,
        MAX_SCALE,
        value=1.0,
        step=STEP,
        format="×%.2f",
        key=key,
        help=help_text,
        disabled=disabled,
        bind="query-params",
    )
    # A link may carry any number in range; the slider itself only knows its steps.
    return round(round(value / STEP) * STEP, 2)


def _own_scales(layer_scales: list[float]) -> str:
    own = sum(scale != 1 for scale in layer_scales)
    return f"{own or 'No'} layer{'s have their' if own > 1 else ' has its'} own scale."


def threshold_sliders(config: LTPConfig) -> tuple[float, list[float]]:
    """Global scale and one scale per layer, both multiply the stored thresholds."""
    thresholds = config.thresholds
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    with left:
        global_scale = _slider(
            "All thresholds",
            GLOBAL_KEY,
            "Multiplies every layer's threshold: ×0 keeps every token, ×1 is as trained, more drops more.",
        )
    right.button("Reset", on_click=reset_scales, width="stretch")
    layer_scales = []
    # A scale acts also while the expander is closed; the sentence is always there, so that nothing jumps.
    left, right = st.columns([5, 1], vertical_alignment="top")
    with left.expander("One scale per layer"):
        per_row = 6
        for first in range(0, len(thresholds), per_row):
            for column, layer in zip(
                st.columns(per_row), range(first, min(first + per_row, len(thresholds))), strict=False
            ):
                with column:
                    learned = thresholds[layer]
                    layer_scales.append(
                        _slider(
                            f"Layer {layer + 1}",
                            _layer_key(layer),
                            f"Stored threshold {learned:.5f}."
                            if learned > 0
                            else "This layer's threshold is 0: it never drops a token.",
                            disabled=learned <= 0,
                        )
                    )
    right.caption(_own_scales(layer_scales))
    return global_scale, layer_scales
