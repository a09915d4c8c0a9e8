"""How many tokens each layer's feed-forward part computes."""

import plotly.graph_objects as go

from ltp_viz.core.trace import Trace
from ltp_viz.figures.theme import CLEAR, DENSE, PRUNED, finish, layer_axis


def lengths_figure(trace: Trace) -> go.Figure:
    """Tokens after each layer's drop, against the full text."""
    layers = list(range(1, trace.num_layers + 1))
    total = len(trace.tokens)
    figure = go.Figure(
        [
            go.Bar(
                x=layers,
                y=[total] * trace.num_layers,
                name="unpruned",
                marker={"color": CLEAR, "line": {"color": DENSE, "width": 1.5}},
                hovertemplate="%{y} tokens",
            ),
            go.Bar(
                x=layers,
                y=trace.feed_forward_lengths.tolist(),
                name="pruned",
                marker={"color": PRUNED},
                hovertemplate="%{y} tokens",
            ),
        ]
    )
    figure.update_layout(barmode="overlay")
    lengths = ", ".join(map(str, trace.feed_forward_lengths.tolist()))
    return finish(
        layer_axis(figure, trace.num_layers),
        "tokens left",
        f"Tokens left after each layer: {lengths}, of {total} without pruning.",
    )
