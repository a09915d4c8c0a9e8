"""Answers that pruning changes: unpruned against pruned, for every gold class, with counts to click.

Every square carries `customdata` (gold, dense, pruned) as class indices; gold is None if the square counts
rows of any gold class. Position encodes the same as colour, so colour is never needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ltp_viz.analysis.dataset.results.filters import outcome_of
from ltp_viz.figures.theme import (
    CLEAR,
    GREY,
    STRONG_BLUE,
    STRONG_GREEN,
    STRONG_GREY,
    STRONG_ORANGE,
    WHITE,
    finish,
    see_through,
)
from ltp_viz.figures.wording import compact, counted, plain, shortened_names

# They need contrast with white numbers and with both themes (a test measures both).
RIGHT, LOST, WON, WRONG = STRONG_BLUE, STRONG_ORANGE, STRONG_GREEN, STRONG_GREY
# With more classes, one panel counts all gold classes together: sixteen cells per panel leave room for
# numbers on a phone.
MAX_PANELS = 4
# Larger tables have no room for numbers on a phone; they show on hover.
MAX_NUMBERED_CLASSES = 8

_COLOURS = {
    "both right": RIGHT,
    "lost": LOST,
    "won": WON,
    "both wrong": WRONG,
    "same answer": RIGHT,
    "answer changes": LOST,
}


@dataclass(frozen=True)
class _Cell:
    gold: int | None
    dense: int
    pruned: int
    count: int
    outcome: str
    hover: str


def confusion_figure(confusion: NDArray[np.int64], label_names: Sequence[str]) -> go.Figure:
    """Rows by gold, dense and pruned class, `confusion` (C, C, C).

    Up to four classes have one panel per gold class; more have one panel for all of them.
    """
    classes = len(label_names)
    panels: list[int | None] = list(range(classes)) if classes <= MAX_PANELS else [None]
    cells = [[_cell(confusion, label_names, panel, d, p) for d, p in _pairs(classes)] for panel in panels]
    if panels == [None]:
        titles = []
    else:
        short = shortened_names(label_names)
        titles = [
            f"{short[g]}<br>{counted(int(confusion[g].sum()), 'text')}" for g in panels if g is not None
        ]
    return _draw(cells, titles, label_names, _confusion_words(confusion, label_names))


def agreement_figure(agreement: NDArray[np.int64], label_names: Sequence[str]) -> go.Figure:
    """Rows by dense and pruned class, (C, C), whether they have a gold label or not."""
    cells = [
        _Cell(
            None,
            d,
            p,
            int(agreement[d, p]),
            "same answer" if d == p else "answer changes",
            _hover(label_names, d, p, int(agreement[d, p])),
        )
        for d, p in _pairs(len(label_names))
    ]
    total, same = int(agreement.sum()), int(np.trace(agreement))
    alt = f"Answers of {total:,} texts, unpruned against pruned: {same:,} the same, {total - same:,} changed."
    return _draw([cells], [], label_names, alt)


def changes_figure(confusion: NDArray[np.int64], label_names: Sequence[str], limit: int = 12) -> go.Figure:
    """The most frequent changes of an answer as bars, most frequent first; for many classes."""
    every = [
        (int(confusion[g, d, p]), g, d, p)
        for g in range(len(label_names))
        for d, p in _pairs(len(label_names))
        if d != p and confusion[g, d, p]
    ]
    shown = sorted(every, key=lambda change: (-change[0], change[1:]))[:limit]
    figure = go.Figure()
    short = shortened_names(label_names, 12)
    names = [
        f"{short[d]} → {short[p]}" + ("" if g in (d, p) else f"<br>gold {short[g]}") for _, g, d, p in shown
    ]
    for outcome in ("lost", "won", "both wrong"):
        chosen = [k for k, (_, g, d, p) in enumerate(shown) if outcome_of(g, d, p) == outcome]
        figure.add_bar(
            x=[shown[k][0] for k in chosen],
            y=chosen,
            orientation="h",
            width=0.68,
            name=outcome,
            marker={"color": _COLOURS[outcome]},
            customdata=[shown[k][1:] for k in chosen],
            text=[compact(shown[k][0]) for k in chosen],
            textposition="outside",
            cliponaxis=False,
            hovertext=[
                f"{_hover(label_names, d, p, count)}<br>gold: {plain(label_names[g])}"
                for count, g, d, p in (shown[k] for k in chosen)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=bool(chosen),
        )
    total = sum(count for count, *_ in every)
    figure = finish(figure, "", _changes_words(total, shown[:5], label_names))
    figure.update_layout(
        height=90 + (38 if any("<br>" in name for name in names) else 26) * max(1, len(shown)),
        hovermode="closest",
        bargap=0.35,
        margin={"r": 36},
        barmode="overlay",
    )
    figure.update_xaxes(
        title={"text": "texts", "standoff": 6}, fixedrange=True, rangemode="tozero", nticks=6, showgrid=True
    )
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=names,
        range=[max(1, len(shown)) - 0.5, -0.5],
        automargin=True,
        showgrid=False,
        nticks=0,
        ticks="outside",
        ticklen=5,
        tickcolor=CLEAR,
    )
    return figure


def _changes_words(total: int, shown: Sequence[tuple[int, int, int, int]], names: Sequence[str]) -> str:
    listed = "; ".join(
        f"{names[d]} to {names[p]} where gold is {names[g]}, {counted(count, 'text')}"
        for count, g, d, p in shown
    )
    return f"The answer changes in {counted(total, 'text')}." + (f" Most often: {listed}." if listed else "")


def _pairs(classes: int) -> list[tuple[int, int]]:
    return [(dense, pruned) for dense in range(classes) for pruned in range(classes)]


def _cell(
    confusion: NDArray[np.int64], names: Sequence[str], gold: int | None, dense: int, pruned: int
) -> _Cell:
    if gold is not None:
        count = int(confusion[gold, dense, pruned])
        hover = f"{_hover(names, dense, pruned, count)}<br>gold: {plain(names[gold])}"
        return _Cell(gold, dense, pruned, count, outcome_of(gold, dense, pruned), hover)
    count = int(confusion[:, dense, pruned].sum())
    hover = _hover(names, dense, pruned, count)
    if dense == pruned:
        right = int(confusion[dense, dense, dense])
        return _Cell(None, dense, pruned, count, "same answer", f"{hover}<br>right: {right:,}")
    lost, won = int(confusion[dense, dense, pruned]), int(confusion[pruned, dense, pruned])
    both_wrong = count - lost - won
    hover += f"<br>lost: {lost:,} · won: {won:,} · both wrong: {both_wrong:,}"
    most = max((lost, "lost"), (won, "won"), (both_wrong, "both wrong"), key=lambda each: each[0])
    return _Cell(None, dense, pruned, count, most[1], hover)


def _hover(names: Sequence[str], dense: int, pruned: int, count: int) -> str:
    answers = f"unpruned: {plain(names[dense])}<br>pruned: {plain(names[pruned])}"
    return f"<b>{counted(count, 'text')}</b><br>{answers}"


def _draw(
    panels: Sequence[Sequence[_Cell]], titles: Sequence[str], names: Sequence[str], alt: str
) -> go.Figure:
    """Draw two panels per row, with fixed height and the width of the page."""
    classes, columns = len(names), min(2, len(panels))
    rows = -(-len(panels) // columns)
    tile = {2: 40, 3: 35}.get(classes) or max(11, min(32, 230 // classes))
    inner = classes * (tile + max(3, tile // 6))  # height of a panel
    above, below = (76 if titles else 34), 44 if classes == 2 else 96
    gap = below + 38  # tick labels and, under them, the next panel's title
    plot = rows * inner + (rows - 1) * gap
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=list(titles) or None,
        horizontal_spacing=0.06 if columns > 1 else 0,
        vertical_spacing=gap / plot if rows > 1 else 0,
    )
    in_legend: set[str] = set()
    for index, cells in enumerate(panels):
        place = {"row": index // columns + 1, "col": index % columns + 1}
        figure.add_trace(_empty_tiles(cells, tile), **place)
        for outcome in _COLOURS:
            chosen = [cell for cell in cells if cell.outcome == outcome and cell.count]
            if chosen:
                trace = _tiles(chosen, max(cell.count for cell in cells), tile, classes)
                figure.add_trace(trace.update(showlegend=outcome not in in_legend), **place)
                in_legend.add(outcome)
    finish(figure, "", alt)
    axis = {
        "tickvals": list(range(classes)),
        "ticktext": shortened_names(names, 14 if classes <= MAX_PANELS else 12),
        "tickfont": {"size": 12 if classes <= MAX_NUMBERED_CLASSES else 10},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    edges = [-0.5, classes - 0.5]
    angle = 0 if classes == 2 else -40 if classes <= MAX_NUMBERED_CLASSES else -90
    figure.update_xaxes(**axis, range=edges, tickangle=angle)
    figure.update_yaxes(**axis, range=edges[::-1], nticks=0, rangemode="normal", automargin=True, title=None)
    figure.update_yaxes(title={"text": "unpruned", "standoff": 4}, col=1)
    for index in range(len(panels))[-columns:]:  # panels without another one below
        place = {"row": index // columns + 1, "col": index % columns + 1}
        figure.update_xaxes(title={"text": "pruned", "standoff": 4}, **place)
    if columns > 1:
        figure.update_yaxes(showticklabels=False, col=2)
    if classes > MAX_PANELS:  # square cells, as there are no wide numbers or upright names
        figure.update_xaxes(constrain="domain", constraintoward="left")
        figure.update_yaxes(scaleanchor="x", constrain="domain", constraintoward="top")
    for index, title in enumerate(figure.layout.annotations):
        title.update(
            x=0 if index % columns == 0 else 0.53, xanchor="left", align="left", font={"size": 12}, yshift=2
        )
    figure.update_layout(
        height=above + plot + below,
        hovermode="closest",
        margin={"t": above, "b": below, "l": 40},
        legend={
            "y": 1 + (above - 30) / plot if titles else 1.0,
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    return figure


def _empty_tiles(cells: Sequence[_Cell], tile: int) -> go.Scatter:
    """Outlines of cells without rows, so that the table looks complete."""
    empty = [cell for cell in cells if not cell.count]
    return go.Scatter(
        x=[cell.pruned for cell in empty],
        y=[cell.dense for cell in empty],
        mode="markers",
        marker={
            "symbol": "square",
            "size": tile,
            "color": CLEAR,
            "line": {"width": 1, "color": see_through(GREY, 0.3)},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _tiles(chosen: Sequence[_Cell], most: int, tile: int, classes: int) -> go.Scatter:
    """Squares of one outcome, sized by rows; the largest cell has `most`."""
    outcome = chosen[0].outcome
    with_numbers = classes <= MAX_NUMBERED_CLASSES
    return go.Scatter(
        x=[cell.pruned for cell in chosen],
        y=[cell.dense for cell in chosen],
        mode="markers+text" if with_numbers else "markers",
        text=[compact(cell.count) for cell in chosen],
        textfont={"size": 12 if classes <= 4 else 11, "color": WHITE},
        name=outcome,
        legendgroup=outcome,
        marker={
            "symbol": "square",
            "size": [_side(cell.count, most, tile, with_numbers) for cell in chosen],
            "opacity": 1,
            "color": _COLOURS[outcome],
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 0.65}, "textfont": {"color": WHITE}},
        customdata=[(cell.gold, cell.dense, cell.pruned) for cell in chosen],
        hovertext=[cell.hover for cell in chosen],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _side(count: int, most: int, tile: int, with_numbers: bool) -> float:
    """A square's side in pixels: its area is proportional to the count, but large enough for its number."""
    least = min(tile, max(18, 8 * len(compact(count)) + 4)) if with_numbers else 4
    return max(least, tile * sqrt(count / most))


def _confusion_words(confusion: NDArray[np.int64], names: Sequence[str]) -> str:
    found = dict.fromkeys(("both right", "lost", "won", "both wrong"), 0)
    for g in range(len(names)):
        for d, p in _pairs(len(names)):
            found[outcome_of(g, d, p)] += int(confusion[g, d, p])
    listed = ", ".join(f"{count:,} {name}" for name, count in found.items())
    return f"Unpruned against pruned answers of {sum(found.values()):,} labelled texts: {listed}."
