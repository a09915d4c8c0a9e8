"""Attribution beside survival: of the words of one text, and of the correlation over many texts."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ltp_viz.analysis.why.agreement import explained_agreement, explained_mismatches
from ltp_viz.analysis.why.agreement_over_rows import AgreementSummary, TextAgreement
from ltp_viz.analysis.why.explanation import Explanation, Method, Prediction
from ltp_viz.figures.theme import DENSE, FLIP, PRUNED, finish
from ltp_viz.figures.wording import counted, plain, shortened, signed

OUTCOME_NAMES = {
    "both right": "right with and without pruning",
    "lost": "pruning makes it wrong",
    "won": "pruning makes it right",
    "both wrong": "wrong with and without pruning",
    "no label": "no label",
}
_SPREAD = 0.3  # largest shift of a word from its layer, so that words do not overlap
_BINS = 20


def importance_figure(explanation: Explanation, method: Method, prediction: Prediction) -> go.Figure:
    """Each word by the layers it survives and the size of its attribution; the words of both lists are
    labelled."""
    sizes = np.abs(explanation.values(method, prediction))
    listed = explained_mismatches(explanation, method, prediction)
    kinds = dict.fromkeys((each.word for each in listed.early), "early")
    kinds |= dict.fromkeys((each.word for each in listed.late), "late")
    looks: dict[str, tuple[str, dict[str, object]]] = {
        "": ("other words", {"color": PRUNED, "symbol": "circle", "opacity": 0.75}),
        "early": ("important but dropped early", {"color": FLIP, "symbol": "diamond"}),
        "late": ("kept but unimportant", {"color": DENSE, "symbol": "square"}),
    }
    figure = go.Figure()
    for kind, (name, marker) in looks.items():
        chosen = [i for i in range(len(explanation.words)) if kinds.get(i, "") == kind]
        if not chosen:
            continue
        figure.add_scatter(
            x=[_beside(explanation, i) for i in chosen],
            y=sizes[chosen].round(5).tolist(),
            name=name,
            mode="markers+text" if kind else "markers",
            text=[shortened(explanation.words[i].text, 12) for i in chosen],
            textposition="top center",
            cliponaxis=False,
            marker={**marker, "size": 10},
            hovertext=[_hover(explanation, i, float(sizes[i])) for i in chosen],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    found = explained_agreement(explanation, method, prediction)
    rho = "no rank correlation" if math.isnan(found.rho) else f"rank correlation {found.rho:.2f}"
    lists = "; ".join(
        f"{name}: {', '.join(explanation.words[each.word].text for each in words) or 'none'}"
        for name, words in (
            ("important but dropped early", listed.early),
            ("kept but unimportant", listed.late),
        )
    )
    layers = explanation.num_layers
    finish(
        figure,
        "size of attribution",
        f"Size of attribution against layers survived for {counted(len(sizes), 'word')}: {rho}; {lists}.",
    )
    figure.update_layout(height=330, hovermode="closest", margin={"r": 26, "t": 34}, showlegend=True)
    figure.update_xaxes(
        title={"text": "layers survived", "standoff": 6},
        tickvals=list(range(0, layers + 1, max(1, layers // 12))),
        range=[-0.5, layers + 0.5],
        fixedrange=True,
        zeroline=False,
        showgrid=False,
    )
    return figure


def correlations_figure(
    records: Sequence[TextAgreement], found: AgreementSummary, prediction: Prediction
) -> go.Figure:
    """Texts by their rank correlation, with the mean and its interval."""
    rhos = [record.rho[prediction] for record in records if not math.isnan(record.rho[prediction])]
    edges = np.linspace(-1, 1, _BINS + 1)
    counts, _ = np.histogram(np.clip(rhos, -1, 1), edges)
    width = 2 / _BINS
    figure = go.Figure(
        go.Bar(
            x=((edges[:-1] + edges[1:]) / 2).round(3).tolist(),
            width=width,
            y=counts.tolist(),
            marker={"color": PRUNED},
            hovertext=[
                f"<b>{counted(int(count), 'text')}</b><br>{signed(low)} to {signed(low + width)}"
                for count, low in zip(counts, edges, strict=False)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    )
    alt = f"Rank correlations of {counted(len(rhos), 'text')}."
    mean = found.mean
    if rhos:
        alt += f" Mean {mean.value:.2f}"
        alt += "." if math.isnan(mean.low) else f", 95 percent interval {mean.low:.2f} to {mean.high:.2f}."
        figure.add_vline(x=mean.value, line={"color": FLIP, "width": 2})
        if not math.isnan(mean.low):
            figure.add_vrect(x0=mean.low, x1=mean.high, fillcolor=FLIP, opacity=0.22, line_width=0)
        figure.add_annotation(
            x=mean.value,
            y=1,
            yref="paper",
            yanchor="bottom",
            text=f"mean {signed(mean.value)}",
            showarrow=False,
        )
    finish(figure, "texts", alt)
    figure.update_layout(height=280, hovermode="closest", bargap=0.08, margin={"r": 20})
    figure.update_xaxes(
        title={"text": "rank correlation of a text", "standoff": 6},
        range=[-1.02, 1.02],
        dtick=0.5,
        fixedrange=True,
        zeroline=True,
        zerolinecolor=DENSE,
    )
    return figure


def outcomes_figure(found: AgreementSummary) -> go.Figure:
    """Mean correlation with its interval, for the rows of each outcome."""
    parts = [part for part in found.by_outcome if not math.isnan(part[2].value)]
    places = list(range(len(parts)))
    names = [OUTCOME_NAMES[name] for name, _, _ in parts]
    figure = go.Figure(
        go.Scatter(
            x=[mean.value for _, _, mean in parts],
            y=places,
            mode="markers",
            marker={
                "size": 11,
                "color": [FLIP if name == "lost" else PRUNED for name, _, _ in parts],
                "symbol": ["diamond" if name == "lost" else "circle" for name, _, _ in parts],
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_reach(mean.high - mean.value) for _, _, mean in parts],
                "arrayminus": [_reach(mean.value - mean.low) for _, _, mean in parts],
                "color": DENSE,
                "thickness": 2,
                "width": 6,
            },
            hovertext=[
                f"<b>{name}</b><br>mean {signed(mean.value)} of {counted(texts, 'text')}"
                + ("" if math.isnan(mean.low) else f"<br>95 %: {signed(mean.low)} to {signed(mean.high)}")
                for name, (_, texts, mean) in zip(names, parts, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    )
    said = "; ".join(
        f"{name}, {counted(texts, 'text')}: {mean.value:.2f}"
        for name, (_, texts, mean) in zip(names, parts, strict=True)
    )
    finish(
        figure, "", f"Mean rank correlation by what pruning did to the answer. {said or 'No text has one'}."
    )
    figure.update_layout(height=90 + 48 * max(1, len(parts)), hovermode="closest", margin={"r": 26})
    figure.update_yaxes(
        tickvals=places,
        ticktext=[
            f"{_folded(name)}<br>({texts:,})" for name, (_, texts, _) in zip(names, parts, strict=True)
        ],
        range=[len(parts) - 0.5, -0.5],
        rangemode="normal",
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(
        title={"text": "mean rank correlation, 95 % interval", "standoff": 6},
        range=[-1.02, 1.02],
        dtick=0.5,
        fixedrange=True,
        zeroline=True,
        zerolinecolor=DENSE,
        showgrid=True,
    )
    return figure


def _beside(explanation: Explanation, index: int) -> float:
    """The word's layer, shifted deterministically among the words that share it."""
    depths = explanation.depths
    same = np.flatnonzero(depths == depths[index])
    if len(same) == 1:
        return float(depths[index])
    place = float(np.flatnonzero(same == index)[0]) / (len(same) - 1)
    return round(float(depths[index]) + _SPREAD * (2 * place - 1), 3)


def _hover(explanation: Explanation, index: int, size: float) -> str:
    return (
        f"<b>{plain(explanation.words[index].text)}</b><br>attribution of size {size:.3f}<br>survives "
        f"{explanation.depths[index]} of {explanation.num_layers} layers"
    )


def _folded(name: str) -> str:
    """The name on two lines, which leaves room for the figure on a phone."""
    words = name.split()
    middle = len(words) // 2
    return f"{' '.join(words[:middle])}<br>{' '.join(words[middle:])}" if len(words) > 2 else name


def _reach(length: float) -> float:
    return 0.0 if math.isnan(length) else length
