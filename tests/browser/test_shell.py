"""The shell of all pages: bar, theme, sharing, glossary drawer, and what surrounds them in a browser."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from ltp_viz.data.checkpoints.names import card_name
from ltp_viz.ui.shell.pages import HEADS
from tests.browser.axe import serious_findings
from tests.browser.explore import close_menu, open_app, open_model_menu, press
from tests.browser.serving import served
from tests.browser.waiting import at_rest, fits, still
from tests.conftest import SST2_MODEL

BAR = ".st-key-top_bar"
MODEL = card_name(SST2_MODEL)
PATHS = {"Explore": "/", "Compare": "/Compare", "Dataset lab": "/Dataset", "Glossary": "/Glossary"}
GROUND = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
DARK, LIGHT = "rgb(17, 22, 28)", "rgb(255, 255, 255)"
# As a translator does: every text node outside `translate="no"` becomes an element with other words.
TRANSLATE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  let changed = 0;
  for (const node of nodes) {
    if (!node.data.trim() || node.parentElement.closest('[translate=no], script, style, textarea')) continue;
    const font = document.createElement('font');
    font.textContent = node.data.toUpperCase() + '¿';
    node.replaceWith(font);
    changed += 1;
  }
  return changed;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_the_bar_is_one_line_and_accessible(browser: Browser, app_url: str, width: int, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844})  # type: ignore[arg-type]
    page = context.new_page()
    for name, path in PATHS.items():
        page.goto(app_url + path)
        expect(page.locator("h1")).to_have_text(HEADS[name].question, timeout=60_000)
        at_rest(page)
        fits(page, width)
        still(page.locator(BAR))
        box = page.locator(BAR).bounding_box()
        assert box and (box["y"], box["height"], box["width"]) == (0, 56, width)
        tops = page.locator(f"{BAR} :is(a, button):visible").evaluate_all(
            "all => all.map(e => { const r = e.getBoundingClientRect(); return [r.top, r.bottom, r.right]; })"
        )
        assert len(tops) >= 3 and all(
            top >= 0 and bottom <= 56 and right <= width for top, bottom, right in tops
        )
        head = page.locator(".st-key-page_head").bounding_box()
        assert head and head["y"] >= 56 and (width < 1280 or head["height"] <= 76)
        assert not serious_findings(page, BAR) and not serious_findings(page, ".st-key-page_head")
    page.get_by_role("button", name="Share", exact=True).click()
    assert not serious_findings(page, "#shell-share")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Theme").click()
    assert not serious_findings(page, "#shell-theme")
    context.close()


def test_the_keyboard_reaches_everything_in_the_bar(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    at_rest(page)
    page.evaluate("document.activeElement.blur()")
    reached = []
    for _ in range(11):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText"))
    wanted = ["Explore", "Compare", "Dataset lab", "Learn", "Benchmark", MODEL, "?", "Theme", "Share"]
    names = [name.strip().splitlines()[0] for name in reached[2:]]  # the rest is icons, as letters of a font
    # Streamlit's own link and the page, which scrolls, come first.
    assert reached[0].strip() == "Skip to main content" and names == wanted
    expect(page.locator(f"{BAR} a[aria-current=page]:visible")).to_have_text("Explore")
    page.get_by_role("button", name="Theme").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#shell-theme")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shell-theme")).to_be_hidden()


def test_a_phone_has_a_menu_of_all_pages(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_app(page, app_url)
    expect(page.locator(".st-key-top_pages")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    links = page.get_by_test_id("stPopoverBody").get_by_role("link")
    expect(links).to_have_text(list(HEADS))
    links.filter(has_text="Glossary").click()
    expect(page).to_have_title("Glossary · LTP-Viz")


def test_the_theme_is_chosen_at_once_and_stays_on_every_page(page: Page, app_url: str) -> None:
    page.emulate_media(color_scheme="light")
    open_app(page, app_url, "/?scale=1.2")
    assert page.evaluate(GROUND) == LIGHT
    page.evaluate("window.notReloaded = true")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("radio", name="Dark").check()
    page.wait_for_function(f"() => ({GROUND})() === '{DARK}'")
    assert page.evaluate("window.notReloaded"), "the session and what was typed stay"
    expect(page.get_by_test_id("stMainMenuPopover")).to_be_hidden()
    page.goto(f"{app_url}/Glossary")
    expect(page.locator("h1")).to_be_visible(timeout=60_000)
    page.wait_for_function(f"() => ({GROUND})() === '{DARK}'")
    page.get_by_role("button", name="Theme").click()
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    page.get_by_role("radio", name="System").check()
    page.wait_for_function(f"() => ({GROUND})() === '{LIGHT}'")


def test_projector_enlarges_every_page_and_a_link_asks_for_it(page: Page, app_url: str) -> None:
    size = "() => parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"
    page.goto(f"{app_url}/Glossary")
    expect(page.locator("h1")).to_be_visible(timeout=60_000)
    at_rest(page)
    small = page.evaluate(size)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("checkbox", name="Projector").check()
    assert page.evaluate(size) >= 1.3 * small
    page.get_by_role("checkbox", name="Projector").uncheck()
    assert page.evaluate(size) == small
    page.goto(f"{app_url}/Learn?projector=true")
    page.wait_for_function(f"large => document.querySelector('h1') && ({size})() >= large", arg=1.3 * small)


def test_share_copies_the_link_and_shows_its_picture(page: Page, app_url: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_app(page, app_url)
    press(page, "ArrowRight", 4)
    expect(page).to_have_url(re.compile(r"scale=1\.2"))
    page.get_by_role("button", name="Share", exact=True).click()
    panel = page.locator("#shell-share")
    panel.get_by_role("button", name="Copy link").click()
    expect(panel.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    picture = panel.get_by_role("img")
    expect(picture).to_have_attribute("alt", re.compile("words are dropped by the last layer.*strength 1.2"))
    page.wait_for_function("() => document.querySelector('#shell-share img').naturalWidth === 1200")
    panel.get_by_role("button", name="Copy HTML").click()
    html = page.evaluate("navigator.clipboard.readText()")
    assert html.startswith("<iframe ") and "/_ltp/embed.html?" in html and "scale=1.2" in html
    page.keyboard.press("Escape")
    press(page, "ArrowRight")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(picture).to_have_attribute("alt", re.compile("strength 1.25"))


def test_the_drawer_opens_over_the_page_and_leaves_it_as_it_is(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.4")
    page.locator(".st-key-top_help button:visible").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.locator("[class*=st-key-term-]:visible")).to_have_count(12, timeout=60_000)
    drawer.get_by_role("searchbox").fill("spearman")
    expect(drawer.locator("[class*=st-key-term-]:visible h3")).to_have_text(["Rank correlation"])
    assert not serious_findings(page, "[role=dialog]")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    assert "scale=1.4" in page.url
    press(page, "ArrowRight")
    expect(page).to_have_url(re.compile("scale=1.45"))


def test_a_translator_leaves_tokens_and_controls(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    at_rest(page)  # the measured time is there
    tokens = page.locator(".ltp-root").inner_text()
    assert page.evaluate(TRANSLATE) == 0
    assert page.locator(".ltp-root").inner_text() == tokens
    press(page, "ArrowRight", 4)
    open_model_menu(page)
    page.evaluate(TRANSLATE)
    close_menu(page)
    page.locator(".st-key-top_pages").get_by_role("link", name="Compare").click()
    expect(page.locator("h1")).to_have_text(HEADS["Compare"].question)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_bar_stands_before_the_script_has_run_and_nothing_jumps(page: Page, app_url: str) -> None:
    page.add_init_script(
        """window.seen = [];
        const look = () => {
          const shown = [...document.querySelectorAll('#skeleton .question, .st-key-page_head h1')]
            .find((each) => each.getClientRects().length);
          if (shown) window.seen.push([shown.textContent, Math.round(shown.getBoundingClientRect().top)]);
          requestAnimationFrame(look);
        };
        look();"""
    )
    open_app(page, app_url)
    seen = page.evaluate("window.seen")
    assert {words for words, _ in seen} == {HEADS["Explore"].question}
    tops = [top for _, top in seen]
    assert max(tops) - min(tops) <= 2, f"the question moved: {sorted(set(tops))}"
    assert page.locator("#skeleton").is_hidden()


@pytest.fixture
def course() -> Iterator[tuple[str, list[str]]]:
    """A page of another origin that shows what a test puts into the list."""
    body: list[str] = []

    class Course(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body[0].encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Course) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", body
        server.shutdown()


def test_an_embedded_figure_works_where_its_origin_is_allowed(
    browser: Browser, course: tuple[str, list[str]]
) -> None:
    where, body = course
    context = browser.new_context()
    with served("viz", LTP_VIZ_FRAME_ANCESTORS="http://127.0.0.1:*") as url:
        body.append(f'<iframe src="{url}/_ltp/embed.html?scale=1.2" width="1200" height="900"></iframe>')
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(where)
        frame = page.frame_locator("iframe")
        expect(frame.locator(".ltp-root")).to_contain_text("annoyed", timeout=60_000)
        slider = frame.get_by_role("slider", name="Pruning strength")
        expect(slider).to_have_value("1.2")
        slider.press("ArrowRight")
        expect(slider).to_have_value("1.25")
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if "frame-ancestors" in said.text else None)
        page.goto(where.replace("127.0.0.1", "localhost"))
        expect(frame.locator(".ltp-root")).to_have_count(0)
        assert refused and not errors
    context.close()
