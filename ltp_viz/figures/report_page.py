"""The page around a report: one HTML file that needs no server, sends no request and runs only its own
script.

Pages are Jinja templates in `templates`; they escape all values except `Markup`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from ltp_viz.figures.offline import content_policy, script_data
from ltp_viz.figures.theme import DARK, LIGHT, alt_text


@dataclass(frozen=True)
class Drawing:
    """A figure with its heading and a note on how to read it."""

    heading: str
    how_to_read: str
    figure: go.Figure

    @property
    def words(self) -> str:
        """What the figure shows."""
        return alt_text(self.figure)


class Drawings:
    """The figures of a page: each has a place in the text, and one script draws all of them."""

    def __init__(self) -> None:
        self._figures: list[go.Figure] = []

    def place(self, drawings: Sequence[Drawing]) -> list[tuple[int, Drawing]]:
        """Add drawings; returns them with their numbers on the page, for the template's `grid`."""
        first = len(self._figures)
        self._figures += [drawing.figure for drawing in drawings]
        return list(enumerate(drawings, first))

    def data(self) -> str:
        """All figures as JSON that is safe in a script element."""
        return script_data([json.loads(figure.to_json()) for figure in self._figures])


def render(template: str, title: str, drawings: Drawings, **values: Any) -> str:
    """The whole file, from a template that extends `page.html.j2`; `drawings` holds all its figures."""
    environment = _environment()
    library = get_plotlyjs().replace("</script", "<\\/script").replace("<!--", "<\\!--")
    draw = environment.get_template("page.js").render()
    return environment.get_template(template).render(
        title=title,
        policy=content_policy(library, draw),
        figures_data=drawings.data(),
        library=library,
        draw=draw,
        light=LIGHT,
        dark=DARK,
        **values,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ltp_viz.figures"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_without_nul,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _without_nul(value: Any) -> Any:
    """Remove NUL, the only character that HTML cannot contain."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
