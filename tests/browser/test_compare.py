"""Compare in a browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import serious_findings
from tests.browser.lab import choose, resting


def open_compare(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/Compare{query}")
    page.locator(".cmp-tokens").wait_for(timeout=60_000)
    resting(page)


def test_main_path(page: Page, app_url: str, tmp_path: Path) -> None:
    """Choose rules, move cost and layer, edit a text, export files, and come back by the link."""
    open_compare(page, app_url)
    expect(page.locator(".cmp-tokens thead th")).to_have_text(
        ["token", "1. Learned thresholds (LTP)", "2. Top-k"]
    )
    choose(page, "Column 2", "Token Merging (ToMe)")
    expect(page.locator(".cmp-tokens thead th").nth(2)).to_have_text("2. Token Merging (ToMe)")
    expect(page.locator(".cmp-text .into").first).to_be_visible()
    expect(page.locator(".cmp-tokens small").first).to_contain_text("→")
    before = page.locator(".cmp-text .gone").count()
    page.get_by_role("slider", name="Show the text after layer").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("layer=6"))
    expect(page.locator(".cmp-text .gone").nth(before)).to_be_visible()
    resting(page)
    page.get_by_role("radio", name="3", exact=True).click()
    expect(page.locator(".cmp-tokens thead th")).to_have_count(4)
    resting(page)
    page.get_by_role("button", name="Model and text").nth(2).click()
    page.get_by_role("button", name="Copy the text above, to edit it").click()
    resting(page)
    box = page.get_by_role("textbox", name="Another text for this column")
    expect(box).to_have_value(re.compile("^I would not say"))
    box.fill("It would be untrue to say that nothing moved me: everything did.")
    box.press("Control+Enter")
    resting(page)
    page.keyboard.press("Escape")
    expect(page.locator(".cmp-tokens")).to_contain_text("annoyed / moved")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    download.value.save_as(tmp_path / "table.csv")
    assert "edited text" in (tmp_path / "table.csv").read_text(encoding="utf-8-sig")
    table = page.locator(".cmp-tokens").inner_text()
    open_compare(page, app_url, "?" + page.url.split("?")[1])
    expect(page.locator(".cmp-tokens")).to_have_text(table, use_inner_text=True)


def test_only_rows_that_differ(page: Page, app_url: str) -> None:
    open_compare(page, app_url, "?rules=learned,end&shares=60")
    rows, marked = page.locator(".cmp-tokens tbody tr"), page.locator(".cmp-tokens tr.other")
    total, different = rows.count(), marked.count()
    assert 0 < different < total
    page.get_by_text("Only where columns differ").click()
    expect(rows).to_have_count(different)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_everyone_can_use_it(browser: Browser, app_url: str, width: int, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    open_compare(page, app_url, "?rules=learned,tome,package")
    for part in (".cmp-tokens", "[data-testid=stMainBlockContainer]"):
        assert not serious_findings(page, part), part
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def test_back_is_one_press_per_change(page: Page, app_url: str) -> None:
    open_compare(page, app_url, "?rules=learned,end&shares=60")
    heads, slider = page.locator(".cmp-tokens thead th"), page.get_by_role("slider", name="Show the text")
    choose(page, "Column 2", "Token Merging (ToMe)")
    expect(page).to_have_url(re.compile("rules=learned%2Ctome"))
    page.get_by_role("radio", name="3", exact=True).click()
    expect(heads).to_have_count(4)
    resting(page)
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("layer=4"))
    resting(page)
    page.go_back()
    expect(slider).to_have_value("3")
    resting(page)
    page.go_back()
    expect(heads).to_have_count(3)
    resting(page)
    page.go_back()
    expect(heads.nth(2)).to_have_text("2. End of the text")
    resting(page)
    page.go_forward()
    expect(heads.nth(2)).to_have_text("2. Token Merging (ToMe)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stay_beside_their_boxes_on_a_phone(browser: Browser, app_url: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    open_compare(page, app_url, "?rules=learned,tome,package,end")
    table = page.locator(".cmp-scroll")
    table.evaluate("box => box.scrollTo(box.scrollWidth, 120)")
    edge = table.evaluate("box => box.getBoundingClientRect().left")
    for word in (page.locator(".cmp-tokens tbody th").nth(8), page.locator(".cmp-tokens thead th").first):
        left, ground = word.evaluate(
            "e => [e.getBoundingClientRect().left, getComputedStyle(e).backgroundColor]"
        )
        assert left == pytest.approx(edge + 1, abs=1.5) and "rgba" not in ground
    gone = page.locator(".cmp-text .gone").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert gone == "rgba(0, 0, 0, 0)", "only kept words are blue"
    context.close()
