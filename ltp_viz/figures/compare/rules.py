"""Rules side by side: tokens left, survivors shared, and accuracy against FLOPs."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ltp_viz.analysis.compare.curves import RuleCurve
from ltp_viz.analysis.compare.families import family
from ltp_viz.core.trace import Trace
from ltp_viz.figures.theme import BLUE, DENSE, GREEN, GREY, ORANGE, PURPLE, finish, layer_axis, see_through

# Columns also differ in dash and marker, for readers who cannot distinguish colours.
COLUMN_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up")
# Colour of the rules that no column shows.
_BACKGROUND = see_through(GREY, 0.55)
_OTHERS = "others"


def rule_lengths_figure(traces: Sequence[Trace], titles: Sequence[str], numbers: Sequence[int]) -> go.Figure:
    """Tokens left after each layer, one line per column, as a share of each column's own text. `numbers` are
    the columns' own, from 1."""
    figure = go.Figure(
        [
            _line(number, title, 100 * trace.feed_forward_lengths / len(trace.tokens), "%{y:.0f} % left")
            for number, trace, title in zip(numbers, traces, titles, strict=True)
        ]
    )
    layer_axis(figure, max(trace.num_layers for trace in traces))
    words = "; ".join(
        f"{title}: {', '.join(map(str, trace.feed_forward_lengths.tolist()))} of {len(trace.tokens)}"
        for trace, title in zip(traces, titles, strict=True)
    )
    finish(figure, "tokens left", f"Tokens left after each layer. {words}.")
    figure.update_layout(height=300, margin={"l": 60})
    figure.update_yaxes(range=[0, 104], ticksuffix=" %")
    return figure


def overlap_figure(
    overlaps: Sequence[NDArray[np.float64]], titles: Sequence[str], numbers: Sequence[int]
) -> go.Figure:
    """Jaccard index of survivors with the first column's, a line for each other column. `titles` and
    `numbers`, from 1, are of all columns in order."""
    figure = go.Figure(
        [
            _line(number, title, overlap, "%{y:.2f}")
            for number, title, overlap in zip(numbers[1:], titles[1:], overlaps, strict=True)
        ]
    )
    layer_axis(figure, max(len(overlap) for overlap in overlaps))
    words = "; ".join(
        f"{title}: {', '.join(f'{value:.2f}' for value in overlap)}"
        for overlap, title in zip(overlaps, titles[1:], strict=True)
    )
    finish(figure, "shared survivors", f"Survivors shared with {titles[0]}, layer by layer. {words}.")
    figure.update_layout(height=300, margin={"l": 60}, showlegend=True)
    figure.update_yaxes(range=[0, 1.04])
    return figure


def _line(number: int, title: str, values: NDArray[np.float64], hover: str) -> go.Scatter:
    look = (number - 1) % len(COLUMN_COLOURS)
    return go.Scatter(
        x=list(range(1, len(values) + 1)),
        y=values.round(4).tolist(),
        name=f"{number}. {title}",
        mode="lines+markers",
        line={"color": COLUMN_COLOURS[look], "dash": _DASHES[look], "width": 2},
        marker={"symbol": _SYMBOLS[look], "size": 8},
        hovertemplate=hover,
    )


def rule_curves_figure(curves: Sequence[RuleCurve], chosen: Sequence[str]) -> go.Figure:
    """Accuracy against the share of FLOPs for every rule; the rules of the columns, `chosen`, are highlighted
    in the colour of the first column with that rule."""
    # The chosen ones are drawn last, on top.
    ordered = sorted(curves, key=lambda curve: (curve.name in chosen, -_place(curve.name, chosen)))
    figure = go.Figure([_curve(curve, chosen) for curve in ordered])
    if any(curve.name not in chosen for curve in curves):
        # One legend entry for all grey curves: they look the same, and their names would fill a phone's
        # screen.
        figure.add_scatter(
            x=[None],
            y=[None],
            name="other rules (point at a line)",
            legendgroup=_OTHERS,
            line={"color": _BACKGROUND},
        )
    if curves:
        dense = 100 * float(curves[0].accuracy[0])
        figure.add_hline(
            y=dense,
            line={"color": DENSE, "dash": "dot", "width": 1.5},
            annotation={"text": "unpruned,<br>chosen model", "align": "left"},
            annotation_position="top left",
        )
    finish(figure, "accuracy", _curve_words(curves))
    figure.update_layout(
        height=430, hovermode="closest", margin={"l": 60}, showlegend=True, legend={"tracegroupgap": 0}
    )
    figure.update_xaxes(
        title={"text": "FLOPs, share of unpruned", "standoff": 6},
        ticksuffix=" %",
        range=[18, 102],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(rangemode="normal", ticksuffix=" %", zeroline=False)
    return figure


def _place(name: str, columns: Sequence[str]) -> int:
    return columns.index(name) if name in columns else len(columns)


def _curve(curve: RuleCurve, columns: Sequence[str]) -> go.Scatter:
    stands_out = curve.name in columns
    look = _place(curve.name, columns) % len(COLUMN_COLOURS)
    colour = COLUMN_COLOURS[look] if stands_out else _BACKGROUND
    title = family(curve.name).title
    return go.Scatter(
        x=(100 * curve.shares).round(2).tolist(),
        y=(100 * curve.accuracy).round(2).tolist(),
        name=title,
        showlegend=stands_out,
        legendgroup=curve.name if stands_out else _OTHERS,
        legendrank=look,
        mode="lines+markers",
        line={
            "color": colour,
            "width": 2.5 if stands_out else 1.2,
            "dash": _DASHES[look] if stands_out else "solid",
        },
        marker={"size": 8 if stands_out else 4, "symbol": _SYMBOLS[look] if stands_out else "circle"},
        hovertemplate=f"<b>{title}</b><br>accuracy %{{y:.1f}} %<br>FLOPs %{{x:.0f}} %<extra></extra>",
    )


def _curve_words(curves: Sequence[RuleCurve]) -> str:
    if not curves:
        return "No curves yet."
    at = 0.5
    shown = sorted(
        ((_accuracy_at(curve, at), family(curve.name).title) for curve in curves), key=lambda pair: -pair[0]
    )
    words = ", ".join(f"{title} {100 * accuracy:.1f} percent" for accuracy, title in shown)
    return (
        f"Accuracy on {curves[0].texts:,} texts against FLOPs, {100 * curves[0].accuracy[0]:.1f} percent "
        f"with all of them. At half the FLOPs, between the points that were run: {words}."
    )


def _accuracy_at(curve: RuleCurve, share: float) -> float:
    order = curve.shares.argsort()
    return float(np.interp(share, curve.shares[order], curve.accuracy[order]))
