"""What the server makes of a link without a session: picture, description and a page to embed."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import ltp_viz
from ltp_viz import settings
from ltp_viz.ui.inputs.texts import first_examples
from ltp_viz.ui.share import answers
from ltp_viz.ui.share.answers import SharedFiles
from ltp_viz.ui.shell.link import pack_text
from ltp_viz.ui.shell.middleware import Front
from ltp_viz.ui.shell.served_file import ServedFile
from tests.conftest import SST2_MODEL

FLIPPING = "It would be untrue to say that nothing annoyed me: everything did."
LINK = {"text": f".{FLIPPING}", "scale": "1"}


def made(name: str, link: dict[str, str], files: SharedFiles | None = None) -> ServedFile:
    file = (files or SharedFiles())(name, link)
    assert file is not None
    return file


def test_a_card_is_of_the_state_in_the_link() -> None:
    words = made("card.txt", LINK).content.decode()
    assert f"“{FLIPPING}”" in words and "Flips: negative 94 % → positive 92 %" in words
    assert "Same answer" in made("card.txt", LINK | {"scale": "0.2"}).content.decode()
    pictures = {made("card.png", LINK | {"scale": scale}).content for scale in ("0.2", "1", "2")}
    assert len(pictures) == 3
    forced = made("card.txt", LINK | {"keep": "1_2_3"}).content
    assert forced != made("card.txt", LINK).content


def test_an_example_and_the_first_one_without_a_text() -> None:
    first = next(iter(first_examples().values()))
    assert f"“{first}”" in made("card.txt", {}).content.decode()
    assert made("card.txt", {"example": "Sarcastic"}).content != made("card.txt", {}).content


def test_other_pages_show_their_question() -> None:
    assert (
        made("card.txt", {"page": "Compare"}).content.decode().startswith("Which tokens should a model drop?")
    )
    assert made("card.png", {"page": "Compare"}).content != made("card.png", {"page": "Learn"}).content


@pytest.mark.parametrize(
    "link",
    [
        {"model": "/etc"},
        {"model": "owner/name"},
        {"text": "~broken"},
        {"text": ". "},
        {"text": ".\u200b"},
        {"model": "broken"},
    ],
)
def test_a_link_without_a_run_gets_a_plain_card(
    link: dict[str, str], small_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))
    card = made("card.png", link)
    assert card.content[:4] == b"\x89PNG" and not card.is_kept
    assert made("card.txt", link).content.decode().startswith("Watch a language model")
    page = made("embed.html", link)
    assert page.status == 404 and page.media_type.startswith("text/plain")


def test_a_public_app_limits_text_and_models(small_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))
    long = pack_text("a " * 10_000 + "b")
    assert long and made("embed.html", {"text": long}).status == 200
    assert made("embed.html", {"model": "deep"}).status == 200
    monkeypatch.setenv("LTP_VIZ_PUBLIC", "1")
    assert "accepts at most 20,000" in made("embed.html", {"text": long}).content.decode()
    assert made("embed.html", {"model": "deep"}).status == 404


def test_a_file_is_made_once_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = []
    monkeypatch.setattr(answers, "_MAX_KEPT", {"card.png": 1, "card.txt": 2, "embed.html": 1})
    linked_run = answers.linked_run
    monkeypatch.setattr(answers, "linked_run", lambda link: [runs.append(link), linked_run(link)][1])
    files = SharedFiles()
    first = made("card.txt", LINK, files)
    assert made("card.txt", LINK | {"view": "text", "utm": "x"}, files) is first, (
        "only what the run depends on"
    )
    made("card.txt", LINK | {"scale": "2"}, files), made("card.txt", LINK | {"scale": "3"}, files)
    assert len(runs) == 3
    assert made("card.txt", LINK, files) == first and len(runs) == 4
    assert files("other.png", {}) is None


def test_a_busy_server_answers_with_a_plain_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_WAIT_S", 0.01)
    files = SharedFiles()
    with files._turn:
        assert not made("card.png", LINK, files).is_kept
    assert made("card.png", LINK, files).is_kept


def test_the_page_to_embed_holds_the_run_and_makes_no_request() -> None:
    page = made("embed.html", LINK).content.decode()
    parts = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    data = {name: part for each in parts for name, part in each.items()}
    trace = ltp_viz.load_model(SST2_MODEL).trace(FLIPPING)
    assert data["exact"]["depths"] == trace.survival_depth.tolist() and data["offline"]
    assert {"stage", "sweep", "attention"} <= set(data) and "timing" not in data
    assert "default-src 'none'" in page


def answer(path: str, base: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def streamlit(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": 299, "headers": [(b"path", scope["path"].encode())]}
        )
        await send({"type": "http.response.body", "body": b""})

    where, _, query = path.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": where, "query_string": query.encode(), "headers": raw}
    front = Front(streamlit, base, is_public=False, files=SharedFiles())
    serving = front(scope, None, send)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as thread:  # browser tests in the same process have a loop in this one
        thread.submit(asyncio.run, serving).result()
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, sent[1].get("body", b"")


@pytest.mark.parametrize("base", ["", "/viz"])
def test_files_are_served_below_the_path_with_their_headers(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.FRAME_ANCESTORS.name, "https://course.example.org")
    status, headers, body = answer(f"{base}/_ltp/card.png?scale=1", base)
    assert status == 200 and headers["content-type"] == "image/png" and body[:4] == b"\x89PNG"
    assert (
        headers["cache-control"] == "public, max-age=300" and headers["x-content-type-options"] == "nosniff"
    )
    assert "script-src 'self'" in headers["content-security-policy"]
    status, headers, _ = answer(f"{base}/_ltp/embed.html", base)
    assert headers["content-security-policy"] == "frame-ancestors 'self' https://course.example.org"
    assert status == 200 and "x-frame-options" not in headers
    assert answer(f"{base}/_ltp/other", base)[0] == 404
    if base:
        assert answer("/_ltp/card.png", base)[0] == 299


def test_each_link_has_its_own_preview() -> None:
    _, _, html = answer("/?text=.%3Cb%3E%22Fine%22&scale=2", host="viz.example.org")
    page = html.decode()
    assert '<meta property="og:title" content="“&lt;b&gt;&quot;Fine&quot;” · LTP-Viz" />' in page
    image = "http://viz.example.org/_ltp/card.png?text=.%3Cb%3E%22Fine%22&amp;scale=2"
    assert (
        f'property="og:image" content="{image}"' in page and f'name="twitter:image" content="{image}"' in page
    )
    assert 'name="twitter:card" content="summary_large_image"' in page
    _, _, html = answer("/viz/Compare", "/viz", host="a.org", **{"x-forwarded-proto": "https"})
    assert b'content="https://a.org/viz/_ltp/card.png?page=Compare"' in html
    _, _, html = answer("/", host='evil"><script>')
    assert b"evil" not in html


def test_requests_below_a_page_are_answered() -> None:
    status, headers, _ = answer("/viz/Compare/_stcore/health", "/viz")
    assert status == 299 and headers["path"] == "/viz/_stcore/health"
    assert answer("/Learn/static/js/index.js")[1]["path"] == "/static/js/index.js"
    assert answer("/Nothing/_stcore/health")[1]["path"] == "/Nothing/_stcore/health"
    status, headers, _ = answer("/Compare/?model=mrpc")
    assert status == 307 and headers["location"] == "/Compare?model=mrpc"
