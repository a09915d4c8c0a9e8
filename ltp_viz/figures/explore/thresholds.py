"""Learned thresholds beside the rescaled ones."""

import plotly.graph_objects as go

from ltp_viz.core.trace import Trace
from ltp_viz.figures.theme import DENSE, PRUNED, finish, layer_axis


def thresholds_figure(trace: Trace) -> go.Figure:
    """One pair of markers per layer."""
    layers = list(range(1, trace.num_layers + 1))
    stored = "learned" if trace.thresholds_learned else "initial, not learned"
    figure = go.Figure(
        [
            go.Scatter(
                x=layers,
                y=trace.learned_thresholds,
                name=stored,
                mode="lines+markers",
                line={"color": DENSE, "dash": "dot", "width": 1.5},
                marker={"symbol": "circle-open", "size": 10, "line": {"width": 2}},
                hovertemplate="%{y:.5f}",
            ),
            go.Scatter(
                x=layers,
                y=trace.thresholds,
                name="in use",
                mode="lines+markers",
                line={"color": PRUNED, "width": 2},
                marker={"symbol": "diamond", "size": 8},
                hovertemplate="%{y:.5f}",
            ),
        ]
    )
    in_use = ", ".join(f"{value:.4f}" for value in trace.thresholds)
    learned = ", ".join(f"{value:.4f}" for value in trace.learned_thresholds)
    return finish(
        layer_axis(figure, trace.num_layers),
        "score",
        f"Thresholds from the first layer to the last: in use {in_use}; {stored} {learned}.",
    )
