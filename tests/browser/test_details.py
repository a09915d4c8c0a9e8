"""Explore besides its main path: unusual words, truncated texts, late answers."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.explore import (
    grab,
    open_app,
    press,
    run_text,
    saved,
    scale_of,
    settled,
    states,
    thumb_at,
)
from tests.browser.waiting import at_rest, frame, still


def test_example_picked_while_a_typed_text_waits_is_the_picked_one(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?view=text")
    page.locator("textarea").fill("Typed, and not run.")
    page.get_by_role("button", name="Sarcasm").or_(page.get_by_role("radio", name="Sarcasm")).click()
    expect(page.locator("textarea")).to_have_value(re.compile("^Oh wonderful"))
    expect(page.locator(".ltp-text")).to_have_text(re.compile("^Oh wonderful"))
    expect(page).to_have_url(re.compile("example=Sarcasm"))
    expect(page.locator('[aria-checked="true"]')).to_have_text("Sarcasm")


def test_unknown_word_is_marked_and_a_long_one_is_cut(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    expect(page.locator(".ltp-unknown")).to_have_count(0)
    run_text(page, f"A {'x' * 400} film")
    cell = page.locator("#ltp-cell-0-2")
    expect(cell).to_have_class(re.compile("ltp-unknown"))
    cell.hover()
    cell.hover(position={"x": 20, "y": 20})  # the first one may have scrolled the page
    tip = page.locator(".ltp-tip")
    expect(tip).to_contain_text("read as [UNK]: not in the model's vocabulary")
    boxes = [node.bounding_box() for node in (cell, tip)]
    assert all(box and box["width"] < 300 and box["height"] < 200 for box in boxes)
    page.get_by_role("tab", name="Text").click()
    expect(page.locator(".ltp-text .ltp-unknown")).to_have_text("x" * 400)


def test_unread_text_is_marked(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?view=text")
    run_text(page, "good film. " * 300)
    unread = page.locator(".ltp-unread")
    expect(unread).to_have_count(1)
    assert "not read from here" in unread.evaluate("node => getComputedStyle(node, '::before').content")


def test_the_inspector_says_what_a_score_is(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?token=2")
    page.get_by_role("button", name="What a score is").click()
    expect(page.get_by_text("summed over the tokens not yet dropped, and divided by 128.")).to_be_visible()


def test_two_texts_are_side_by_side_where_there_is_room(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?model=paraphrase")
    boxes = page.locator("textarea")
    for width, side_by_side in ((1440, True), (900, False), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            """([width, sideBySide]) => {
              const [first, second] = [...document.querySelectorAll('textarea')]
                .map(box => box.getBoundingClientRect().y);
              return innerWidth === width && (Math.abs(first - second) < 1) === sideBySide;
            }""",
            arg=[width, side_by_side],
        )
        for index in (0, 1):
            still(boxes.nth(index))
        first, second = (boxes.nth(index).bounding_box() or {} for index in (0, 1))
        assert (abs(first["y"] - second["y"]) < 1) == side_by_side


def test_many_quick_moves_end_at_the_last_one(page: Page, app_url: str) -> None:
    """Answers to earlier moves arrive late; none of them may undo the last."""
    open_app(page, app_url)
    for name in ("Off", "Strong", "Trained", "Off", "Strong"):
        page.get_by_role("button", name=name, exact=True).click()
        frame(page)
    settled(page)
    at_rest(page)
    assert scale_of(page) == 2 and saved(page) != "0.0 %"
    found = saved(page), states(page)
    page.reload()
    settled(page)
    assert (saved(page), states(page)) == found


def test_an_answer_does_not_pull_a_held_thumb_back(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    press(page, "ArrowRight", 2)
    page.get_by_role("button", name="Off").click()
    grab(page)
    page.mouse.move(*thumb_at(page, 2.5))
    at_rest(page)  # the answer to "Off" is there
    frame(page)
    assert scale_of(page) == 2.5
    page.mouse.up()
    settled(page)
    assert scale_of(page) == 2.5
    page.keyboard.press("Control+z")
    settled(page)
    assert scale_of(page) == 0, "positions that the thumb passed are no undo steps"


def test_scales_moved_just_before_another_text_are_kept(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    page.locator("textarea").fill("Another text, about a quiet little film.")
    page.get_by_role("button", name="Strong").click()
    page.wait_for_function("() => document.querySelector('.ltp-root').dataset.tokens === '11'")
    settled(page)
    assert scale_of(page) == 2
    expect(page).to_have_url(re.compile(r"scale=2\b"))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("/?scale=abc", "the pruning strength"),
        ("/?layers=1_2", "the layer scales"),
        ("/?text=~not-base64!", "text"),
        ("/?keep=900", "the tokens to keep"),
    ],
)
def test_a_broken_link_opens_with_one_message(page: Page, app_url: str, query: str, message: str) -> None:
    open_app(page, app_url, query)
    warning = page.locator('[data-testid="stAlert"]')
    expect(warning).to_have_count(1)
    expect(warning).to_contain_text(message)
    assert scale_of(page) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_captions_outside_the_view_have_enough_contrast(browser: Browser, app_url: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    open_app(page, app_url)
    ratio = page.evaluate(
        """() => {
          const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
          const paint = (colour) => { context.clearRect(0, 0, 1, 1);
            context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data].map(v => v / 255); };
          const light = (colour) => colour.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = (node) => { const colour = paint(getComputedStyle(node).backgroundColor);
            return colour[3] > 0.99 ? colour.slice(0, 3) : ground(node.parentElement); };
          const ratio = (node) => {
            const ink = paint(getComputedStyle(node).color), under = ground(node);
            let alpha = ink[3];
            for (let up = node; up; up = up.parentElement) alpha *= getComputedStyle(up).opacity;
            const seen = under.map((v, i) => ink[i] * alpha + v * (1 - alpha));
            const both = [light(seen), light(under)].sort((a, b) => b - a);
            return (both[0] + 0.05) / (both[1] + 0.05); };
          return Math.min(...[...document.querySelectorAll('[data-testid=stCaptionContainer] p')].map(ratio));
        }"""
    )
    assert ratio >= 4.5
    context.close()
