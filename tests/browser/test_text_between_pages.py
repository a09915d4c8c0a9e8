"""The current text is carried from page to page by the top bar's links."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import resting

OWN = "The library opens at nine."


@pytest.mark.parametrize(
    ("opened", "begins"),
    [("", "It would be untrue"), ("?example=Negated", ""), (f"?text=.{OWN}", OWN)],
)
def test_a_text_is_carried_to_other_pages_and_back(
    page: Page, app_url: str, opened: str, begins: str
) -> None:
    box = page.get_by_role("textbox", name="Your text")
    page.goto(f"{app_url}/{opened}")
    expect(box).not_to_be_empty(timeout=60_000)
    resting(page)
    text = box.input_value()
    assert text.startswith(begins)
    for name in ("Compare", "Explore", "Compare", "Explore"):
        page.locator(".st-key-top_pages").get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_title(f"{name} · LTP-Viz")
        resting(page)
        expect(box).to_have_value(text)


def test_a_text_typed_on_compare_is_carried_to_explore(page: Page, app_url: str) -> None:
    box = page.get_by_role("textbox", name="Your text")
    page.goto(f"{app_url}/Compare")
    expect(box).not_to_be_empty(timeout=60_000)
    resting(page)
    box.fill(OWN)
    box.press("Control+Enter")
    resting(page)
    page.locator(".st-key-top_pages").get_by_role("link", name="Explore", exact=True).click()
    expect(page).to_have_title("Explore · LTP-Viz")
    resting(page)
    expect(box).to_have_value(OWN)
