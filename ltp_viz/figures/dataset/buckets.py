"""Accuracy unpruned and pruned side by side for parts of a data set: lengths, or values of a column."""

from collections.abc import Sequence

import plotly.graph_objects as go

from ltp_viz.analysis.dataset.results.records import LengthBucket, ValueBucket
from ltp_viz.analysis.stats import Estimate
from ltp_viz.figures.theme import DENSE, PRUNED, finish
from ltp_viz.figures.wording import counted, percent, plain, shortened


def length_buckets_figure(buckets: Sequence[LengthBucket]) -> go.Figure:
    """One line per range of lengths, shortest first."""
    names = [
        f"{b.shortest} tokens" if b.shortest == b.longest else f"{b.shortest}–{b.longest} tokens"
        for b in buckets
    ]
    return _draw(names, names, buckets, "length")


def value_buckets_figure(buckets: Sequence[ValueBucket], column: str) -> go.Figure:
    """One line per value of an extra column. `customdata` (value,)."""
    figure = _draw(
        [shortened(b.value, 18) for b in buckets],
        [plain(b.value) or "(empty)" for b in buckets],
        buckets,
        plain(column),
    )
    return figure.for_each_trace(lambda trace: trace.update(customdata=[[b.value] for b in buckets]))


def _draw(
    names: Sequence[str], whole_names: Sequence[str], buckets: Sequence[LengthBucket | ValueBucket], by: str
) -> go.Figure:
    figure = go.Figure()
    kinds: tuple[tuple[str, list[Estimate], str, str, float], ...] = (
        ("unpruned", [b.dense for b in buckets], DENSE, "circle-open", -0.13),
        ("pruned", [b.pruned for b in buckets], PRUNED, "diamond", 0.13),
    )
    for kind, estimates, colour, symbol, shift in kinds:
        figure.add_scatter(
            x=[_number(e.value) for e in estimates],
            y=[k + shift for k in range(len(buckets))],
            name=kind,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2, "color": colour}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_number(e.high - e.value) for e in estimates],
                "arrayminus": [_number(e.value - e.low) for e in estimates],
                "color": colour,
                "thickness": 2,
                "width": 4,
            },
            hovertext=[
                f"<b>{name}</b>: {counted(b.labelled, 'labelled text')}<br>{kind} {percent(e.value)} "
                f"({percent(e.low)} to {percent(e.high)})<br>{_reduction(b.flops_reduction)} fewer FLOPs"
                for name, b, e in zip(whole_names, buckets, estimates, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    said = "; ".join(
        f"{name}, {counted(b.rows, 'text')}: {percent(b.dense.value)} dense, {percent(b.pruned.value)} pruned"
        for name, b in zip(whole_names, buckets, strict=True)
    )
    finish(figure, "", f"Accuracy by {by}. {said or 'No rows'}.".replace(" %", " percent"))
    figure.update_layout(
        height=84 + 46 * max(1, len(buckets)), hovermode="closest", margin={"r": 60, "t": 44}, dragmode=False
    )
    figure.update_xaxes(
        title={"text": "accuracy in %, 95% interval", "standoff": 6},
        fixedrange=True,
        showgrid=True,
        zeroline=False,
        nticks=5,
        tickangle=0,
    )
    figure.update_yaxes(
        tickvals=list(range(len(buckets))),
        ticktext=[f"{name}<br>{counted(b.rows, 'text')}" for name, b in zip(names, buckets, strict=True)],
        range=[max(1, len(buckets)) - 0.5, -0.5],
        rangemode="normal",
        nticks=0,
        automargin=True,
        zeroline=False,
        showgrid=False,
    )
    for k, bucket in enumerate(buckets):
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=8,
            y=k,
            text=_reduction(bucket.flops_reduction),
            showarrow=False,
        )
    if buckets:
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=8,
            y=1,
            yref="paper",
            yanchor="bottom",
            align="left",
            text="fewer<br>FLOPs",
            showarrow=False,
        )
    return figure


def _number(share: float) -> float | None:
    """Percent; None without gold labels."""
    return None if share != share else round(100 * share, 3)


def _reduction(value: float) -> str:
    return "–" if value != value else f"{value:.2f}×"
