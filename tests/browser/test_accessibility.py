"""Explore for everyone: keyboard alone, screen readers, contrast, small screens."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import serious_findings
from tests.browser.explore import open_app, open_layers, press, run_text, settled
from tests.browser.waiting import still


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_serious_finding_of_axe(browser: Browser, app_url: str, scheme: str, width: int) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )  # type: ignore[arg-type]
    page = context.new_page()
    open_app(page, app_url, "/?token=4&drop=6&step=3")
    expect(page.locator(".ltp-speed.ltp-stale")).to_have_count(0)
    open_layers(page)
    assert not serious_findings(page, ".ltp-root"), "with a scale per layer"
    open_layers(page)
    for reading in ("Rows", "Text", "Flow"):
        page.get_by_role("tab", name=reading).click()
        still(page.locator(".ltp-root"))
        serious = serious_findings(page, ".ltp-root")
        assert not serious, f"{reading}: {serious}"
    context.close()


def test_the_keyboard_alone_does_all(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    press(page, "ArrowRight", 4)
    expect(page).to_have_url(re.compile(r"scale=1\.2"))
    for _ in range(4):
        page.keyboard.press("Control+z")
    settled(page)
    expect(page).not_to_have_url(re.compile("scale="))
    page.get_by_role("tab", name="Rows").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("view=flow"))
    page.keyboard.press("ArrowLeft")
    page.locator("#ltp-grid").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".ltp-tip")).to_contain_text("would · layer 2")
    expect(page.locator(".ltp-inspector-name")).to_have_text("would")
    page.keyboard.press("Escape")
    expect(page.locator(".ltp-inspector-name")).to_be_hidden()
    page.keyboard.press("End")
    expect(page.locator("#ltp-cell-1-17")).to_have_attribute("data-active", "")
    page.get_by_role("slider", name="Layer", exact=True).focus()
    page.keyboard.press("Home")
    expect(page.locator(".ltp-sentence")).to_have_text("Before layer 1: 18 tokens.")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".ltp-sentence")).to_have_text(re.compile("^Layer 1 "))


def test_every_cell_says_its_state(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.2")
    cells = page.locator(".ltp-grid .ltp-cells .ltp-cell")
    expect(cells).to_have_count(6 * 18)
    still(page.locator(".ltp-grid"))
    said = cells.evaluate_all("nodes => nodes.map(n => [n.className, n.ariaLabel])")
    assert len(said) == 6 * 18
    for name, label in said:
        state = re.search("kept|dropped|gone", name)[0]  # type: ignore[index]
        if state == "gone":
            assert label.endswith(", dropped in an earlier layer"), label
        else:
            shown = "(kept|always kept: the answer is read from it)" if state == "kept" else state
            assert re.search(rf", {shown}, score [\d.e-]+, threshold [\d.e-]+$", label), label


def test_an_answer_is_announced_once(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    status = page.locator(".ltp-verdict-line [role=status]")
    expect(status).to_contain_text("Strength 1.0: ⚠ Pruning flips the answer: ")
    press(page, "ArrowRight", 2)
    expect(status).to_contain_text("Strength 1.1: ")


@pytest.mark.parametrize("close", ["elsewhere", "escape"])
def test_tooltip_stays_after_a_tap(browser: Browser, app_url: str, close: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce"
    )
    page = context.new_page()
    open_app(page, app_url)
    tip, cell = page.locator(".ltp-tip"), page.locator("#ltp-cell-1-2")
    cell.scroll_into_view_if_needed()
    still(cell)
    cell.tap()
    expect(tip).to_be_visible()
    still(tip)
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("threshold")
    if close == "elsewhere":
        page.locator(".ltp-verdict").tap()
    else:
        page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    context.close()


@pytest.mark.parametrize("width", [390, 3840])
def test_no_horizontal_scroll_and_nothing_moves(page: Page, app_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_app(page, app_url, "/?scale=1.1")
    run_text(page, "The library opens at nine on weekdays and stays closed on public holidays.")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    height = "document.querySelector('.ltp-root').offsetHeight"
    before = page.evaluate(height)
    press(page, "ArrowRight")
    expect(page.locator(".ltp-verdict")).to_contain_text("Pruning flips the answer")
    assert page.evaluate(height) == before
