"""Exports: files made on request, of what is shown, with names that are valid on every system."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
import streamlit as st

import ltp_viz
from ltp_viz.ui.explore.offline_page import offline_page
from ltp_viz.ui.shell.file_names import file_name
from tests.app.seen import enter, move, opened, shown

pytestmark = pytest.mark.usefixtures("short_reviews")

HOSTILE = "</script><script>alert(1)</script> <!-- \u2028 ${data} $$ &amp; film"


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """The content of each file if its button were clicked now."""
    offered: dict[str, Callable[[], bytes]] = {}

    def remember(label: str, data: Callable[[], bytes], name: str, mime: str, **_: Any) -> bool:
        offered[name.rpartition(".")[2]] = data
        return False

    monkeypatch.setattr(st, "download_button", remember)
    return offered


class Scripts(HTMLParser):
    """The content of each script element, as a browser parses the page."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside = tag == "script"

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.inside:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


def test_files_hold_the_current_settings(
    downloads: dict[str, Callable[[], bytes]], classifier: ltp_viz.TextClassifier
) -> None:
    page = opened()
    move(page, scale=1.5, keep=[2])
    text = page.text_area[0].value
    trace = ltp_viz.Trace.from_json(downloads["json"]().decode())
    assert (trace.text, trace.global_scale, trace.forced_keep) == (text, 1.5, (2,))
    assert trace.keep.tolist() == classifier.trace(text, global_scale=1.5, forced=trace.forced).keep.tolist()
    assert downloads["csv"]().startswith(b"\xef\xbb\xbflayer,position,token")
    assert "global_scale=1.5" in page.code[0].value and "keep=(2,)" in page.code[0].value
    saved = json.loads(Scripts(downloads["html"]().decode()).found[0])
    assert saved[0]["offline"] and saved[0]["settings"]["scale"] == 1.5
    assert saved[0]["stage"] == shown(page)["stage"]


def test_renamed_labels_are_in_the_code() -> None:
    page = opened()
    field = next(field for field in page.text_input if str(field.key).startswith("label_name"))
    assert ".relabelled(" not in page.code[0].value
    field.set_value("bad").run()
    assert ".relabelled(['bad', 'positive'])" in page.code[0].value


def test_any_text_stays_text(downloads: dict[str, Callable[[], bytes]]) -> None:
    page = opened()
    enter(page, HOSTILE)
    saved = downloads["html"]().decode()
    scripts = Scripts(saved).found
    assert len(scripts) == 2, "one of data, one of code"
    words = json.loads(scripts[0])[0]["stage"]["segments"][0]["words"]
    assert "".join(word["text"] for word in words) == HOSTILE
    assert "<title>sst2: &lt;/script&gt;" in saved and "alert(1)</script" not in saved


def test_page_requests_nothing() -> None:
    saved = offline_page("A title", [{"view": "explore", "stage": {}}])
    assert "default-src 'none'" in saved and "'sha256-" in saved and "unsafe-eval" not in saved
    assert not re.search(r"<(?:link|img|iframe|script[^>]*src)", saved)
    assert json.loads(Scripts(saved).found[0]) == [{"view": "explore", "stage": {}, "offline": True}]


@pytest.mark.parametrize(
    ("location", "text", "name"),
    [
        ("/models/sst2", "A warm, funny little film", "sst2-a-warm-funny-little"),
        ("owner/model_v2.1", "../../etc/passwd", "model-v2-1-etc-passwd"),
        ("/m/x", '<>:"|?*\0', "x"),
        ("/m/x", "Ein schöner Film", "x-ein-schöner-film"),
        ("/", "", "trace"),
        ("/m/" + "y" * 300, "z" * 300, "y" * 40 + "-" + "z" * 40),
    ],
)
def test_file_names(location: str, text: str, name: str) -> None:
    assert file_name(location, text) == name
