"""Histograms of savings and lengths over a data set's texts."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ltp_viz.analysis.dataset.results.records import Cost
from ltp_viz.figures.theme import DENSE, PRUNED, finish
from ltp_viz.figures.wording import counted


def savings_figure(cost: Cost) -> go.Figure:
    """Texts by the share of their FLOPs that pruning saves."""
    edges = 100 * cost.saved_edges
    bins = [f"{low:.0f} to {high:.0f} % saved" for low, high in pairwise(edges)]
    alt = f"How much of a text's FLOPs pruning saves, over {counted(cost.rows, 'text')}."
    if cost.rows:
        alt += (
            f" Together {100 * (1 - cost.macs / cost.dense_macs):.0f} percent; most often "
            f"{bins[int(cost.saved_rows.argmax())].replace(' %', ' percent')}."
        )
    figure = _histogram(edges, cost.saved_rows, bins, PRUNED, alt)
    if cost.rows:
        mean = 100 * (1 - cost.macs / cost.dense_macs)
        figure.add_vline(x=mean, line={"color": DENSE, "width": 2, "dash": "dot"})
        figure.add_annotation(
            x=mean,
            y=1,
            yref="paper",
            yanchor="bottom",
            text=f"together {mean:.0f} %",
            showarrow=False,
            xanchor="left" if mean < 50 else "right",
        )
    figure.update_xaxes(
        title={"text": "FLOPs saved", "standoff": 6}, ticksuffix=" %", range=[0, 100], dtick=20
    )
    return figure


def lengths_histogram(cost: Cost) -> go.Figure:
    """Texts by their number of tokens, special ones included."""
    edges = cost.length_edges
    bins = [
        f"{low} tokens" if high == low + 1 else f"{low} to {high - 1} tokens" for low, high in pairwise(edges)
    ]
    alt = f"Lengths of {counted(cost.rows, 'text')} in tokens."
    if cost.rows:
        alt += f" Most often {bins[int(cost.length_rows.argmax())]}."
    figure = _histogram(edges.astype(np.float64), cost.length_rows, bins, DENSE, alt)
    figure.update_xaxes(title={"text": "tokens in the text, ends included", "standoff": 6})
    return figure


def _histogram(
    edges: NDArray[np.float64], rows: NDArray[np.int64], bins: Sequence[str], colour: str, alt: str
) -> go.Figure:
    figure = go.Figure(
        go.Bar(
            x=((edges[:-1] + edges[1:]) / 2).tolist(),
            width=np.diff(edges).tolist(),
            y=rows.tolist(),
            marker={"color": colour, "line": {"width": 0}},
            hovertext=[
                f"<b>{counted(int(n), 'text')}</b><br>{name}" for n, name in zip(rows, bins, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    )
    finish(figure, "texts", alt)
    figure.update_layout(height=260, hovermode="closest", bargap=0.08, margin={"r": 26})
    figure.update_xaxes(fixedrange=True, zeroline=False, nticks=8, ticklabelstandoff=5)
    return figure
