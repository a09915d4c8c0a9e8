"""The Dataset lab in a browser: load, run, look, open a row, come back."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import serious_findings
from tests.browser.explore import scale_of, settled
from tests.browser.lab import choose, click_at, open_lab, points, run, start, tick_row, upload, view

REVIEWS = "review,stars\n" + "".join(
    f'"{text} ({number})",{stars}\n'
    for number in range(6)
    for text, stars in (("A warm, funny little film.", 5), ("Dull, long and badly acted.", 1))
)


@pytest.fixture(scope="module")
def examples_run(browser: Browser, app_url: str) -> str:
    """The bundled examples, run once."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    open_lab(page, app_url)
    name = run(page)
    page.close()
    return name


def test_from_the_curve_to_a_row_in_explore_and_back(page: Page, app_url: str, examples_run: str) -> None:
    open_lab(page, app_url, f"?run={examples_run}")
    expect(page.get_by_text("208 rows", exact=True)).to_be_visible()
    click_at(page, points(page, "curve").nth(15))
    expect(page).to_have_url(re.compile("at="))
    scale = float(re.findall(r"at=([\d.]+)", page.url)[0])
    assert scale != 1
    click_at(page, points(page, "confusion").first)
    expect(page.get_by_role("radio", name="Rows", exact=True)).to_be_checked()
    expect(page).to_have_url(re.compile("slice="))
    count = page.get_by_text(re.compile(r"^\d+ of 208 rows")).text_content()
    tick_row(page, 1)
    page.get_by_role("button", name="Open in Explore").click()
    settled(page)
    assert scale_of(page) == scale
    number = int(re.findall(r"row (\d+)", page.get_by_text("← Back to row").text_content() or "")[0])
    examples = pd.read_csv(Path(__file__).parents[2] / "assets/examples/labelled.csv")
    expect(page.locator("textarea").first).to_have_value(examples["text"][number - 1])
    page.get_by_text("← Back to row").click()
    page.locator(".st-key-lab_headline").wait_for()
    expect(page.get_by_text(re.compile(r"^\d+ of 208 rows"))).to_have_text(count)
    expect(page).to_have_url(re.compile(f"run={examples_run}.*"))
    expect(page).to_have_url(re.compile(f"at={scale:g}"))


def test_an_upload_runs_and_a_reload_finds_it_again(page: Page, app_url: str) -> None:
    open_lab(page, app_url)
    upload(page, "stars.csv", REVIEWS)
    expect(page.get_by_text("12 of 12 rows can be run.")).to_be_visible()
    choose(page, "Label", "stars")
    expect(page.get_by_text("Match them above to score 12 rows")).to_be_visible()
    choose(page, "“5” (6)", "positive")
    choose(page, "“1” (6)", "negative")
    expect(page.get_by_text("are not classes")).to_have_count(0)
    name = run(page)
    figures = page.get_by_test_id("stMetricValue")
    expect(figures).to_have_count(5)  # at first, later ones may be there before earlier ones
    cards = figures.all_text_contents()
    assert cards[0] == "100.0 % to 100.0 %"
    page.reload()
    page.locator(".st-key-lab_headline").wait_for()
    assert name in page.url
    expect(page.get_by_text("stars.csv")).to_be_visible()
    expect(figures).to_have_text(cards)


def test_a_run_is_cancelled_and_resumes(page: Page, app_url: str) -> None:
    rows = "".join(
        f"A story of {number} parts that never quite finds its feet.,0\n" for number in range(1000)
    )
    open_lab(page, app_url)
    upload(page, "many.csv", "text,label\n" + rows)
    expect(page.get_by_text("1,000 of 1,000 rows can be run.")).to_be_visible()
    start(page)
    expect(page.get_by_text(re.compile("rows per second"))).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("of 1,000 rows are done"))).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=180_000)
    expect(page.get_by_text("1,000 rows", exact=True).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_serious_finding_of_axe(
    browser: Browser, app_url: str, examples_run: str, scheme: str, width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    open_lab(page, app_url, f"?run={examples_run}")
    for name in ("Overview", "Flips", "Token fate", "Cost and length", "Export"):
        view(page, name)
        serious = serious_findings(page, '[data-testid="stMain"]')
        assert not serious, f"{name}: {serious}"
        wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wider, f"{name} is wider than the screen"
    context.close()
