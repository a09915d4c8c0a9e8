"""The tour in a browser, for a lecturer and for a student."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ltp_viz.ui.learn.texts import STEPS
from tests.browser.axe import serious_findings
from tests.browser.waiting import at_rest


def open_tour(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/Learn{query}")
    page.locator("h2").last.wait_for(timeout=60_000)
    if "step=all" not in query:
        page.locator(".tour-keys").wait_for(state="attached", timeout=60_000)
    at_rest(page)


def at_step(page: Page, number: int) -> None:
    """Wait until a step is on the page."""
    expect(page.locator("h2").first).to_have_text(f"{number}. {STEPS[number - 1].title}", timeout=60_000)
    at_rest(page)


def test_all_steps_by_keyboard(page: Page, app_url: str) -> None:
    """Arrow keys change the step, and leave sliders and choices unchanged."""
    open_tour(page, app_url)
    for number in range(2, len(STEPS) + 1):
        page.keyboard.press("ArrowRight")
        at_step(page, number)
        expect(page).to_have_url(re.compile(f"step={number}"))
        expect(page.get_by_role("button", name=f"Step {number} of {len(STEPS)}")).to_be_visible()
    page.keyboard.press("ArrowRight")
    at_step(page, len(STEPS))
    page.keyboard.press("PageUp")
    at_step(page, len(STEPS) - 1)
    page.go_back()
    at_step(page, len(STEPS))
    open_tour(page, app_url, "?step=3")
    slider = page.get_by_role("slider", name="Threshold θ of layer 2")
    slider.focus()
    before = page.locator(".tour-sentence .is-gone").count()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".tour-sentence .is-gone").nth(before)).to_be_visible()
    at_step(page, 3)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    at_step(page, 2)
    columns = page.get_by_role("radiogroup", name="Column").get_by_role("radio")
    columns.nth(3).click()
    page.keyboard.press("ArrowRight")
    expect(columns.nth(4)).to_be_focused()
    expect(columns.nth(4)).to_have_attribute("aria-checked", "true")
    at_step(page, 2)


def test_a_link_restores_step_and_controls(page: Page, app_url: str, browser: Browser) -> None:
    open_tour(page, app_url, "?step=4")
    slider = page.get_by_role("slider", name="Pruning strength")
    slider.fill("35")
    expect(page.locator("output")).to_have_text("×1.75")
    expect(page).to_have_url(re.compile("at=35"))
    page.get_by_role("button", name="Sentence", exact=True).click()
    box = page.get_by_role("textbox", name="The sentence of all steps")
    box.fill("It is not without charm, <b>and</b> far from the failure I had feared.")
    box.press("Control+Enter")
    expect(page).to_have_url(re.compile("text="))
    expect(page.locator(".tour-layer").first).to_contain_text("charm, <b>and</b> far")
    at_rest(page)
    page.keyboard.press("Escape")
    expect(page.locator("output")).to_have_text("×1.75")
    words = page.locator(".tour-layers").inner_text()
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    other = context.new_page()
    open_tour(other, app_url, "?" + page.url.split("?")[1])
    expect(other.locator("output")).to_have_text("×1.75")
    expect(other.locator(".tour-layers")).to_have_text(words, use_inner_text=True)
    context.close()


def test_touch_hover_and_game(page: Page, app_url: str) -> None:
    open_tour(page, app_url, "?step=2")
    page.locator(".tour-cell").nth(1).hover()
    expect(page.locator(".tour-say")).to_contain_text("“A” receives")
    page.get_by_role("button", name=re.compile("^H: number of heads")).hover()
    expect(page.locator(".tour-said")).to_have_text("H: number of heads in a layer.")
    open_tour(page, app_url, "?step=10")
    for played in range(1, 3):
        page.get_by_role("radiogroup", name="Which token is dropped next?").get_by_role("radio").first.click()
        expect(page.get_by_text(re.compile(rf"of {played} right"))).to_be_visible()
        at_rest(page)
    expect(page.locator(".tour-sentence .is-gone").first).to_be_visible()
    open_tour(page, app_url, "?step=8")
    page.get_by_role("link", name="Open it in Explore").and_(page.locator(":visible")).click()
    expect(page.get_by_text("Pruning flips the answer").first).to_be_visible(timeout=60_000)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_everyone_can_use_it(browser: Browser, app_url: str, width: int, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    open_tour(page, app_url, "?step=all")
    page.locator(".st-key-learn_step_10").wait_for(timeout=60_000)
    at_rest(page)
    # The page's own style arrives shortly after its text.
    styled = "() => getComputedStyle(document.querySelector('.katex-display')).overflowX === 'visible'"
    page.wait_for_function(styled)
    assert not serious_findings(page, "[data-testid=stMainBlockContainer]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    main = page.evaluate(
        "(({scrollWidth, clientWidth}) => scrollWidth <= clientWidth)"
        "(document.querySelector('[data-testid=stMain]'))"
    )
    assert main
    context.close()


def test_the_tour_moves_on_with_a_model_chosen_in_the_link(page: Page, app_url: str) -> None:
    """The model is a parameter that only its own widget may set."""
    open_tour(page, app_url, "?model=sentiment-long&step=2&layer=3")
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(r"step=3"))
    expect(page).to_have_url(re.compile(r"model=sentiment-long"))
    expect(page).not_to_have_url(re.compile(r"layer="))
    at_rest(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_paper(page: Page, app_url: str, tmp_path: Path) -> None:
    """The printed page has neither top bar nor controls, but every symbol, in full."""
    open_tour(page, app_url, "?step=all")
    page.locator(".st-key-learn_step_10").wait_for(timeout=60_000)
    at_rest(page)
    expect(page.locator(".tour-list").first).to_be_hidden()
    page.emulate_media(media="print")
    for hidden in (
        ".st-key-top_bar",
        ".st-key-learn_bar",
        ".tour-control",
        ".tour-chips",
        ".tour-symbols",
    ):
        expect(page.locator(hidden).first).to_be_hidden()
    for shown in (".tour-list", ".katex-display", ".tour-matrix", ".tour-plot", ".tour-now"):
        expect(page.locator(shown).first).to_be_visible()
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("element => element.scrollHeight <= element.clientHeight + 1"), (
        "nothing scrolls on paper"
    )
    page.pdf(path=tmp_path / "tour.pdf", format="A4", print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "tour.pdf").read_bytes()))
    assert 5 <= pages <= 12


def test_projector_has_large_type(page: Page, app_url: str) -> None:
    open_tour(page, app_url, "?step=1")
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    small = page.locator(".tour-label").first.evaluate(size)
    open_tour(page, app_url, "?step=1&projector=true")
    assert page.locator(".tour-label").first.evaluate(size) >= 1.3 * small
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile("projector=true.*step=2|step=2.*projector=true"))
