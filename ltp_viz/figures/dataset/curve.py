"""Accuracy against the share of FLOPs; every point is one pruning strength to click.

Points carry `customdata` (scale index,).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ltp_viz.analysis.dataset.results.records import Curve
from ltp_viz.figures.theme import DENSE, FLIP, PRUNED, WHITE, finish, see_through
from ltp_viz.figures.wording import percent

_BAND = see_through(PRUNED, 0.18)


def curve_figure(curve: Curve, scale: int) -> go.Figure:
    """Accuracy with its 95% interval against the share of FLOPs; the scale with index `scale` is marked.

    Without gold labels, the share of rows with the unpruned answer replaces accuracy.
    """
    is_labelled = curve.labelled > 0
    name = "accuracy" if is_labelled else "same answer as unpruned"
    values = 100 * (curve.accuracy if is_labelled else curve.agreement)
    share = 100 * curve.flops_share
    figure = go.Figure(_traces(curve, name, share, values, scale) if curve.rows else None)
    finish(figure, name, _words(curve, name, values, scale))
    low, high = _range(values, curve if is_labelled else None)
    figure.update_layout(height=320, hovermode="closest", margin={"l": 64, "r": 16})
    figure.update_xaxes(
        title={"text": "FLOPs, share of unpruned", "standoff": 6},
        ticksuffix=" %",
        fixedrange=True,
        zeroline=False,
        nticks=7,
        showgrid=True,
    )
    figure.update_yaxes(range=[low, high], rangemode="normal", ticksuffix=" %", zeroline=False)
    return figure


def _traces(
    curve: Curve, name: str, share: NDArray[np.float64], values: NDArray[np.float64], scale: int
) -> list[go.Scatter]:
    def points(chosen: Sequence[int], **look: Any) -> go.Scatter:
        return go.Scatter(
            x=share[chosen].round(3).tolist(),
            y=values[chosen].round(3).tolist(),
            customdata=[[k] for k in chosen],
            hovertext=[_hover(curve, k) for k in chosen],
            hovertemplate="%{hovertext}<extra></extra>",
            unselected={"marker": {"opacity": 1}},
            **look,
        )

    line = {"color": PRUNED, "width": 2}
    every = list(range(len(curve.scales)))
    traces = [
        points(every, name=name, mode="lines+markers", line=line, marker={"size": 8, "color": PRUNED}),
        points(
            [scale],
            name=f"chosen, {curve.scales[scale]:g}",
            mode="markers",
            marker={
                "color": FLIP,
                "symbol": "diamond",
                "size": 15,
                "line": {"color": WHITE, "width": 1.5},
            },
        ),
    ]
    if not curve.labelled:
        return traces
    dense = go.Scatter(
        x=[float(share.min()), float(share.max())],
        y=[values[0].round(3)] * 2,
        name="dense",
        mode="lines",
        line={"color": DENSE, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    return [_band(share, 100 * curve.accuracy_low, 100 * curve.accuracy_high), *traces, dense]


def _band(share: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> go.Scatter:
    return go.Scatter(
        x=np.concatenate([share, share[::-1]]).round(3).tolist(),
        y=np.concatenate([high, low[::-1]]).round(3).tolist(),
        fill="toself",
        fillcolor=_BAND,
        mode="lines",
        line={"width": 0},
        name="95% interval",
        hoverinfo="skip",
    )


def _range(values: NDArray[np.float64], curve: Curve | None) -> tuple[float, float]:
    """A range around the points, and the bands unless they are much wider than the points' range: at least
    five percentage points, so that a small change does not look large."""
    if np.isnan(values).all():
        return 0.0, 100.0
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if curve is not None:
        low = min(low, 100 * float(np.nanmin(curve.accuracy_low)))
        high = max(high, 100 * float(np.nanmax(curve.accuracy_high)))
    room = max(0.05 * (high - low), (5 - (high - low)) / 2, 0.5)
    return max(-1.0, low - room), min(101.0, high + room)


def _hover(curve: Curve, k: int) -> str:
    lines = [f"<b>{curve.scales[k]:g}</b>" + (" (unpruned)" if k == 0 else "")]
    if curve.labelled:
        interval = f"{percent(curve.accuracy_low[k])} to {percent(curve.accuracy_high[k])}"
        lines.append(f"accuracy {percent(curve.accuracy[k])} ({interval})")
    lines += [
        f"FLOPs {percent(curve.flops_share[k])} of unpruned",
        f"{percent(curve.agreement[k])} answer as unpruned",
    ]
    return "<br>".join(lines)


def _words(curve: Curve, name: str, values: NDArray[np.float64], scale: int) -> str:
    if not curve.rows:
        return "No rows, so no curve."
    rows = curve.labelled or curve.rows
    last = len(values) - 1
    return (
        f"{name.capitalize()} of {rows:,} texts against FLOPs: {values[0]:.1f} percent with all FLOPs, "
        f"{values[last]:.1f} percent with {100 * curve.flops_share[last]:.0f} percent of them at "
        f"strength {curve.scales[last]:g}. Chosen: {curve.scales[scale]:g}, {values[scale]:.1f} percent with "
        f"{100 * curve.flops_share[scale]:.0f} percent of the FLOPs."
    )
