"""A user's own model in the real app: the address names it, and a reload finds it."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import open_model_menu
from tests.conftest import save_small_model


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("brought") / "mine"
    save_small_model(folder, encoder_folder, 3)
    return folder


def layers(page: Page, count: int) -> None:
    expect(page.locator(".ltp-rows-view .ltp-row")).to_have_count(count)


def test_brought_model_stays_through_a_reload(page: Page, app_url: str, mine: Path) -> None:
    page.goto(app_url)
    layers(page, 6)
    open_model_menu(page)
    page.get_by_text("Bring a model", exact=True).click()
    box = page.get_by_role("textbox", name="Folder or hub name")
    box.fill("/no/such/folder")
    box.press("Enter")
    expect(page.get_by_text("There is no model folder")).to_be_visible()
    box.fill(str(mine))
    page.get_by_role("button", name="Check and load").click()
    expect(page.get_by_text("Found mine")).to_be_visible()
    layers(page, 3)
    assert parse_qs(urlsplit(page.url).query)["model"] == [str(mine)]
    page.reload()
    layers(page, 3)
    open_model_menu(page)
    page.get_by_role("textbox", name="LABEL_1").fill("bad")
    page.get_by_role("textbox", name="LABEL_1").press("Enter")
    expect(page.locator(".ltp-verdict-line")).to_contain_text("bad")
    expect(page.locator(".ltp-verdict-line")).not_to_contain_text("LABEL_1")


def test_link_to_a_model_that_nobody_has_brought(
    page: Page, app_url: str, tmp_path: Path, mine: Path
) -> None:
    other = mine.rename(tmp_path / "other")
    try:
        page.goto(f"{app_url}/?model={other}")
        layers(page, 6)
        page.get_by_role("button", name="Load “").click()
        layers(page, 3)
        expect(page.get_by_text("which is not available here")).to_have_count(0)
        assert parse_qs(urlsplit(page.url).query)["model"] == [str(other)]
    finally:
        other.rename(mine)
