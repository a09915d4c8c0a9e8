"""The Benchmark page in a browser: start, watch, come back, export."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import serious_findings
from tests.browser.lab import resting

SHORT = "?model=deep&lengths=8,16&batches=1,4&budget=0.5"
found: dict[str, str] = {}  # the link to the benchmark of the main path, which later tests look at


def open_page(page: Page, url: str, query: str) -> None:
    page.goto(f"{url}/Benchmark{query}")
    page.get_by_role("button", name="Run benchmark").wait_for(timeout=120_000)


def test_main_path(page: Page, browser: Browser, app_url: str, tmp_path: Path) -> None:
    """Estimate, run, reload while it runs, be refused in another session, read and export the numbers."""
    context = browser.new_context()
    other = context.new_page()
    for each in (other, page):
        open_page(each, app_url, SHORT)
    expect(page.get_by_text("4 cells of about")).to_be_visible()
    page.get_by_role("button", name="Run benchmark").click()
    expect(page).to_have_url(re.compile("bench=[0-9a-f]{16}"), timeout=30_000)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=30_000)
    other.get_by_role("button", name="Run benchmark").click()  # which it has drawn before the other one began
    expect(other.get_by_text("Another benchmark is running on this machine").first).to_be_visible(
        timeout=30_000
    )
    context.close()
    page.reload()
    page.get_by_role("button", name="Run benchmark").wait_for(timeout=60_000)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=120_000)
    page.get_by_role("heading", name="Why short texts gain little").wait_for(timeout=60_000)
    resting(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(3, timeout=30_000)
    expect(page.get_by_text("whatever the texts are")).to_be_visible()
    expect(page.get_by_role("button", name="Run benchmark")).to_be_enabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    download.value.save_as(tmp_path / "bench.json")
    record = json.loads((tmp_path / "bench.json").read_text())
    assert record["finished"] and len(record["cells"]) == 4 and record["machine"]["matmul_gflops"]
    assert (
        record["command"].endswith("--cells-only --output bench.json")
        and len(record["model_fingerprint"]) == 64
    )
    found["link"] = "?" + page.url.split("?")[1]


def test_cancel_keeps_what_was_measured(page: Page, app_url: str) -> None:
    open_page(page, app_url, "?model=deep&lengths=8,16,32&batches=1,4,8,16,32&budget=4")
    page.get_by_role("button", name="Run benchmark").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("Stopped after [0-9]+ of 15 cells"))).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Run benchmark")).to_be_enabled(timeout=30_000)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_everyone_can_use_it(browser: Browser, app_url: str, width: int, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    open_page(page, app_url, found.get("link", SHORT))
    if found:
        page.get_by_role("button", name="CSV", exact=True).wait_for()
    resting(page)
    assert not serious_findings(page, "[data-testid=stMainBlockContainer]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def test_back_undoes_one_change(page: Page, app_url: str) -> None:
    open_page(page, app_url, SHORT)
    resting(page)
    expect(page).to_have_url(re.compile("scale=1"))
    at_first = page.evaluate("history.length")

    def shows(cells: int, written: str) -> None:
        expect(page.get_by_text(f"{cells} cells of about")).to_be_visible()
        expect(page).to_have_url(re.compile(re.escape(written)))
        resting(page)

    for group, size, cells, written in (
        ("Lengths in tokens", "32", 6, "lengths=8%2C16%2C32"),
        ("Batch sizes", "8", 9, "batches=1%2C4%2C8"),
    ):
        page.get_by_role("toolbar", name=group).get_by_role("button", name=size, exact=True).click()
        shows(cells, written)
    assert page.evaluate("history.length") == at_first + 2
    page.go_back()
    shows(6, "batches=1%2C4&")
    page.go_back()
    shows(4, "lengths=8%2C16&")
    page.go_forward()
    shows(6, "lengths=8%2C16%2C32")
    page.go_forward()
    shows(9, "batches=1%2C4%2C8")


def test_a_new_link_is_one_step(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/Glossary")
    page.goto(f"{app_url}/Benchmark")
    page.get_by_role("button", name="Run benchmark").wait_for(timeout=120_000)
    expect(page).to_have_url(re.compile("budget=1"))
    for _ in range(2):
        page.go_back()
        resting(page)
    expect(page).to_have_url(re.compile("/Glossary"))
