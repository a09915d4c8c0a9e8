"""Layers in which tokens are dropped, and drops that go with wrong answers."""

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ltp_viz.figures.theme import (
    CLEAR,
    DENSE,
    FIRST_DROPS,
    FLIP,
    LAST_DROPS,
    LIGHT,
    PRUNED,
    WHITE,
    finish,
    rgb,
)
from ltp_viz.figures.wording import counted, percent, shortened

# Space between a name and its bar.
GAP = {"ticks": "outside", "ticklen": 5, "tickcolor": CLEAR}
# The key is a separate bar above the others: a legend of many layers would not fit on a phone.
_KEY_AT, _KEY_ALIVE = -1.4, 30.0
_MAX_NAMED = 12
_MAX_LIFTS, _MIN_LOST = 20, 5


def fate_figure(fate: pd.DataFrame, by: str) -> go.Figure:
    """One bar per group of tokens, from `RunResults.token_fate`: the share kept to the end, and the share
    that each layer drops. `customdata` (group,)."""
    layers = _layers(fate)
    groups = fate["group"].astype(str).tolist()
    places = list(range(len(fate)))
    hover = _hovers(fate, layers)
    figure = go.Figure()
    bar = {
        "y": places,
        "orientation": "h",
        "width": 0.78,
        "customdata": [[group] for group in groups],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    figure.add_bar(
        x=(100 * fate["survive"]).round(2).tolist(), name="kept to the end", marker={"color": PRUNED}, **bar
    )
    # The first layer's share is at the far end, where its length is easiest to read.
    for layer in range(layers, 0, -1):
        figure.add_bar(
            x=(100 * fate[f"dropped_{layer}"]).round(2).tolist(),
            name=f"dropped in layer {layer}",
            marker={"color": _shade(layer, layers)},
            **bar,
        )
    finish(figure, "", _fate_words(fate, by))
    _add_key(figure, layers)
    figure.update_layout(
        barmode="stack",
        height=84 + 22 * (2 + max(1, len(fate))),
        hovermode="closest",
        margin={"t": 26, "r": 26},
        showlegend=False,
    )
    _group_axis(figure, groups, first=_KEY_AT - 0.6)
    figure.update_xaxes(
        title={"text": "share of the group's tokens", "standoff": 6},
        ticksuffix=" %",
        range=[0, 100],
        fixedrange=True,
        dtick=25,
        showgrid=True,
        zeroline=False,
    )
    return figure


def lift_figure(fate: pd.DataFrame) -> go.Figure:
    """Groups that are dropped earlier in lost rows than in rows that both get right, largest ratio first.

    Groups with fewer than five tokens in lost rows are left out.
    """
    known = fate[
        np.isfinite(fate["lift"].astype(float)) & (fate["lift"] > 0) & (fate["lost_tokens"] >= _MIN_LOST)
    ]
    shown = known.sort_values(["lift", "tokens"], ascending=False).head(_MAX_LIFTS)
    groups = shown["group"].astype(str).tolist()
    lifts = [float(lift) for lift in shown["lift"]]
    figure = go.Figure(
        go.Bar(
            # The bar starts at 1, which is 0 on a logarithmic axis: a factor of 2 and of 1/2 have equal
            # lengths.
            x=[math.log2(lift) for lift in lifts],
            y=list(range(len(shown))),
            orientation="h",
            marker={"color": [FLIP if lift > 1 else DENSE for lift in lifts]},
            text=[f"{lift:.2f}×" for lift in lifts],
            textposition="outside",
            cliponaxis=False,
            customdata=[[group] for group in groups],
            hovertext=[
                f"<b>{shortened(group, 40)}</b><br>misses {lift:.2f} times as many layers in lost texts"
                f"<br>as in texts that both get right<br>{int(lost):,} of {int(tokens):,} tokens are in "
                "lost texts"
                for group, lift, lost, tokens in zip(
                    groups, lifts, shown["lost_tokens"], shown["tokens"], strict=True
                )
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    )
    said = ", ".join(f"{group} {lift:.2f}" for group, lift in zip(groups[:5], lifts, strict=False))
    alt = "How many times as many layers tokens miss in lost texts as in texts that both get right"
    finish(figure, "", f"{alt}: {said}." if said else f"{alt}: not known here.")
    reach = max([math.log2(1.25), *(abs(math.log2(lift)) for lift in lifts)])
    low = -reach if any(lift < 1 for lift in lifts) else 0.0
    figure.update_layout(height=84 + 22 * max(1, len(shown)), hovermode="closest", margin={"r": 52})
    _group_axis(figure, groups)
    ticks = [tick for tick in _lift_ticks(reach) if low <= math.log2(tick) <= reach]
    figure.update_xaxes(
        title={"text": "layers missed, times as many", "standoff": 6},
        tickvals=[math.log2(tick) for tick in ticks],
        ticktext=[f"{tick:g}×" for tick in ticks],
        range=[1.5 * low, 1.5 * reach],
        tickangle=0,
        fixedrange=True,
        zeroline=True,
        zerolinecolor=DENSE,
        showgrid=True,
    )
    return figure


def _lift_ticks(reach: float) -> list[float]:
    """Round factors, well spaced on a logarithmic axis of this half width."""
    if reach < 1:
        return [0.67, 1, 1.5] if reach >= math.log2(1.5) else [0.8, 1, 1.25]
    step = math.ceil(reach / 3)
    return [2.0**power for power in range(-3 * step, 3 * step + 1, step)]


def _add_key(figure: go.Figure, layers: int) -> None:
    """Add the key of the shades, as a bar above the first group."""
    width = (100 - _KEY_ALIVE) / max(1, layers)
    step = -(-layers // _MAX_NAMED)
    shades = [(PRUNED, _KEY_ALIVE, "kept to end", WHITE)]
    for layer in range(layers, 0, -1):
        is_named = (layer - 1) % step == 0
        ink = WHITE if layer <= layers / 2 else LIGHT.text
        shades.append((_shade(layer, layers), width, str(layer) if is_named else "", ink))
    for colour, length, word, ink in shades:
        figure.add_bar(
            x=[length],
            y=[_KEY_AT],
            orientation="h",
            width=0.9,
            marker={"color": colour},
            text=[word],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            constraintext="inside",
            textfont={"size": 11, "color": ink},
            hoverinfo="skip",
        )
    figure.add_annotation(
        x=_KEY_ALIVE,
        y=_KEY_AT - 0.45,
        xanchor="left",
        yanchor="bottom",
        text="dropped in layer",
        showarrow=False,
        xshift=-1,
    )


def _layers(fate: pd.DataFrame) -> int:
    return sum(str(column).startswith("dropped_") for column in fate.columns)


def _group_axis(figure: go.Figure, groups: list[str], first: float = -0.5) -> None:
    """Names of the groups, the first on top."""
    figure.update_yaxes(
        tickvals=list(range(len(groups))),
        ticktext=[shortened(group, 16) for group in groups],
        range=[max(1, len(groups)) - 0.5, first],
        rangemode="normal",
        nticks=0,
        automargin=True,
        **GAP,
        showgrid=False,
        zeroline=False,
    )


def _shade(layer: int, layers: int) -> str:
    part = (layer - 1) / max(1, layers - 1)
    ends = zip(rgb(FIRST_DROPS), rgb(LAST_DROPS), strict=True)
    return "rgb({},{},{})".format(*(round(a + part * (b - a)) for a, b in ends))


def _hovers(fate: pd.DataFrame, layers: int) -> list[str]:
    hovers = []
    for record in fate.to_dict("records"):
        drops = " · ".join(
            f"{layer}: {percent(record[f'dropped_{layer}'], 0)}" for layer in range(1, layers + 1)
        )
        # Six layers per line, so that a deep model's list fits into the figure.
        parts = drops.split(" · ")
        drops = "<br>".join(" · ".join(parts[k : k + 6]) for k in range(0, len(parts), 6))
        hovers.append(
            f"<b>{shortened(str(record['group']), 40)}</b>: {counted(int(record['tokens']), 'token')}<br>"
            f"survives {record['mean_depth']:.2f} of {layers} layers<br>kept to the end "
            f"{percent(record['survive'])}<br>dropped in layer<br>{drops}"
        )
    return hovers


def _fate_words(fate: pd.DataFrame, by: str) -> str:
    if fate.empty:
        return f"No tokens to show by {by}."
    alive = fate.sort_values("survive")
    least, most = alive.iloc[0], alive.iloc[-1]
    return (
        f"Where tokens are dropped, by {by}, for {counted(len(fate), 'group')}: kept to the end from "
        f"{100 * least['survive']:.0f} percent of “{least['group']}” to {100 * most['survive']:.0f} percent "
        f"of “{most['group']}”."
    )
