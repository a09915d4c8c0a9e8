"""The input row: height, Run button, examples from the menu, and results that no longer fit the text."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import open_app, settled

LONG = "It is a quiet, generous and beautiful piece of work, and nobody explains a thing. " * 20
# Whether the view is as opaque as it should be, all its ancestors counted in.
IS_SHOWN = """([low, high]) => {
  let all = 1
  for (let node = document.querySelector('.ltp-root'); node; node = node.parentElement)
    all *= getComputedStyle(node).opacity
  return low <= all && all <= high
}"""


def height(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("width", [390, 1440])
def test_the_row_is_low_and_grows_with_its_text(page: Page, app_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_app(page, app_url, "/?text=.A+warm+film.")
    assert height(page, "textarea") == 52 and height(page, ".st-key-examples") == 36
    row, button = page.locator("textarea").bounding_box(), page.locator(".st-key-run_texts").bounding_box()
    assert row and button and abs(row["y"] - button["y"]) < 4 and button["x"] > row["x"] + row["width"]
    page.locator("textarea").fill(LONG)
    assert 100 <= height(page, "textarea") <= 120
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_result_is_dimmed_while_the_box_holds_another_text(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    page.wait_for_function(IS_SHOWN, arg=[1, 1])
    page.locator("textarea").press_sequentially(" Or not.")
    page.wait_for_function(IS_SHOWN, arg=[0, 0.4])
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(re.compile(r"text=\..*Or\+not\."))
    settled(page)
    page.wait_for_function(IS_SHOWN, arg=[1, 1])


def test_an_example_from_the_menu_joins_those_in_sight(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    chips = page.locator(".st-key-example").get_by_role("radio")
    expect(chips).to_have_count(5)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_text("Misspelt", exact=True).click()
    expect(page.locator("textarea")).to_have_value(re.compile("^absolutly"))
    expect(page.locator('.st-key-example [aria-checked="true"]')).to_have_text("Misspelt")
    expect(page).to_have_url(re.compile("example=Misspelt"))
    page.reload()
    expect(page.locator("textarea")).to_have_value(re.compile("^absolutly"))
    chips.first.click()
    expect(page.locator("textarea")).to_have_value(re.compile("^It would be untrue"))
    expect(chips).to_have_count(5)
