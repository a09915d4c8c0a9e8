"""Cost of each layer, pruned beside unpruned."""

import plotly.graph_objects as go

from ltp_viz.core.flops import FLOPS_PER_MAC
from ltp_viz.core.trace import Trace
from ltp_viz.figures.theme import CLEAR, DENSE, PRUNED, finish, layer_axis


def flops_figure(trace: Trace) -> go.Figure:
    """Millions of FLOPs per layer as grouped bars."""
    layers = list(range(1, trace.num_layers + 1))
    dense = (trace.dense_layer_macs.sum(1) * FLOPS_PER_MAC / 1e6).tolist()
    pruned = (trace.layer_macs.sum(1) * FLOPS_PER_MAC / 1e6).tolist()
    figure = go.Figure(
        [
            go.Bar(
                x=layers,
                y=dense,
                name="unpruned",
                marker={"color": CLEAR, "line": {"color": DENSE, "width": 1.5}},
                hovertemplate="%{y:,.1f} MFLOPs",
            ),
            go.Bar(
                x=layers, y=pruned, name="pruned", marker={"color": PRUNED}, hovertemplate="%{y:,.1f} MFLOPs"
            ),
        ]
    )
    figure.update_layout(barmode="overlay")
    values = ", ".join(f"{value:,.1f}" for value in pruned)
    return finish(
        layer_axis(figure, trace.num_layers),
        "MFLOPs",
        f"Millions of FLOPs per layer: {values} pruned, {dense[0]:,.1f} each without pruning.",
    )
