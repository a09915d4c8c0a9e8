"""The app for browser tests: served in a separate process, as the command serves it."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from ltp_viz.analysis.timing import time_pair
from ltp_viz.ui import serve
from ltp_viz.ui.explore import session
from tests.processes import FORKED, settle_in

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TRIES = 3  # another process may take a port between the search for a free one and its use


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def chromium(playwright: Playwright) -> Browser:
    """The system's Chromium, or else the one that `playwright install chromium` installed."""
    executable = next((path for name in NAMES if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])


@contextmanager
def served(base_path: str = "", **environment: str) -> Iterator[str]:
    """The app, forked; yields its address. Explore times no more than three pairs of runs per answer."""
    for tries_left in reversed(range(_TRIES)):
        port = free_port()
        with (
            tempfile.TemporaryDirectory() as folder,
            forked(port, Path(folder) / "log", environment, base_path=base_path) as url,
        ):
            if url is not None:
                yield url
                return
            said = (Path(folder) / "log").read_text()
        if not tries_left or "in use" not in said:
            raise RuntimeError(f"the app did not start: {said}")


@contextmanager
def forked(
    port: int, log: Path, environment: dict[str, str], kill: bool = False, base_path: str = ""
) -> Iterator[str | None]:
    """The app on this port; None where it ends before it answers. `kill`: it is killed without warning."""
    arguments = (port, {**os.environ, **environment}, log, base_path)
    process = FORKED.Process(target=_serve, args=arguments, daemon=True)
    process.start()
    try:
        yield _answering(port, process.is_alive, base_path)
    finally:
        process.kill() if kill else process.terminate()
        process.join(10)
        process.kill()


@contextmanager
def served_by_command(**environment: str) -> Iterator[str]:
    """The app as `make run` starts it."""
    with serving([sys.executable, "-m", "ltp_viz", "app"], ROOT, environment) as url:
        yield url


@contextmanager
def serving(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """What `command` serves when it is started in `folder`; yields its address once it is healthy."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        try:
            url = _answering(port, lambda: server.poll() is None)
            if url is None:
                log.seek(0)
                raise RuntimeError(f"the app did not start: {log.read().decode()}")
            yield url
        finally:
            server.terminate()
            server.wait(10)


def _answering(port: int, is_alive: Callable[[], bool], base_path: str = "") -> str | None:
    """The app's address once it answers there, None where it has ended before."""
    url, deadline = f"http://localhost:{port}/{base_path}".rstrip("/"), time.monotonic() + 120
    while time.monotonic() < deadline:
        if not is_alive():
            return None
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=5)
            return url
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing answers at {url}")


def _quiet(sample_s: float = 0.0) -> float:
    return 0.0


def _serve(port: int, environment: dict[str, str], log: Path, base_path: str) -> None:
    settle_in(environment, log)
    # A page is only idle once its speed is measured, which takes most of the time of an answer.
    session.time_pair = partial(time_pair, budget_s=0.0)  # type: ignore[assignment]
    session.other_load = _quiet  # tests run side by side
    serve.serve(port, "localhost", base_path=base_path)
