"""What a run of the page has sent to the browser."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

import ltp_viz

APP = Path(__file__).parents[2] / "app.py"


def shown(page: AppTest) -> dict[str, Any]:
    """All sections that the live view got."""
    sections: dict[str, Any] = {}
    for element in page.get("bidi_component"):
        if element.proto.component_name == "ltp_live":
            sections |= json.loads(element.proto.json)
    return sections


def states(page: AppTest) -> list[str]:
    return [layer["states"] for layer in shown(page)["tokens"]["layers"]]


def words(page: AppTest) -> list[str]:
    """Each text put together again from its words."""
    segments = shown(page)["tokens"]["segments"]
    return ["".join(piece for piece, *_ in segment["words"]) for segment in segments]


def expected_states(trace: ltp_viz.Trace) -> list[str]:
    rows, before = [], [True] * len(trace.tokens)
    for row in trace.keep.tolist():
        rows.append(
            "".join("k" if kept else "d" if was else "g" for kept, was in zip(row, before, strict=True))
        )
        before = row
    return rows
