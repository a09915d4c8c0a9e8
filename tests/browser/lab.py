"""A user's actions in the Dataset lab, for the browser tests."""

import re
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.waiting import at_rest


def open_lab(page: Page, url: str, query: str = "") -> None:
    """Open the page and wait for its first content."""
    page.goto(f"{url}/Dataset{query}")
    page.locator(".st-key-lab_start, .st-key-lab_headline").first.wait_for()


def upload(page: Page, name: str, content: str) -> None:
    """Upload a file with this content."""
    page.get_by_role("radio", name="Upload").click()
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    )


def choose(page: Page, field: str, option: str) -> None:
    """Pick an option of a field."""
    page.get_by_role("combobox", name=field).click()
    page.get_by_role("option", name=option, exact=True).click()
    resting(page)


def run(page: Page) -> str:
    """Run the chosen data to the end; returns the run's name."""
    start(page)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=120_000)
    page.locator(".st-key-lab_headline").wait_for(timeout=120_000)
    resting(page)
    return run_name(page)


def start(page: Page) -> None:
    """Start the chosen run."""
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(re.compile("run=[0-9a-f]{16}"))


def run_name(page: Page) -> str:
    found = re.search("run=([0-9a-f]{16})", page.url)
    assert found
    return found.group(1)


def resting(page: Page) -> None:
    """Wait until the server has sent everything."""
    at_rest(page)


def view(page: Page, name: str) -> None:
    """Switch to a part of the page."""
    page.get_by_role("radio", name=name, exact=True).click()
    resting(page)


def points(page: Page, figure: str) -> Locator:
    """Marks of a figure that can be clicked."""
    return page.locator(f'[class*="st-key-lab_{figure}"] .scatterlayer .point')


def click_at(page: Page, mark: Locator) -> None:
    """Click in the middle: plotly listens on a layer above its marks, and may redraw them meanwhile."""
    box: Any = None
    for _ in range(5):
        with suppress(Error):
            mark.scroll_into_view_if_needed()
            box = mark.bounding_box()
        if box:
            break
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    resting(page)


def tick_row(page: Page, index: int) -> None:
    """Tick a row of the table, which is drawn on a canvas."""
    table = page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    box: Any = table.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 35 * (index + 1) + 18)
    resting(page)
