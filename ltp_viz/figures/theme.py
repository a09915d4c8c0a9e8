"""The palette, and one layout for all figures: safe for colour-blind readers, transparent, plain.

It defines every colour of the project. Style sheets, scripts and `.streamlit/config.toml` cannot import it,
and a test checks that they use no other colour.
"""

from dataclasses import asdict, dataclass

import plotly.graph_objects as go

# Okabe and Ito (2008), readable on light and dark backgrounds.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#2B8CC4", "#D55E00", "#009E73", "#B5699A", "#8A97A3"
# The same hues, dark enough for white numbers and light enough for a dark background.
STRONG_BLUE, STRONG_ORANGE, STRONG_GREEN, STRONG_GREY = "#0072B2", "#B84E00", "#007F5C", "#66727E"
# From the first layer's drops to the last's: one hue from dark to pale, so that the order shows without
# colour.
FIRST_DROPS, LAST_DROPS = "#9E3800", "#FCE0C4"
WHITE, BLACK = "#FFFFFF", "#000000"
CLEAR = "rgba(0,0,0,0)"

PRUNED, DENSE, FLIP = BLUE, GREY, ORANGE


@dataclass(frozen=True)
class Surface:
    """Colours of a page in one of the two themes."""

    ground: str
    panel: str
    text: str
    faint: str
    line: str
    accent: str
    alarm: str

    def css(self) -> str:
        """As custom properties: `--ground: ...;` and so on."""
        return " ".join(f"--{name}: {colour};" for name, colour in asdict(self).items())


LIGHT = Surface(WHITE, "#F3F5F7", "#1C2530", "#56626E", "#D8DEE4", STRONG_BLUE, STRONG_ORANGE)
DARK = Surface("#11161C", "#1A2129", "#E6EAEE", "#A3AFBA", "#33404C", "#56B4E9", "#F0883E")


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a hex colour, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def see_through(colour: str, opacity: float) -> str:
    """A hex colour of less than full opacity, as plotly and CSS write it."""
    return "rgba({},{},{},{:g})".format(*rgb(colour), opacity)


def layer_axis(figure: go.Figure, num_layers: int) -> go.Figure:
    """Layers 1 to L along the x axis, with at most a dozen labels."""
    layers = list(range(1, num_layers + 1))
    step = max(1, num_layers // 12)
    figure.update_xaxes(title={"text": "layer", "standoff": 6}, tickvals=layers[::step], fixedrange=True)
    return figure


def finish(figure: go.Figure, y_title: str, alt: str) -> go.Figure:
    """Common layout. `alt` describes the figure in words and is stored in `layout.meta`."""
    figure.update_layout(
        template="none",
        meta={"alt": alt},
        margin={"l": 52, "r": 8, "t": 26, "b": 38},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
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
    """The figure's description in words."""
    return str(figure.layout.meta["alt"])
