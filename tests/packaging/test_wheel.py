"""The installed wheel, outside the checkout and from any folder, does what a checkout does."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ltp_viz import resources
from ltp_viz.ui.shell.pages import PAGES
from tests.browser.explore import run_text, settled
from tests.browser.serving import serving
from tests.conftest import ROOT

TEXT = "A warm, funny little film."
SHIPPED = f"/{resources.DEFAULT_MODEL}/"


@dataclass(frozen=True)
class Installed:
    """The unpacked wheel, and a folder outside the checkout to start commands in."""

    wheel: Path
    site: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LTP_VIZ_")}
        return kept | {"PYTHONPATH": str(self.site), "LTP_VIZ_RUNS": str(self.folder / "runs")}

    @property
    def command(self) -> str:
        return str(self.site / "bin/ltp-viz")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    alone = ["--no-deps", "--no-index"]
    subprocess.run(
        [*pip, "wheel", str(ROOT), *alone, "--no-build-isolation", "--wheel-dir", str(folder)], check=True
    )
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", *alone, "--target", str(folder / "site"), str(wheel)], check=True)
    (folder / "elsewhere").mkdir()
    return Installed(wheel, folder / "site", folder / "elsewhere")


def test_the_wheel_has_everything_but_of_the_models_only_one(installed: Installed) -> None:
    assert installed.wheel.stat().st_size < 100e6
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = set(wheel.namelist())
    expected = {"ltp_viz/_app/app.py"}
    for top in ("ltp_viz", "pages", "assets"):
        for path in (ROOT / top).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            if not path.is_file() or "__pycache__" in name:
                continue
            if top == "ltp_viz":
                expected.add(name)
            elif "/models/" not in name or SHIPPED in name:
                expected.add(f"ltp_viz/_app/{name}")
    assert len(expected) > 250
    assert expected <= names
    assert not [name for name in names if "/models/" in name and SHIPPED not in name]
    assert "ltp_viz/_app/.streamlit/config.toml" in names


def test_the_library(installed: Installed) -> None:
    code = f"""
import ltp_viz
assert ltp_viz.__file__.startswith({str(installed.site)!r}), ltp_viz.__file__
print(ltp_viz.__version__, ltp_viz.load_model({resources.DEFAULT_MODEL!r}).trace({TEXT!r}).label)
for name in ("mrpc", "no-such-model"):
    try:
        ltp_viz.load_model(name)
    except ltp_viz.InputError as error:
        print(error)
"""
    done = installed.run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    answer, *messages = done.stdout.splitlines()
    assert answer.split()[1] == "positive"
    for name, message in zip(("mrpc", "no-such-model"), messages, strict=True):
        assert message == (
            f"There is no model folder {name!r}, nor a bundled model of this name; "
            f"give one of {resources.DEFAULT_MODEL}, an existing folder, or a hub name 'owner/model'."
        )


def test_the_commands(installed: Installed) -> None:
    version = installed.run(installed.command, "--version")
    assert version.returncode == 0 and version.stdout.startswith("ltp-viz ")
    trace = installed.run(installed.command, "trace", TEXT)
    assert trace.returncode == 0, trace.stderr
    assert "~~" in trace.stdout and "positive" in trace.stdout
    measured = ["bench", "--lengths", "8", "--batch-size", "1", "--seconds", "0.05", "--cells-only", "--json"]
    bench = installed.run(installed.command, *measured)
    assert bench.returncode == 0, bench.stderr
    (cell,) = json.loads(bench.stdout)["cells"]
    assert cell["mean_tokens"] == 8 and cell["dense_ms"] > 0


def test_a_process_that_the_app_starts_finds_the_package(installed: Installed) -> None:
    """Without the path in the environment: only the module knows where it is."""
    code = f"""
import pathlib, sys
sys.path.insert(0, {str(installed.site)!r})
from ltp_viz.analysis.jobs.processes import start_module
log = pathlib.Path("log.txt")
assert start_module("ltp_viz", ["--version"], log).wait() == 0, log.read_text()
print(log.read_text())
"""
    environment = {name: value for name, value in installed.environment.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=installed.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and done.stdout.startswith("ltp-viz "), done.stderr


@pytest.fixture(scope="module")
def url(installed: Installed) -> Iterator[str]:
    with serving([installed.command, "app"], installed.folder, installed.environment) as address:
        yield address


def test_every_page_of_the_app(browser: Browser, url: str) -> None:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path, name in PAGES.items():
        page.goto(url if path == "app.py" else f"{url}/{Path(path).stem}")
        expect(page).to_have_title(f"{name} · LTP-Viz", timeout=60_000)
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning", timeout=60_000
        )
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)  # as .streamlit/config.toml has it
    page.goto(url)
    settled(page)
    run_text(page, TEXT)
    expect(page.locator(".ltp-root")).to_contain_text("positive")
    assert not errors
    page.context.close()


def test_this_checkout_knows_the_same_places() -> None:
    assert resources.ROOT == ROOT and resources.APP.is_file()
    assert set(resources.bundled_models()) >= {"sst2", "mrpc", "sentiment-long"}
