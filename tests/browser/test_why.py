"""Why in a browser: requested, watched, read, exported; in Explore, Compare and the lab."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import serious_findings
from tests.browser.explore import open_app, press, run_text
from tests.browser.lab import choose, open_lab, resting, run, view
from tests.browser.waiting import fits

PANEL = "[data-testid=stMainBlockContainer]"


def ask(page: Page) -> None:
    """Press the button and wait for the words to be shaded."""
    page.get_by_role("button", name="Why?", exact=True).click()
    page.locator(".why-text").first.wait_for(timeout=90_000)
    resting(page)


def test_main_path(page: Page, app_url: str, tmp_path: Path) -> None:
    """Explain, switch the method, export a file, move a scale, come back to the explained settings."""
    open_app(page, app_url)
    expect(page.locator(".why-text")).to_have_count(0)
    ask(page)
    expect(page.get_by_role("button", name="Why?", exact=True)).to_have_count(0)
    expect(page.locator(".why-text")).to_have_count(2)
    expect(page.get_by_text("Convergence delta").first).to_be_visible()
    expect(page.get_by_text("are kept fixed")).to_be_visible()
    # Sign and depth are readable without colours.
    word = page.locator(".why-text span").first
    expect(word).to_have_attribute("title", re.compile(" layers"))
    expect(page.locator(".why-text sup").first).to_be_visible()
    gradients = page.locator(".why-text").first.inner_html()
    page.get_by_role("radio", name="Occlusion").click()
    expect(page.get_by_text("decides again what to drop")).to_be_visible()
    resting(page)
    assert page.locator(".why-text").first.inner_html() != gradients
    with page.expect_download() as download:
        page.get_by_role("button", name="Attributions as JSON").click()
    download.value.save_as(tmp_path / "why.json")
    record = json.loads((tmp_path / "why.json").read_text())
    assert record["predictions"]["pruned"]["integrated_gradients"]["steps"] >= 32
    press(page, "ArrowRight", 2)
    expect(page.get_by_role("button", name="Why?", exact=True)).to_be_visible(timeout=30_000)
    press(page, "ArrowLeft", 2)
    expect(page.locator(".why-text")).to_have_count(2, timeout=30_000)


def test_page_stays_usable_and_cancel(page: Page, app_url: str) -> None:
    """A long text is being explained; meanwhile scales move, and then it is cancelled."""
    open_app(page, app_url)
    run_text(page, "A warm, funny little film that never wastes a minute, and then it does. " * 25)
    page.get_by_role("button", name="Why?", exact=True).click()
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible(timeout=30_000)
    press(page, "ArrowRight", 2)
    expect(page.get_by_text("Still explaining the previous settings")).to_be_visible(timeout=60_000)
    cancel.click()
    expect(cancel).to_have_count(0, timeout=60_000)
    expect(page.get_by_role("button", name="Why?", exact=True)).to_be_visible(timeout=60_000)


def test_lab(page: Page, app_url: str) -> None:
    open_lab(page, app_url)
    choose(page, "Strengths to run in one pass", "unpruned and as trained only (2 strengths, fastest)")
    run(page)
    view(page, "Why")
    choose(page, "Rows to explain, at most", "25")
    page.get_by_role("radio", name="Occlusion").click()
    resting(page)
    page.get_by_role("button", name="Explain 24 rows").click()
    page.get_by_text(re.compile("^Mean rank correlation [+−]")).wait_for(timeout=90_000)
    resting(page)
    expect(page.get_by_text("Evenly chosen from the 208 rows of the filter.")).to_be_visible()
    assert not serious_findings(page, PANEL)
    page.set_viewport_size({"width": 390, "height": 844})
    fits(page, 390)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_everyone_can_use_it(browser: Browser, app_url: str, width: int, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    open_app(page, app_url)
    ask(page)
    for part in (".why-text", PANEL):
        assert not serious_findings(page, part), part
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
