"""What is sent before a page's script has run: its title, a description, and the headers that frame it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ltp_viz import settings
from ltp_viz.data.errors import InputError
from ltp_viz.ui.serve import checked_base_path
from ltp_viz.ui.shell.first_html import first_html, script_hashes
from ltp_viz.ui.shell.middleware import Front, frame_ancestors, security_headers
from ltp_viz.ui.shell.pages import PAGES


class Head(HTMLParser):
    """Title and named metadata of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.title, self.meta, self._in_title = "", {}, False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        found = dict(attributes)
        self._in_title = tag == "title"
        if tag == "meta":
            self.meta[found.get("name") or found.get("property")] = found.get("content")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False


async def _streamlit(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def answer(path: str, base: str = "", method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Status, headers and body; 299 is what was left to Streamlit."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    where, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": where, "query_string": query.encode(), "headers": []}
    serving = Front(_streamlit, base, is_public=True)(scope, None, send)  # type: ignore[arg-type]
    with pytest.raises(StopIteration):  # it waits for nothing, so it needs no event loop
        serving.send(None)  # type: ignore[attr-defined]
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1].get("body", b"").decode()


@pytest.mark.parametrize("base", ["", "/viz"])
def test_every_page_has_its_title_and_description(base: str) -> None:
    descriptions = set()
    for path, name in PAGES.items():
        status, headers, html = answer(f"{base}/{'' if path == 'app.py' else Path(path).stem}", base)
        head = Head(html)
        assert status == 200 and head.title == f"{name} · LTP-Viz" and "<title>Streamlit" not in html
        assert head.meta["og:title"] == head.title and head.meta["og:description"] == head.meta["description"]
        assert 40 <= len(head.meta["description"]) <= 160 and headers["cache-control"] == "no-cache"
        assert headers["content-security-policy"]
        descriptions.add(head.meta["description"])
    assert len(descriptions) == len(PAGES)


def test_every_script_in_the_pages_is_allowed_and_no_other() -> None:
    html = first_html()["Compare"].html
    scripts = re.findall(r"<script>", html)
    assert len(scripts) == len(script_hashes().split()) == 2


def test_the_rest_is_left_to_streamlit() -> None:
    for path in ("/_stcore/health", "/static/js/index.js", "/nothing", "/nothing/_stcore/health"):
        assert answer(path)[0] == 299
    assert answer("/Compare", method="POST")[0] == 299
    assert answer("/_stcore/metrics")[0] == answer("/viz/_stcore/metrics", "/viz")[0] == 404
    assert answer("/Compare", "/viz")[0] == 299
    for path in ("/?a=1", "/viz?a=1"):
        status, headers, _ = answer(path, "/viz")
        assert status == 307 and headers["location"] == "/viz/?a=1"


@pytest.mark.parametrize(
    ("value", "ancestors", "old"),
    [
        ("", "'self'", "SAMEORIGIN"),
        ("none", "'none'", "DENY"),
        ("https://course.example.org", "'self' https://course.example.org", None),
        (" https://*.example.org  http://lab:8080 ", "'self' https://*.example.org http://lab:8080", None),
    ],
)
def test_both_headers_on_frames_say_the_same(
    value: str, ancestors: str, old: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.FRAME_ANCESTORS.name, value)
    headers = security_headers()
    assert headers["Content-Security-Policy"].endswith(f"; frame-ancestors {ancestors}")
    assert headers.get("X-Frame-Options") == old


@pytest.mark.parametrize("value", ["*", "example.org", "https://a.org; script-src *", "https://a.org/path"])
def test_a_wrong_origin_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.FRAME_ANCESTORS.name, value)
    with pytest.raises(
        InputError, match=r"LTP_VIZ_FRAME_ANCESTORS names '.*'; give origins such as https://"
    ):
        frame_ancestors()


def test_base_paths() -> None:
    assert [checked_base_path(path) for path in ("", "/", "viz", "/viz/", "a/b.c")] == [
        "",
        "",
        "/viz",
        "/viz",
        "/a/b.c",
    ]
    for path in ("a b", "..", "a//b", "ä", "a?b", "https://x"):
        with pytest.raises(InputError, match="--base-path is "):
            checked_base_path(path)
