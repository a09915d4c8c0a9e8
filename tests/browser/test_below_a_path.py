"""The app served below a path of a host: every page, link and file stays below it, and frames as set."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from ltp_viz.ui.shell.pages import PAGES
from tests.browser.explore import open_model_menu, settled
from tests.browser.serving import served
from tests.browser.waiting import at_rest

BASE = "tools/viz"
LIVE = "/_stcore/bidi-components/ltp-viz.live-"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    runs = str(tmp_path_factory.mktemp("below"))
    with served(BASE, LTP_VIZ_RUNS=runs, LTP_VIZ_FRAME_ANCESTORS="http://127.0.0.1:*") as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, url: str) -> Iterator[Page]:
    """A page that fails the test where anything is asked for outside the path, or is missing."""
    wrong: list[str] = []

    def look(response: Response) -> None:
        is_ours = f"{response.url}/".startswith((f"{url}/", "blob:", "data:"))
        if not is_ours or response.status >= 400:
            wrong.append(f"{response.status} {response.url}")

    context.on("response", look)
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("websocket", lambda socket: wrong.append(socket.url) if f"/{BASE}/" not in socket.url else None)
    yield page
    assert not wrong


def opened(page: Page, name: str) -> None:
    expect(page).to_have_title(f"{name} · LTP-Viz")
    expect(page.get_by_text("page that you have requested")).to_have_count(0)
    at_rest(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_navigation_reaches_every_page(page: Page, url: str) -> None:
    page.goto(url)
    settled(page)  # the live component has been fetched, and has an answer
    for path, name in [*list(PAGES.items())[1:], ("app.py", "Explore")]:
        if name == "Glossary":
            page.locator(".st-key-top_help button:visible").click()
            page.get_by_role("dialog").get_by_role("link", name="Open the glossary as a page").click()
        else:
            page.locator(".st-key-top_pages").get_by_role("link", name=name).click()
        opened(page, name)
        here = page.url.partition("?")[0].rstrip("/")
        assert here == (url if path == "app.py" else f"{url}/{Path(path).stem}")
    settled(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_deep_link_opens_its_page_without_a_failed_request(page: Page, url: str, path: str) -> None:
    page.goto(f"{url}/" if path == "app.py" else f"{url}/{Path(path).stem}")
    opened(page, PAGES[path])


def test_links_of_learn_and_help_marks_stay_below_the_path(page: Page, url: str) -> None:
    page.goto(f"{url}/Learn?step=2")
    opened(page, "Learn")
    with page.expect_popup() as popup:
        page.get_by_test_id("stMain").get_by_role("link", name="score", exact=True).click()
    opened(popup.value, "Glossary")
    assert popup.value.url.startswith(f"{url}/Glossary")
    popup.value.close()
    open_model_menu(page)
    page.get_by_test_id("stPopoverBody").get_by_test_id("stTooltipHoverTarget").first.hover()
    with page.expect_popup() as popup:
        page.get_by_test_id("stTooltipContent").get_by_role("link").first.click()
    opened(popup.value, "Glossary")
    assert popup.value.url.startswith(f"{url}/Glossary")


def test_the_host_itself_leads_to_the_path(url: str) -> None:
    with urlopen(url.removesuffix(f"/{BASE}") + "/?scale=2") as answer:
        assert answer.url == f"{url}/?scale=2"


def test_only_pages_of_the_named_origin_show_it_in_a_frame(context: BrowserContext, url: str) -> None:
    class Course(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{url}/Glossary" width="1000" height="700"></iframe>'.encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Course) as course:
        Thread(target=course.serve_forever, daemon=True).start()
        page = context.new_page()
        search = page.frame_locator("iframe").get_by_role("searchbox", name="Search")
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if "frame-ancestors" in said.text else None)
        page.goto(f"http://127.0.0.1:{course.server_port}")
        expect(search).to_be_visible()
        assert not refused
        page.goto(f"http://localhost:{course.server_port}")
        expect(search).to_have_count(0)
        assert refused
        course.shutdown()


def test_a_browser_fetches_the_live_view_once(page: Page, url: str) -> None:
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response) if LIVE in response.url else None)
    page.goto(url)
    settled(page)
    assert len({answer.url for answer in answers}) == len(answers) > 30, "every file once"
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    page.goto(f"{url}/Glossary")
    opened(page, "Glossary")
    page.goto(url)
    settled(page)
    sizes = page.evaluate(
        """part => performance.getEntriesByType('resource').filter(({ name }) => name.includes(part))
          .map(({ transferSize }) => transferSize)""",
        LIVE,
    )
    assert len(sizes) > 30 and set(sizes) == {0}, "a second visit reads the browser's cache"
