"""What a run of the page sends to the browser, and what the browser may send back."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

import ltp_viz

APP = Path(__file__).parents[2] / "app.py"
PRAISE = "A warm, funny little film that never wastes a minute."
LIBRARY = "The library opens at nine on weekdays and stays closed on public holidays."
ONES = [1.0] * 6  # the layer scales of the bundled model as learned


def opened(**link: str) -> AppTest:
    """A new session, opened by a link with these parameters."""
    page = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in link.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def enter(page: AppTest, *texts: str) -> None:
    """Type into every box of the page's main part."""
    for box, text in zip(page.main.text_area, texts, strict=True):
        box.set_value(text)
    page.run()
    assert not page.exception


def shown(page: AppTest) -> dict[str, Any]:
    """All parts that the live view received."""
    sections: dict[str, Any] = {}
    for element in page.get("bidi_component"):
        if element.proto.component_name.startswith("ltp-viz.live-"):
            sections |= json.loads(element.proto.json)
    return sections


def send(page: AppTest, message: object) -> None:
    """A message from the browser, of any kind."""
    page.session_state["explore"] = {"settings": message}
    page.run()
    assert not page.exception


def move(page: AppTest, **changes: Any) -> dict[str, Any]:
    """Change some settings as the browser does; returns what is shown afterwards."""
    sections = shown(page)
    before, stage = sections["settings"], sections["stage"]["signature"]
    send(page, {**before, "stage": stage, "number": before["number"] + 1, **changes})
    return shown(page)


def depths(page: AppTest) -> list[int]:
    """Layers that each token survives."""
    return shown(page)["exact"]["depths"]


def words(page: AppTest) -> list[str]:
    """Each text, joined from its words."""
    segments = shown(page)["stage"]["segments"]
    return ["".join(word["text"] for word in segment["words"]) for segment in segments]


def expected(trace: ltp_viz.Trace) -> list[int]:
    return trace.survival_depth.tolist()
