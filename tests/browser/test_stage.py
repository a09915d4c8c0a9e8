"""Explore's first screen: slider, verdict and tokens are in sight together while the thumb moves."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.explore import SLIDER, grab, open_app, press, run_text, saved, scale_of, settled, thumb_at
from tests.browser.waiting import at_rest, frame

CLAUSE = "The acting is superb, yet the story falls apart badly. "
# By about as many tokens.
TEXTS = {8: "Everything annoyed me here.", 40: CLAUSE * 3 + "I left early.", 300: CLAUSE * 25}
SIZES = [(1440, 900), (1280, 720), (390, 844)]
PARTS = (".ltp-track", ".ltp-verdict", ".ltp-saved", ".ltp-token-bar")
PHONE_TOP = 300  # on a phone, where the view is scrolled to; the slider stays in sight from there on
PLACES = """parts => parts.map(part => {
  const { x, y, right, bottom } = document.querySelector(part).getBoundingClientRect();
  return { part, x, y, right, bottom };
})"""


@pytest.fixture(params=SIZES, ids=lambda size: "x".join(map(str, size)))
def sized(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, int, int]]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    yield context.new_page(), width, height
    context.close()


@pytest.mark.parametrize("tokens", TEXTS)
def test_all_that_moves_is_in_sight(sized: tuple[Page, int, int], app_url: str, tokens: int) -> None:
    page, width, height = sized
    open_app(page, app_url)
    run_text(page, TEXTS[tokens])
    found = int(page.locator(".ltp-root").get_attribute("data-tokens") or 0)
    assert abs(found - tokens) <= 0.2 * tokens + 1
    top = page.locator(".ltp-root").bounding_box()
    assert top
    if width < 400:
        scroll = "by => document.querySelector('[data-testid=stMain]').scrollBy(0, by)"
        page.evaluate(scroll, max(0, top["y"] - PHONE_TOP))
    page.mouse.move(*thumb_at(page, scale_of(page)))
    before = saved(page)
    page.mouse.down()
    for scale in (0.5, 2.0):
        page.mouse.move(*thumb_at(page, scale))
        frame(page)
        reading = ".ltp-text-view" if tokens == 300 else ".ltp-rows-view"
        places = page.evaluate(PLACES, [*PARTS, f"{reading} .ltp-{'word' if tokens == 300 else 'kept'}"])
        for place in places:
            assert place["y"] >= 0 and place["bottom"] <= height, place
            assert place["x"] >= 0 and place["right"] <= width, place
    assert saved(page) != before
    page.mouse.up()
    settled(page)
    if tokens < 300 and width > 400:
        last = page.locator(".ltp-row").last.bounding_box()
        assert last and last["y"] + last["height"] <= height, "all layers, without scrolling"


def test_answers_are_small(page: Page, app_url: str) -> None:
    """Bytes over the WebSocket, for a text of nearly 500 tokens."""
    received: list[int] = []

    def count(data: str | bytes) -> None:
        received.append(len(data))

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    open_app(page, app_url)
    at_rest(page)
    received.clear()
    run_text(page, CLAUSE * 40)
    at_rest(page)
    assert 450 < int(page.locator(".ltp-root").get_attribute("data-tokens") or 0) < 512
    new_text = sum(received)
    received.clear()
    press(page, "ArrowRight")
    at_rest(page)
    release = sum(received)
    print(f"new text {new_text:,} bytes, release {release:,} bytes")
    assert release < 100_000 and new_text < 350_000


def test_the_first_visit_shows_falling_words_once(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="no-preference")
    page = context.new_page()
    page.goto(app_url)
    expect(page.locator(".ltp-row.ltp-now")).to_have_count(1)
    expect(page.locator(".ltp-first-visit")).to_have_count(1)
    assert "step=" not in page.url
    settled(page)
    expect(page.locator(".ltp-row.ltp-now")).to_have_count(0)
    assert "step=" not in page.url
    page.reload()
    settled(page)
    expect(page.locator(".ltp-first-visit")).to_have_count(0)
    context.close()


def test_a_key_ends_the_first_visits_play(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="no-preference")
    page = context.new_page()
    page.goto(app_url)
    expect(page.locator(".ltp-row.ltp-now")).to_have_count(1)
    page.keyboard.press("Shift")
    frame(page)
    expect(page.locator(".ltp-later-row")).to_have_count(0, timeout=1)
    context.close()


def test_the_player_hides_what_later_layers_drop(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?step=2&view=rows")
    rows = page.locator(".ltp-row")
    dropped = [rows.nth(layer).locator(".ltp-dropped").count() for layer in range(rows.count())]
    assert dropped[1] and not any(dropped[2:])
    kept = rows.nth(1).locator(".ltp-kept").count()
    for layer in range(2, rows.count()):
        expect(rows.nth(layer).locator(".ltp-later")).to_have_count(kept)
        expect(rows.nth(layer).locator(".ltp-note")).to_have_text("")
    page.get_by_role("tab", name="Text").click()
    expect(page.locator(".ltp-text .ltp-survivor")).to_have_count(0)


def test_old_links_open(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?view=grid&scale=1.2&specials=0")
    expect(page.get_by_role("tab", name="Rows")).to_have_attribute("aria-selected", "true")
    assert page.locator(SLIDER).input_value() == "1.2"
    expect(page.locator(".ltp-special-cell").first).to_be_hidden()
    expect(page).to_have_url(re.compile("view=rows"))


def test_the_inspector_comes_with_a_selection(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_app(page, app_url)
    expect(page.locator(".ltp-inspector")).to_be_hidden()
    reading = page.locator(".ltp-reading").bounding_box()
    page.locator("#ltp-cell-0-2").click()
    panel, beside = page.locator(".ltp-inspector").bounding_box(), page.locator(".ltp-reading").bounding_box()
    assert reading and panel and beside
    assert panel["width"] == 320 and panel["x"] > beside["x"] + beside["width"]
    page.get_by_role("button", name="Close the inspector").click()
    expect(page.locator(".ltp-inspector")).to_be_hidden()
    assert page.locator(".ltp-reading").bounding_box() == reading
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#ltp-cell-0-2").click()
    sheet = page.locator(".ltp-inspector").bounding_box()
    assert sheet and sheet["x"] == 0 and sheet["width"] == 390
    assert sheet["y"] + sheet["height"] == pytest.approx(844, abs=1) and sheet["y"] > 844 / 2


def test_a_drag_in_the_curve_moves_the_thumb(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    box = page.locator(".ltp-curve svg").bounding_box()
    assert box
    page.mouse.move(thumb_at(page, 1)[0], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(thumb_at(page, 2)[0], box["y"] + 20)
    frame(page)
    assert scale_of(page) == 2
    page.mouse.up()
    settled(page)
    expect(page).to_have_url(re.compile(r"scale=2\b"))
    grab(page)
    page.mouse.up()


def test_tokens_are_not_translated(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    expect(page.locator(".ltp-root")).to_have_attribute("translate", "no")
