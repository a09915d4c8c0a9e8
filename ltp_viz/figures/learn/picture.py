"""Pictures of the tour that change without a server: a tree of elements, and frames.

A frame holds what differs at one position of the picture's control, so that dragging needs no server. This
module does not depend on a browser; `assets/learn/tour.js` builds the elements and inserts all text as text.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Control = Literal["slider", "choice", "none"]


@dataclass(frozen=True)
class Node:
    """One element. Frames refer to it by `name`; `go`: the frame that touching it opens."""

    tag: str
    children: tuple["Node", ...] = ()
    text: str = ""
    classes: str = ""
    name: str = ""
    style: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    go: int | None = None

    def to_data(self) -> dict[str, Any]:
        """For the browser, without empty fields."""
        data = {
            "t": self.tag,
            "x": self.text,
            "c": self.classes,
            "n": self.name,
            "s": self.style,
            "a": dict(self.attributes),
            "k": [child.to_data() for child in self.children],
        }
        kept = {key: value for key, value in data.items() if value}
        return kept if self.go is None else {**kept, "go": self.go}


def node(
    tag: str,
    *children: Node,
    text: str = "",
    classes: str = "",
    name: str = "",
    style: str = "",
    go: int | None = None,
    **attributes: str,
) -> Node:
    """An element; attributes as in HTML, an underscore for each hyphen."""
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    return Node(tag, children, text, classes, name, style, named, go)


@dataclass(frozen=True)
class Frame:
    """What the picture shows at one position, by element name. `value`: the position in words."""

    value: str
    texts: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # CSS property -> value
    marks: Mapping[str, Sequence[str]] = field(default_factory=dict)  # class -> elements that have it
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """For the browser, without empty fields."""
        data = {
            "v": self.value,
            "x": dict(self.texts),
            "s": {name: dict(style) for name, style in self.styles.items()},
            "m": {mark: list(names) for mark, names in self.marks.items()},
            "a": {name: dict(values) for name, values in self.attributes.items()},
        }
        return {key: value for key, value in data.items() if value}


@dataclass(frozen=True)
class Picture:
    """A tree, its frames and the control that selects one. `stops`: positions with a button."""

    root: Node
    frames: tuple[Frame, ...]
    control: Control
    label: str  # of the control
    start: int = 0
    stops: tuple[tuple[str, int], ...] = ()

    def position(self, wanted: int | None) -> int:
        """The wanted frame if it exists, else the initial one."""
        return wanted if wanted is not None and 0 <= wanted < len(self.frames) else self.start

    def to_data(self, wanted: int | None) -> dict[str, Any]:
        """For the browser; `signature` identifies the picture independently of the current frame."""
        content = {
            "tree": self.root.to_data(),
            "frames": [frame.to_data() for frame in self.frames],
            "control": self.control,
            "label": self.label,
            "stops": [list(stop) for stop in self.stops],
        }
        signature = hashlib.blake2b(json.dumps(content).encode(), digest_size=12).hexdigest()
        return {**content, "at": self.position(wanted), "signature": signature}


def percent(share: float, digits: int = 0) -> str:
    """A share as percent, for CSS and readers."""
    return f"{100 * share:.{digits}f}%"


def path(xs: Sequence[float], ys: Sequence[float], floor: Sequence[float] = ()) -> str:
    """A line through points with coordinates from 0 to 1, y upwards; with a `floor`, the area down to it."""
    along = list(zip(xs, ys, strict=True))
    along += reversed(list(zip(xs, floor, strict=True))) if floor else []
    points = [f"{1000 * x:.1f} {1000 * (1 - y):.1f}" for x, y in along]
    return "M" + "L".join(points) if points else ""


def chart(
    drawn: Sequence[Node],
    over: Sequence[Node],
    x_ticks: Sequence[tuple[float, str]],
    y_ticks: Sequence[tuple[float, str]],
    x_title: str,
    y_title: str,
    alt: str,
) -> Node:
    """Axes around paths and overlays; ticks at 0 to 1. Text keeps its size at any width."""
    grid = [node("span", classes="tour-rule", style=f"bottom:{percent(at, 2)}") for at, _ in y_ticks]
    ticks = [
        node("span", text=text, classes="tour-y", style=f"bottom:{percent(at, 2)}") for at, text in y_ticks
    ]
    ticks += [
        node("span", text=text, classes="tour-x", style=f"left:{percent(at, 2)}") for at, text in x_ticks
    ]
    drawing = node("svg", *drawn, viewBox="0 0 1000 1000", preserveAspectRatio="none", aria_hidden="true")
    plot = node("div", *grid, drawing, *over, *ticks, classes="tour-plot")
    return node(
        "div",
        node("p", text=y_title, classes="tour-axis"),
        node("div", plot, role="img", aria_label=alt),
        node("p", text=x_title, classes="tour-axis tour-axis-x"),
        classes="tour-chart",
    )


def line(name: str, d: str, classes: str) -> Node:
    """A path of a chart."""
    return node("path", name=name, classes=classes, d=d, vector_effect="non-scaling-stroke")
