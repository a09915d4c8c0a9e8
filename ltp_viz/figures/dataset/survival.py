"""Share of a data set's tokens that are kept after each layer."""

import numpy as np
import plotly.graph_objects as go

from ltp_viz.analysis.dataset.results.records import Survival
from ltp_viz.figures.theme import DENSE, FLIP, PRUNED, finish, layer_axis
from ltp_viz.figures.wording import counted


def survival_figure(survival: Survival) -> go.Figure:
    """Share of tokens kept, before the first layer to after the last: all rows, right ones, lost ones."""
    layers = len(survival.all_rows)
    kinds = (
        ("all", survival.all_rows, {"color": DENSE, "width": 2, "dash": "dot"}, "circle-open"),
        ("pruned answer right", survival.right, {"color": PRUNED, "width": 2}, "circle"),
        ("lost", survival.lost, {"color": FLIP, "width": 2, "dash": "dash"}, "diamond"),
    )
    figure = go.Figure()
    said = []
    for (name, shares, line, symbol), rows in zip(kinds, survival.rows, strict=True):
        if not rows or np.isnan(shares).all():
            continue
        values = [100.0, *(100 * shares).round(2).tolist()]
        figure.add_scatter(
            x=list(range(layers + 1)),
            y=values,
            name=f"{name} ({counted(rows, 'text')})",
            mode="lines+markers",
            line=line,
            marker={"symbol": symbol, "size": 7, "color": line["color"]},
            hovertemplate="%{y:.1f} %",
        )
        said.append(f"{name}, {counted(rows, 'text')}: " + ", ".join(f"{value:.0f}" for value in values[1:]))
    alt = "Percent of tokens kept after each layer. " + ("; ".join(said) + "." if said else "No rows.")
    finish(layer_axis(figure, layers), "tokens kept", alt)
    step = max(1, layers // 12)
    figure.update_xaxes(
        tickvals=list(range(0, layers + 1, step)), range=[-0.2, layers + 0.2], zeroline=False, hoverformat="d"
    )
    figure.update_layout(height=320, margin={"l": 64}, yaxis={"range": [0, 103], "ticksuffix": " %"})
    return figure
