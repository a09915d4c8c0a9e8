"""One text at every pruning strength: FLOPs saved, prediction, and where it flips."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.core.answers import answer_text
from ltp_viz.figures.theme import DENSE, FLIP, PRUNED, finish


def output_name(labels: Sequence[str]) -> str:
    """The name of a regression's number; empty for the default name LABEL_0."""
    return "" if labels[0].startswith("LABEL_") else labels[0]


def sweep_figure(sweep: Sweep, global_scale: float) -> go.Figure:
    """Share of FLOPs saved at every strength, with the probability of the unpruned answer or, for a
    regression, the answer itself."""
    saved = 100 * (1 - sweep.macs / sweep.dense_macs)
    is_regression = sweep.answer_kind == "numbers"
    figure = go.Figure(
        go.Scatter(
            x=sweep.scales,
            y=saved.round(2).tolist(),
            name="FLOPs saved",
            mode="lines",
            line={"color": DENSE, "shape": "hv", "dash": "dot"},
            hovertemplate="%{y:.1f} %",
        )
    )
    figure.add_traces([_value_line(sweep)] if is_regression else _probability_lines(sweep))
    figure.add_vline(x=global_scale, line={"color": PRUNED, "width": 1.5})
    figure.update_xaxes(title={"text": "pruning strength", "standoff": 6}, fixedrange=True)
    finish(figure, "", _words(sweep, saved, global_scale))
    figure.update_layout(yaxis={"range": [0, 102], "ticksuffix": " %"})
    if is_regression:
        _add_value_axis(figure, sweep)
    return figure


def _probability_lines(sweep: Sweep) -> list[go.Scatter]:
    answer = int(sweep.logits[0].argmax())
    probability = 100 * sweep.probabilities[:, answer]
    flipped = [sweep.scales.index(scale) for scale in sweep.flips]
    return [
        go.Scatter(
            x=sweep.scales,
            y=probability.round(2).tolist(),
            name=f"probability of “{sweep.labels[answer]}”",
            mode="lines",
            line={"color": PRUNED, "shape": "hv"},
            hovertemplate="%{y:.1f} %",
        ),
        go.Scatter(
            x=[sweep.scales[k] for k in flipped],
            y=[probability[k].round(2) for k in flipped],
            name="the answer changes",
            mode="markers",
            marker={"color": FLIP, "symbol": "diamond", "size": 10},
            hovertemplate="%{text}",
            text=[f"now {answer_text(sweep.logits[k], sweep.labels, sweep.answer_kind)}" for k in flipped],
        ),
    ]


def _value_line(sweep: Sweep) -> go.Scatter:
    return go.Scatter(
        x=sweep.scales,
        y=sweep.logits[:, 0].round(4).tolist(),
        name=f"{output_name(sweep.labels) or 'answer'} (right axis)",
        mode="lines",
        line={"color": PRUNED, "shape": "hv"},
        hovertemplate="%{y:.2f}",
        yaxis="y2",
    )


def _add_value_axis(figure: go.Figure, sweep: Sweep) -> None:
    low, high = float(sweep.logits.min()), float(sweep.logits.max())
    # At least one unit, so that a change in the second decimal does not look large.
    middle, reach = (low + high) / 2, max(0.5, (high - low) / 2)
    step = _tick_step(2 * reach)
    figure.update_layout(
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "title": {"text": output_name(sweep.labels) or "answer", "standoff": 8},
            # Extended to the next ticks, so that every value lies between two of them.
            "range": [step * math.floor((middle - reach) / step), step * math.ceil((middle + reach) / step)],
            "tick0": 0,
            "dtick": step,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        margin={"r": 60},
    )


def _tick_step(height: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 ... that spans `height` in at most five steps."""
    power = 10.0 ** math.floor(math.log10(height / 5))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= height / 5)


def _words(sweep: Sweep, saved: np.ndarray, global_scale: float) -> str:
    return (
        f"Pruning strength {sweep.scales[0]:.2f} to {sweep.scales[-1]:.2f}: FLOPs saved go from "
        f"{saved[0]:.0f} to {saved[-1]:.0f} percent. {_answer_words(sweep)} "
        f"Current strength: {global_scale:.2f}."
    )


def _answer_words(sweep: Sweep) -> str:
    if sweep.answer_kind == "numbers":
        first, last = sweep.logits[[0, -1], 0]
        return (
            f"The answer goes from {first:.2f} to {last:.2f}, "
            f"between {sweep.logits.min():.2f} and {sweep.logits.max():.2f}."
        )
    if sweep.flips:
        return f"The answer changes at {', '.join(f'{scale:.2f}' for scale in sweep.flips)}."
    return "The answer is the same at every strength."
