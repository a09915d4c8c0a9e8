"""The app as a user starts it, and a real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.serving import served
from tests.conftest import SST2_MODEL

expect.set_options(timeout=30_000)  # pages are slow on a busy machine


@pytest.fixture(scope="session")
def app_url(small_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Opens with the model that drops words in several layers."""
    runs = str(tmp_path_factory.mktemp("runs"))
    model, folder = str(SST2_MODEL), str(small_models)
    with served(LTP_VIZ_MODEL=model, LTP_VIZ_MODEL_DIR=folder, LTP_VIZ_RUNS=runs) as url:
        yield url


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all pages: it caches the app's scripts, which are most of the time of opening a page."""
    with browser.new_context(reduced_motion="reduce") as context:  # or words would fall at each first visit
        yield context


@pytest.fixture
def page(context: BrowserContext, app_url: str) -> Iterator[Page]:
    """A new page of a browser without any state of the app; fails the test on script errors and on
    requests that leave the machine."""
    page = context.new_page()
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: errors.append(request.url) if is_outside(request.url) else None)
    yield page
    for each in context.pages:
        if each.url.startswith(app_url):
            each.evaluate("localStorage.clear(); sessionStorage.clear()")
        each.close()
    context.clear_cookies()
    assert not errors


def is_outside(url: str) -> bool:
    return not url.startswith(("http://localhost:", "ws://localhost:", "blob:", "data:"))
