"""A public app: what it sends, what it shows, and how many sessions it admits."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from ltp_viz.ui.shell.pages import PAGES
from tests.browser.serving import served, served_by_command


@pytest.fixture(scope="module")
def public_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    runs: Path = tmp_path_factory.mktemp("public")
    with served(LTP_VIZ_PUBLIC="1", LTP_VIZ_SESSIONS="1", LTP_VIZ_RUNS=str(runs)) as url:
        yield url


def address(url: str, path: str) -> str:
    return url if path == "app.py" else f"{url}/{Path(path).stem}"


def test_every_page_works_under_headers_that_trust_nothing_else(browser: Browser, public_url: str) -> None:
    with urllib.request.urlopen(public_url) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        policy = answer.headers["Content-Security-Policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "http" not in policy and "unsafe" not in script
    context = browser.new_context()
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Security Policy" in said.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    for path, name in PAGES.items():
        page.goto(address(public_url, path))
        expect(page).to_have_title(f"{name} · LTP-Viz", timeout=60_000)
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning", timeout=60_000
        )
    assert refused == []
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.injected = true';
          document.body.append(script);
        }"""
    )
    assert page.evaluate("window.injected") is None and len(refused) == 1, "a script in a page must not run"
    context.close()


def test_streamlits_session_metrics_are_hidden_from_visitors(public_url: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        urllib.request.urlopen(f"{public_url}/_stcore/metrics")
    assert refused.value.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_of_another_name_is_refused_at_once() -> None:
    """And no other host is contacted, which would block all sessions."""
    with socket.create_server(("127.0.0.1", 0)) as outside:  # takes requests and never answers
        way_out = f"http://127.0.0.1:{outside.getsockname()[1]}"
        with served_by_command(http_proxy=way_out, https_proxy=way_out, no_proxy="localhost") as url:
            headers = {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            }
            for origin, status in ((url, 101), ("http://evil.example", 403)):
                connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
                connection.request("GET", "/_stcore/stream", headers={**headers, "Origin": origin})
                assert connection.getresponse().status == status
                connection.close()
        outside.setblocking(False)
        with pytest.raises(BlockingIOError):
            outside.accept()


def test_a_session_without_a_seat_waits_until_one_is_free(browser: Browser, public_url: str) -> None:
    def visitor() -> Page:
        page = browser.new_context().new_page()
        page.goto(public_url)
        return page

    first = visitor()
    expect(first.locator(".ltp-cell").first).to_be_visible(timeout=60_000)
    second = visitor()
    expect(second.get_by_text("All 1 sessions are in use")).to_be_visible(timeout=60_000)
    expect(second.locator(".ltp-cell")).to_have_count(0)
    first.context.close()
    expect(second.locator(".ltp-cell").first).to_be_visible(timeout=60_000)
    second.context.close()
