"""The pictures of the docs, taken from the app: `python -m tests.pictures [NAME ...]`.

Each function is one picture in docs/images and does what a user would do to see it.
"""

import os
import sys
from collections.abc import Callable
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.explore import SLIDER, open_app, press, run_text, settled
from tests.browser.lab import open_lab, resting, run, tick_row, view
from tests.browser.serving import ROOT, chromium, served_by_command
from tests.browser.waiting import at_rest, still

FOLDER = ROOT / "docs/images"
MIXED = (
    "The acting is superb and the photography glows, yet the story falls apart so badly that I left angry."
)
JOKE = (
    "Every joke lands, and yet the film is not funny; a strange thing to say of a comedy that I would "
    "happily watch again tomorrow, if only to find out why."
)


def explore(page: Page, url: str) -> None:
    """A typed text at strength 1.2."""
    open_app(page, url)
    run_text(page, MIXED)
    press(page, "ArrowRight", 4)
    page.locator(SLIDER).blur()


def inspector(page: Page, url: str) -> None:
    """Why one token is kept."""
    explore(page, url)
    page.locator(".ltp-grid .ltp-row").nth(2).locator(".ltp-cell").nth(3).click()
    settled(page)


def flow(page: Page, url: str) -> None:
    """The sequence that narrows."""
    explore(page, url)
    page.get_by_role("tab", name="Flow").click()


def why(page: Page, url: str) -> None:
    """Which words carry the answer, beside the layers they survive."""
    explore(page, url)
    page.get_by_role("button", name="Why?", exact=True).click()
    page.locator(".why-text").first.wait_for(timeout=90_000)
    page.get_by_role("heading", name="Why this answer?").evaluate("it => it.scrollIntoView()")


def compare(page: Page, url: str) -> None:
    """Four rules at one cost."""
    page.goto(f"{url}/Compare?rules=learned,top_k,tome,package&shares=45&layer=3")
    page.locator("textarea").first.wait_for(timeout=60_000)
    page.locator("textarea").first.fill(JOKE)
    page.keyboard.press("Control+Enter")
    page.get_by_text("Survivors shared with column 1").wait_for(timeout=60_000)
    resting(page)


def dataset(page: Page, url: str) -> None:
    """The bundled examples, run at every scale."""
    open_lab(page, url)
    run(page)


def rows(page: Page, url: str) -> None:
    """A row whose answer pruning makes wrong."""
    dataset(page, url)
    view(page, "Flips")
    tick_row(page, 0)


def learn(page: Page, url: str) -> None:
    """The step about thresholds by layer."""
    page.goto(f"{url}/Learn?step=4")
    page.locator(".tour-layers").wait_for(timeout=60_000)
    resting(page)


def benchmark(page: Page, url: str) -> None:
    """A small plan, measured."""
    page.goto(f"{url}/Benchmark?lengths=32,128,512&batches=1,8&dtypes=float32&budget=4")
    page.get_by_role("button", name="Run benchmark").click()
    page.get_by_role("heading", name="Why small texts gain little").wait_for(timeout=240_000)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=240_000)
    resting(page)
    page.get_by_role("heading", name="Time per text").evaluate("it => it.scrollIntoView()")


_HEIGHTS: dict[Callable[[Page, str], None], int] = {
    explore: 1400,
    inspector: 1500,
    flow: 1400,
    why: 900,
    compare: 1180,
    dataset: 960,
    rows: 960,
    learn: 900,
    benchmark: 1000,
}


def take(browser: Browser, picture: Callable[[Page, str], None], url: str) -> None:
    """One picture, in a new session."""
    context = browser.new_context(viewport={"width": 1440, "height": _HEIGHTS[picture]})
    page = context.new_page()
    page.set_default_timeout(60_000)
    picture(page, url)
    at_rest(page)
    page.wait_for_load_state("networkidle")
    still(page.locator("[data-testid=stMain]"))
    page.screenshot(path=FOLDER / f"{picture.__name__}.png")
    context.close()


def main() -> None:
    """Take those that are named, or all."""
    named = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as runs,
        served_by_command(LTP_VIZ_RUNS=runs) as url,
        sync_playwright() as playwright,
    ):
        browser = chromium(playwright)
        for picture in _HEIGHTS:
            if not named or picture.__name__ in named:
                print(os.fspath(FOLDER / f"{picture.__name__}.png"))
                take(browser, picture, url)
        browser.close()


if __name__ == "__main__":
    main()
