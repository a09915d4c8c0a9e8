"""One look for all figures: colour-blind-safe, transparent, calm."""

import plotly.graph_objects as go

# Okabe and Ito (2008); both read on light and dark ground.
PRUNED = "#2B8CC4"
DENSE = "#8A97A3"
FLIP = "#D55E00"


def layer_axis(figure: go.Figure, num_layers: int) -> go.Figure:
    """Layers 1 to L along the x axis, at most a dozen of them named."""
    layers = list(range(1, num_layers + 1))
    step = max(1, num_layers // 12)
    figure.update_xaxes(title={"text": "layer", "standoff": 6}, tickvals=layers[::step], fixedrange=True)
    return figure


def finish(figure: go.Figure, y_title: str, alt: str) -> go.Figure:
    """Common layout. `alt` says in words what the figure shows; kept in `layout.meta`."""
    figure.update_layout(
        template="none",
        meta={"alt": alt},
        margin={"l": 52, "r": 8, "t": 26, "b": 38},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 12},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12}},
        bargap=0.3,
        hovermode="x unified",
        dragmode=False,
    )
    figure.update_yaxes(
        title={"text": y_title, "standoff": 6}, rangemode="tozero", fixedrange=True, showgrid=True, nticks=5
    )
    return figure


def alt_text(figure: go.Figure) -> str:
    """What the figure shows, in words."""
    return str(figure.layout.meta["alt"])
