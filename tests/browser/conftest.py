"""The app as a user starts it, and a real Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
expect.set_options(timeout=30_000)  # on a busy machine a page takes its time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(**environment: str) -> Iterator[str]:
    """The app in a process of its own, as `make run` starts it; yields its address."""
    with serving([sys.executable, "-m", "ltp_viz", "app"], ROOT, environment) as url:
        yield url


@contextmanager
def serving(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """What `command` serves when it is started in `folder`; yields its address once it is healthy."""
    port = free_port()
    server = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    url = f"http://localhost:{port}"
    try:
        for _ in range(300):
            if server.poll() is not None:
                raise RuntimeError(f"the app did not start: {server.stdout.read().decode()}")  # type: ignore[union-attr]
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def app_url(small_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    runs = tmp_path_factory.mktemp("runs")
    with served(LTP_VIZ_MODEL_DIR=str(small_models), LTP_VIZ_RUNS=str(runs)) as url:
        yield url


def chromium(playwright: Playwright) -> Browser:
    """The system's Chromium, or else the one that `playwright install chromium` has put in place."""
    executable = next((path for name in NAMES if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    """A fresh page; fails the test on script errors and on requests that leave the machine."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: errors.append(request.url) if is_outside(request.url) else None)
    yield page
    context.close()
    assert not errors


def is_outside(url: str) -> bool:
    return not url.startswith(("http://localhost:", "ws://localhost:", "blob:", "data:"))
