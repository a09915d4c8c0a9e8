"""Figures of measured times: per text by length, speed-up beside the FLOPs reduction, the machine's ceiling.

All cells of a figure have the same dtype. Axes of times and lengths are logarithmic; bars are quartiles.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ltp_viz.analysis.benchmark.cost_line import CostLine, call_gflops, call_ms
from ltp_viz.analysis.benchmark.measure import WAYS, Cell
from ltp_viz.figures.theme import BLUE, DENSE, GREEN, GREY, ORANGE, PRUNED, PURPLE, finish

PACKED = GREEN
_COLOURS = {"dense": DENSE, "packed": PACKED, "pruned": PRUNED}
_DASHES = {"dense": "dot", "packed": "dash", "pruned": "solid"}
_SYMBOLS = {"dense": "square", "packed": "diamond", "pruned": "circle"}
_BATCH_COLOURS = (ORANGE, BLUE, GREEN, PURPLE, GREY)
_BATCH_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
_HEIGHT = 340


def times_figure(cells: Sequence[Cell], lines: Sequence[CostLine]) -> go.Figure:
    """Time per text of the three ways by length, for cells of one batch size; dotted: the fixed cost of
    pruned calls, if `lines` contain it."""
    cells = sorted(cells, key=lambda cell: cell.mean_tokens)
    tokens = [cell.mean_tokens for cell in cells]
    figure = go.Figure(
        [
            go.Scatter(
                x=tokens,
                y=[cell.ms(way) for cell in cells],
                error_y=_bars([(cell.ms(way), *cell.spread_ms(way)) for cell in cells], _COLOURS[way]),
                name=way,
                mode="lines+markers",
                line={"color": _COLOURS[way], "dash": _DASHES[way], "width": 2},
                marker={"symbol": _SYMBOLS[way], "size": 8},
                customdata=[cell.spread_ms(way) for cell in cells],
                hovertemplate="%{y:.2f} ms, half of the rounds between %{customdata[0]:.2f} and "
                "%{customdata[1]:.2f}",
            )
            for way in WAYS
        ]
    )
    values = [value for cell in cells for way in WAYS for value in (cell.ms(way), *cell.spread_ms(way))]
    fixed = next((line.fixed_ms / cells[0].batch_size for line in lines if line.way == "pruned"), 0.0)
    if fixed > 0.02 * max(values):
        figure.add_hline(fixed, line={"color": PRUNED, "dash": "dot", "width": 1})
        note = {"text": "fixed cost, pruned", "x": 1, "xref": "paper", "xanchor": "right", "showarrow": False}
        figure.add_annotation(**note, y=math.log10(fixed), yanchor="top", font={"size": 11})
        values.append(0.85 * fixed)
    said = "; ".join(
        f"{cell.mean_tokens:g} tokens: dense {cell.dense_ms:.2f}, packed {cell.packed_ms:.2f}, "
        f"pruned {cell.pruned_ms:.2f}"
        for cell in cells
    )
    finish(figure, "ms per text", f"Milliseconds per text at batch size {cells[0].batch_size}. {said}.")
    return _on_log_axes(figure, tokens, values)


def speed_up_figure(cells: Sequence[Cell]) -> go.Figure:
    """Speed-up over dense, a line per batch size, beside the FLOPs reduction."""
    figure, said = go.Figure(), []
    sizes = sorted({cell.batch_size for cell in cells})
    for index, size in enumerate(sizes):
        line = _of_batch(cells, size)
        colour = _BATCH_COLOURS[index % len(_BATCH_COLOURS)]
        figure.add_scatter(
            x=[cell.mean_tokens for cell in line],
            y=[cell.speed_up for cell in line],
            error_y=_bars([(cell.speed_up, *cell.speed_up_spread) for cell in line], colour),
            name=f"batch {size}",
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"symbol": _BATCH_SYMBOLS[index % len(_BATCH_SYMBOLS)], "size": 8},
            customdata=[[cell.flops_reduction, 100 * cell.realised] for cell in line],
            hovertemplate="%{y:.2f}×, FLOPs predict %{customdata[0]:.2f}×: %{customdata[1]:.0f} % realised",
        )
        said.append(
            f"Batch {size}: " + ", ".join(f"{cell.speed_up:.2f} at {cell.mean_tokens:g}" for cell in line)
        )
    promised = _of_batch(cells, sizes[-1])
    figure.add_scatter(
        x=[cell.mean_tokens for cell in promised],
        y=[cell.flops_reduction for cell in promised],
        name="FLOPs reduction",
        mode="lines",
        line={"color": DENSE, "dash": "dash", "width": 2},
        hovertemplate="%{y:.2f}×",
    )
    figure.add_hline(1, line={"color": DENSE, "width": 1})
    reductions = [cell.flops_reduction for cell in cells]
    finish(
        figure,
        "times faster",
        f"Speed-up over dense by tokens, while FLOPs are {min(reductions):.2f} to {max(reductions):.2f} "
        f"times fewer. {'; '.join(said)}.",
    )
    tops = [*reductions, *(value for cell in cells for value in (cell.speed_up, cell.speed_up_spread[1]))]
    _length_axis(figure, [cell.mean_tokens for cell in cells])
    figure.update_layout(height=_HEIGHT)
    figure.update_yaxes(range=[0, 1.08 * max(tops)], ticksuffix="×")
    return figure


def ceiling_figure(cells: Sequence[Cell], lines: Sequence[CostLine], peak: float) -> go.Figure:
    """GFLOP/s against the GFLOPs of a call, below the machine's best product, `peak` GFLOP/s.

    A roofline over work per call; dotted: the rate predicted from fixed cost and cost per FLOP.
    """
    ways = ("dense", "pruned")
    figure = go.Figure()
    work = {way: [call_gflops(cell, way) for cell in cells] for way in ways}
    rates = {way: [1e3 * call_gflops(c, way) / call_ms(c, way) for c in cells] for way in ways}
    every = [value for way in ways for value in work[way]]
    for way in ways:
        figure.add_scatter(
            x=work[way],
            y=rates[way],
            name=way,
            mode="markers",
            marker={"color": _COLOURS[way], "symbol": _SYMBOLS[way], "size": 9},
            customdata=[
                [f"{cell.mean_tokens:g} tokens, batch {cell.batch_size}", 100 * rate / peak]
                for cell, rate in zip(cells, rates[way], strict=True)
            ],
            hovertemplate="%{customdata[0]}: %{y:.0f} GFLOP/s, %{customdata[1]:.0f} % of the ceiling",
        )
    for line in lines:
        if line.way in ways:
            x = np.geomspace(min(every), max(every), 40)
            figure.add_scatter(
                x=x.tolist(),
                y=(1e3 * x / (line.fixed_ms + line.ms_per_gflop * x)).tolist(),
                name=f"{line.way}, from the line",
                mode="lines",
                line={"color": _COLOURS[line.way], "dash": "dot", "width": 1.5},
                hoverinfo="skip",
                showlegend=False,
            )
    figure.add_hline(peak, line={"color": ORANGE, "width": 2})
    note = {"text": f"ceiling {peak:,.0f} GFLOP/s", "x": 0, "xref": "paper", "xanchor": "left"}
    figure.add_annotation(**note, y=math.log10(peak), yanchor="bottom", showarrow=False, font={"size": 11})
    shares = {way: [rate / peak for rate in rates[way]] for way in ways}
    said = "; ".join(f"{way} {min(of):.0%} to {max(of):.0%}" for way, of in shares.items())
    finish(
        figure,
        "GFLOP/s",
        f"Rate reached against the work of a call. The machine's best matrix product runs at {peak:,.0f} "
        f"GFLOP/s; reached of it: {said}.",
    )
    _on_log_axes(figure, every, [*rates["dense"], *rates["pruned"], 1.15 * peak], "GFLOPs per call")
    figure.update_layout(hovermode="closest")
    return figure


def _of_batch(cells: Sequence[Cell], size: int) -> list[Cell]:
    return sorted((cell for cell in cells if cell.batch_size == size), key=lambda cell: cell.mean_tokens)


def _bars(points: Sequence[tuple[float, float, float]], colour: str) -> dict[str, Any]:
    """Error bars of (value, low, high)."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, high - value) for value, _, high in points],
        "arrayminus": [max(0.0, value - low) for value, low, _ in points],
        "color": colour,
        "thickness": 1.2,
        "width": 4,
    }


def _on_log_axes(
    figure: go.Figure, x: Sequence[float], y: Sequence[float], x_title: str | None = None
) -> go.Figure:
    if x_title is None:
        _length_axis(figure, x)
    else:
        ticks = _round_values(min(x), max(x))
        figure.update_xaxes(
            type="log", title={"text": x_title, "standoff": 6}, tickvals=ticks, fixedrange=True, showgrid=True
        )
        figure.update_xaxes(ticktext=[f"{value:g}" for value in ticks])
    ticks = _round_values(min(y), max(y))
    figure.update_yaxes(type="log", rangemode="normal", tickvals=ticks, ticktext=[f"{v:g}" for v in ticks])
    figure.update_yaxes(range=[math.log10(0.85 * min(y)), math.log10(1.15 * max(y))])
    figure.update_layout(height=_HEIGHT)
    return figure


def _length_axis(figure: go.Figure, tokens: Sequence[float]) -> None:
    ticks = sorted(set(tokens))
    room = 0.06 * max(0.5, math.log10(ticks[-1] / ticks[0]))
    figure.update_xaxes(
        type="log",
        title={"text": "tokens", "standoff": 6},
        tickvals=ticks,
        ticktext=[f"{value:g}" for value in ticks],
        range=[math.log10(ticks[0]) - room, math.log10(ticks[-1]) + room],
        fixedrange=True,
        showgrid=True,
    )


def _round_values(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 ... within a range and one beyond each end; powers of ten only if there would be many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    return [round(step * 10.0**power, 12) for power in range(first, last + 1) for step in steps]
