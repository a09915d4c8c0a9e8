"""The soft mask and its gradient over scores, a frame per temperature (Kim et al. 2022, equation 6)."""

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.learn.mask_curves import MaskForm, mask_gradients, masks
from ltp_viz.analysis.words import token_labels
from ltp_viz.core.trace import TokenizedText
from ltp_viz.figures.learn.picture import Frame, Node, Picture, chart, line, node, path

_POINTS = 121
_DIGITS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
# From sharper than any published temperature to so soft that every token is half masked.
TEMPERATURES: dict[MaskForm, tuple[float, ...]] = {
    "linear": tuple(round(digit * 10.0**power, 6) for power in (-5, -4, -3) for digit in _DIGITS)[4:],
    "log": tuple(round(digit * 10.0**power, 3) for power in (-2, -1) for digit in _DIGITS),
}
_TYPICAL: dict[MaskForm, float] = {"linear": 1e-3, "log": 0.2}


def mask_picture(
    source: TokenizedText, scores: NDArray[np.float32], threshold: float, form: MaskForm, layer: int
) -> Picture:
    """Mask and gradient along all scores, the sentence's own scores (n,) marked; theta above 0."""
    xs, grid, ticks = _axis(scores, threshold, form)
    shown = _place(scores.astype(np.float64), threshold, form)
    inside = [position for position in range(len(scores)) if 0 <= shown[position] <= 1]
    labels = token_labels(source)
    beyond = [f"“{label}”" for position, label in enumerate(labels) if position not in inside]
    at_threshold = float(_place(np.array([threshold]), threshold, form)[0])
    y_ticks = [(0.0, "0"), (0.5, "½"), (1.0, "1")]

    def dots(prefix: str) -> list[Node]:
        return [
            node("b", name=f"{prefix}{position}", classes="tour-dot", title=labels[position])
            for position in inside
        ]

    bound = node(
        "span", node("span", text="θ"), classes="tour-theta", style=f"left:{100 * at_threshold:.2f}%"
    )
    hard = path([0.0, at_threshold, at_threshold, 1.0], [0.0, 0.0, 1.0, 1.0])
    axis = "score (equal steps are equal ratios)" if form == "log" else "score"
    mask_chart = chart(
        [line("hard", hard, "tour-hard"), line("mask", "", "tour-curve")],
        [bound, *dots("m")],
        ticks,
        y_ticks,
        axis,
        "mask: 1 kept, 0 dropped",
        "The soft mask rises from 0 to 1 around the threshold; the hard one jumps there.",
    )
    gradient_chart = chart(
        [line("slope", "", "tour-curve tour-slope")],
        [bound, *dots("g")],
        ticks,
        [(0.0, "0"), (1.0, "peak")],
        axis,
        "gradient: how strongly a token moves the threshold",
        "The gradient of the mask is a peak at the threshold, one over four times the temperature high.",
    )
    left_out = f"Outside the picture: {', '.join(beyond)}." if beyond else ""
    root = node(
        "div",
        node("p", name="say", classes="tour-say"),
        mask_chart,
        gradient_chart,
        node("p", text=left_out, classes="tour-small"),
    )
    frames = tuple(
        _mask_frame(scores, threshold, temperature, form, xs, grid, shown, inside)
        for temperature in TEMPERATURES[form]
    )
    start = int(np.argmin(np.abs(np.log(np.array(TEMPERATURES[form]) / _TYPICAL[form]))))
    return Picture(root, frames, "slider", f"Temperature T, layer {layer + 1}", start)


def _axis(
    scores: NDArray[np.float32], threshold: float, form: MaskForm
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[tuple[float, str]]]:
    """Positions 0 to 1 of the curve's points, the scores there, and ticks."""
    low, high = _range(threshold, form)
    if form == "log":
        grid = np.geomspace(low, high, _POINTS)
        values = [threshold / 4, threshold / 2, threshold, 2 * threshold, 4 * threshold]
    else:
        grid = np.linspace(low, high, _POINTS)
        values = [0.0, threshold / 2, threshold, 1.5 * threshold, 2 * threshold, 2.5 * threshold]
    ticks = [
        (float(at), f"{value:.4f}" if value else "0")
        for at, value in zip(_place(np.array(values), threshold, form), values, strict=True)
    ]
    return _place(grid, threshold, form), grid, ticks


def _range(threshold: float, form: MaskForm) -> tuple[float, float]:
    return (threshold / 5, threshold * 5) if form == "log" else (0.0, 2.8 * threshold)


def _place(scores: NDArray[np.float64], threshold: float, form: MaskForm) -> NDArray[np.float64]:
    low, high = _range(threshold, form)
    if form == "log":
        return np.log(np.maximum(scores, 1e-12) / low) / np.log(high / low)
    return (scores - low) / (high - low)


def _mask_frame(
    scores: NDArray[np.float32],
    threshold: float,
    temperature: float,
    form: MaskForm,
    xs: NDArray[np.float64],
    grid: NDArray[np.float64],
    shown: NDArray[np.float64],
    inside: list[int],
) -> Frame:
    peak = 1 / (4 * temperature)
    curve = masks(grid, threshold, temperature, form)
    slope = mask_gradients(grid, threshold, temperature, form) / peak
    own = scores.astype(np.float64)
    own_masks = masks(own, threshold, temperature, form)
    own_slopes = mask_gradients(own, threshold, temperature, form) / peak
    heard = int((own_slopes > 0.1).sum())
    faded = int(((own_masks > 0.05) & (own_masks < 0.95)).sum())
    styles = {}
    for position in inside:
        left = f"{100 * shown[position]:.2f}%"
        styles[f"m{position}"] = {"left": left, "bottom": f"{100 * own_masks[position]:.2f}%"}
        styles[f"g{position}"] = {"left": left, "bottom": f"{100 * own_slopes[position]:.2f}%"}
    return Frame(
        value=f"{temperature:g}",
        texts={
            "say": f"T = {temperature:g}: the masks of {faded} of {len(own)} tokens lie between 0.05 and "
            f"0.95. {heard} move the threshold with over a tenth of the peak, 1/(4T) = {peak:,.4g}."
        },
        styles=styles,
        attributes={
            "mask": {"d": path(xs.tolist(), curve.tolist())},
            "slope": {"d": path(xs.tolist(), slope.tolist())},
        },
    )
