"""What a reader, a finger or a screen reader meets on Explore besides its main path."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_explore import open_app, run_text

LIBRARY = "The library opens at nine on weekdays and stays closed on public holidays."


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box
    return box["y"]


def test_example_picked_while_a_typed_text_waits_is_the_picked_one(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    page.locator("textarea").fill("Typed, and not run.")
    page.get_by_role("button", name="Sarcastic").or_(page.get_by_role("radio", name="Sarcastic")).click()
    expect(page.locator("textarea")).to_have_value(re.compile("^Oh wonderful"))
    expect(page.locator(".ltp-text")).to_have_text(re.compile("^Oh wonderful"))
    page.wait_for_timeout(1000)
    expect(page).to_have_url(re.compile("example=Sarcastic"))
    expect(page.locator('[aria-checked="true"]')).to_have_text("Sarcastic")


def test_unknown_word_is_marked_and_a_long_one_is_cut(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    expect(page.locator(".ltp-unknown")).to_have_count(0)
    run_text(page, f"A {'x' * 400} film")
    cell = page.locator(".ltp-row .ltp-unknown").first
    expect(cell).to_be_visible()
    expect(page.get_by_text("1 of 5 tokens is unknown to the model.")).to_be_visible()
    expect(page.locator(".ltp-text .ltp-unknown")).to_have_text("x" * 400)
    cell.hover()
    tip = page.locator(".ltp-tip")
    expect(tip).to_contain_text("read as [UNK]: not in the model's vocabulary")
    boxes = [node.bounding_box() for node in (cell, tip)]
    assert all(box and box["width"] < 300 and box["height"] < 200 for box in boxes)


def test_every_visible_cell_says_its_state(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.2")
    cells = page.locator(".ltp-row .ltp-cell")
    said = cells.evaluate_all(
        "nodes => nodes.map(n => [n.className, n.ariaHidden, n.ariaLabel, n.firstChild.ariaHidden])"
    )
    assert {hidden for name, hidden, *_ in said if "gone" in name} == {"true"}
    for name, hidden, label, text_hidden in said:
        if "gone" not in name:
            assert hidden == "false" and text_hidden == "true"
            state = "dropped" if "dropped" in name else "kept( always: the prediction reads it)?"
            assert re.search(rf", {state}, score [\d.e-]+, threshold [\d.e-]+$", label), label


@pytest.mark.parametrize("close", ["elsewhere", "scroll", "escape"])
def test_tooltip_stays_after_a_tap(browser: Browser, app_url: str, close: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    open_app(page, app_url)
    tip = page.locator(".ltp-tip")
    cell = page.locator(".ltp-row .ltp-cell").nth(2)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    cell.tap()
    page.wait_for_timeout(300)
    expect(tip).to_be_visible()
    if close == "elsewhere":
        page.get_by_text("Layer by layer").tap()
    elif close == "scroll":
        page.mouse.move(200, 400)
        page.mouse.wheel(0, 60)
    else:
        page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    context.close()


def test_unread_text_is_marked(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    run_text(page, "good film. " * 300)
    unread = page.locator(".ltp-unread")
    expect(unread).to_have_count(1)
    assert "not read from here" in unread.evaluate("node => getComputedStyle(node, '::before').content")


def test_another_answer_moves_nothing_on_a_phone(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_app(page, app_url, "/?scale=1.1")
    run_text(page, LIBRARY)
    expect(page.locator(".ltp-text")).to_have_text(LIBRARY)
    verdict = page.locator(".ltp-verdict")
    expect(verdict).to_have_text("Both say positive.")
    distance = top(page, ".ltp-cards") - top(page, ".ltp-verdict")
    page.locator('[data-testid="stSlider"] input').first.focus()
    page.keyboard.press("ArrowRight")
    expect(verdict).to_contain_text("Pruning changed the answer")
    assert top(page, ".ltp-cards") - top(page, ".ltp-verdict") == pytest.approx(distance, abs=0.5)


def test_two_texts_stand_side_by_side_where_there_is_room(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?model=paraphrase")
    boxes = page.locator("textarea")
    for width, side_by_side in ((1440, True), (900, False), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        first, second = (boxes.nth(index).bounding_box() or {} for index in (0, 1))
        assert (abs(first["y"] - second["y"]) < 1) == side_by_side
    # Each text's name stands equally far from the left end of its bracket.
    page.set_viewport_size({"width": 1440, "height": 900})
    indents = page.locator(".ltp-segment span").evaluate_all(
        "nodes => nodes.map(n => n.getBoundingClientRect().x - n.parentNode.getBoundingClientRect().x)"
    )
    assert indents[0] == pytest.approx(indents[1], abs=0.6)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_captions_have_enough_contrast(browser: Browser, app_url: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    open_app(page, app_url)
    ratios = page.evaluate(
        """() => {
          const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
          const paint = (colour) => { context.globalAlpha = 1; context.clearRect(0, 0, 1, 1);
            context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data].map(v => v / 255); };
          const light = (colour) => colour.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = (node) => { const colour = paint(getComputedStyle(node).backgroundColor);
            return colour[3] > 0.99 ? colour.slice(0, 3) : ground(node.parentElement); };
          const ratio = (node, pseudo) => {
            const ink = paint(getComputedStyle(node, pseudo).color), under = ground(node);
            let alpha = ink[3] * (pseudo ? getComputedStyle(node, pseudo).opacity : 1);
            for (let up = node; up; up = up.parentElement) alpha *= getComputedStyle(up).opacity;
            const seen = under.map((v, i) => ink[i] * alpha + v * (1 - alpha));
            const both = [light(seen), light(under)].sort((a, b) => b - a);
            return (both[0] + 0.05) / (both[1] + 0.05); };
          const worst = (selector, pseudo) =>
            Math.min(...[...document.querySelectorAll(selector)].map(node => ratio(node, pseudo)));
          return { captions: worst('[data-testid=stCaptionContainer] p'), notes: worst('.ltp-note'),
                   details: worst('.ltp-text, .ltp-tokens .ltp-detail, .ltp-card h3'),
                   dots: worst('.ltp-gone', '::after') };
        }"""
    )
    assert ratios.pop("dots") >= 3
    assert min(ratios.values()) >= 4.5, ratios
    context.close()
