"""Explore's main path in a real browser."""

import re

from playwright.sync_api import Page, expect

TEXT = "A warm, funny little film that never wastes a minute."


def open_app(page: Page, url: str, query: str = "") -> None:
    page.goto(url + query)
    page.wait_for_selector(".ltp-plot .main-svg")


def run_text(page: Page, text: str) -> None:
    page.locator("textarea").fill(text)
    page.keyboard.press("Control+Enter")


def test_type_move_reset(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    run_text(page, "The parrot was superb but everything else bored me to tears.")
    expect(page.locator(".ltp-text")).to_have_text(
        "The parrot was superb but everything else bored me to tears."
    )
    saved = page.locator(".ltp-value").first
    before = saved.text_content()
    slider = page.locator('[data-testid="stSlider"] input').first
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(saved).not_to_have_text(before or "")
    expect(page).to_have_url(re.compile(r"scale=1\.4"))
    page.get_by_role("button", name="Reset").click()
    expect(saved).to_have_text(before or "")
    slider.focus()
    page.keyboard.press("Home")
    expect(saved).to_have_text("0.0 %")
    expect(page.locator(".ltp-row .ltp-dropped")).to_have_count(0)


def test_link_restores_the_scale(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=0.0&example=Sarcastic")
    expect(page.locator(".ltp-value").first).to_have_text("0.0 %")
    expect(page.locator("textarea")).to_have_value(
        "Oh wonderful, another lonely detective with a whisky problem. How very original of them."
    )


def test_sliders_hold_their_value_while_there_was_no_text(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.2")
    run_text(page, "")
    expect(page.get_by_text("There is no text yet")).to_be_visible()
    run_text(page, TEXT)
    page.wait_for_selector(".ltp-cell")
    expect(page.locator(".ltp-value").first).not_to_have_text("0.0 %")
    expect(page.locator('[data-testid="stSlider"] input').first).to_have_value("1.2")


def test_no_blank_frame_and_no_jump_while_a_slider_moves(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    page.wait_for_timeout(1500)
    # Removed nodes or a change of height would be seen as a flash or a jump.
    page.evaluate(
        """() => {
          window.removed = 0; window.heights = new Set();
          const views = document.querySelectorAll('.ltp-root');
          new MutationObserver(list => list.forEach(m => m.removedNodes.forEach(n => {
            if (n.nodeType !== 1) return;
            if (n.matches('.ltp-root, .ltp-plot, .ltp-cell') || n.querySelector('.ltp-root'))
              window.removed += 1;
          }))).observe(document.body, {childList: true, subtree: true});
          const watch = () => { window.heights.add([...views].map(v => v.offsetHeight).join());
                                requestAnimationFrame(watch); };
          watch();
        }"""
    )
    page.locator('[data-testid="stSlider"] input').first.focus()
    notes = page.locator(".ltp-note").all_text_contents()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
    assert page.locator(".ltp-note").all_text_contents() != notes
    assert page.evaluate("window.removed") == 0
    assert len(page.evaluate("[...window.heights]")) == 1


def test_markup_stays_text(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script> fine'
    run_text(page, evil)
    expect(page.locator(".ltp-text")).to_have_text(evil)
    assert page.evaluate("window.hit") is None
    assert page.locator(".ltp-root img, .ltp-root script").count() == 0


def test_hover_tells_score_and_threshold(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    expect(page.locator(".ltp-speed .ltp-detail")).to_contain_text("paired runs on this machine")
    page.locator(".ltp-row").nth(1).locator(".ltp-dropped").first.hover()
    tip = page.locator(".ltp-tip")
    expect(tip).to_contain_text("score")
    expect(tip).to_contain_text("threshold")
    expect(tip).to_contain_text("dropped")


def test_long_text_scrolls_under_sticky_layer_names(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    page.get_by_text("Long review").click()
    page.wait_for_function("document.querySelectorAll('.ltp-cell').length > 1000")
    scroller = page.locator(".ltp-scroller")
    scroller.evaluate("node => { node.scrollLeft = 3000 }")
    left = page.locator(".ltp-layer").first.bounding_box()
    frame = scroller.bounding_box()
    assert left and frame and abs(left["x"] - frame["x"]) < 2


def test_phone_width_does_not_scroll_sideways(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_app(page, app_url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_measured_speed_is_not_lost_when_it_arrives_before_its_card(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    detail = page.locator(".ltp-card .ltp-detail").last
    expect(detail).to_contain_text("paired runs on this machine", timeout=15_000)
    # The card belongs to another component: hide it from the timing that the next move brings.
    page.evaluate(
        """() => { const card = document.querySelector('.ltp-speed');
          card.querySelector('.ltp-detail').textContent = 'old'; card.className = 'ltp-card late'; }"""
    )
    page.locator('[data-testid="stSlider"] input').first.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"scale=1\.05"))
    page.wait_for_timeout(2000)
    page.evaluate("document.querySelector('.late').className = 'ltp-card ltp-speed'")
    expect(detail).to_contain_text("paired runs on this machine")


def choose_model(page: Page, name: str) -> None:
    page.locator('[data-testid="stSelectbox"] input').click()
    page.get_by_role("option", name=name, exact=True).click()


def test_pair_model_shows_two_texts_apart(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.2")
    choose_model(page, "paraphrase")
    expect(page.locator("textarea")).to_have_count(2)
    second = page.locator("textarea").nth(1)
    second.fill("No bread is left at noon.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ltp-text").nth(1)).to_have_text("No bread is left at noon.")
    expect(page.locator(".ltp-pair h4")).to_have_text(["First text", "Second text"])
    names = page.locator(".ltp-segment")
    expect(names).to_have_text(["First text", "Second text"])
    expect(page).to_have_url(re.compile(r"model=paraphrase"))
    assert "scale" not in page.url
    # Each name spans exactly the columns of its own text, with a gap between the two.
    row = page.locator(".ltp-row").nth(1)
    first_end, second_start = (
        row.locator(".ltp-cell", has_text="[SEP]").first,
        row.locator(".ltp-gap + .ltp-cell"),
    )
    expect(second_start).to_have_text("No")
    boxes = [node.bounding_box() for node in (names.nth(0), first_end, names.nth(1), second_start)]
    name_one, sep, name_two, no = (box or {} for box in boxes)
    assert abs(name_one["x"] + name_one["width"] - sep["x"] - sep["width"]) < 1
    assert abs(name_two["x"] - no["x"]) < 1 and no["x"] - sep["x"] - sep["width"] > 15
    second.fill("")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("This model compares two texts")).to_be_visible()
    expect(page.locator(".ltp-root")).to_have_count(0)
    choose_model(page, "sst2")
    expect(page.locator("textarea")).to_have_count(1)
    expect(page.locator(".ltp-cell", has_text="[CLS]").first).to_be_visible()
    expect(page.locator(".ltp-segment")).to_have_count(0)


def test_scale_does_not_return_from_the_link_after_a_switch(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?model=deep&scale=1.4&layer8=0.5")
    scales = page.locator('[data-testid="stSlider"] input')
    expect(scales.first).to_have_value("1.4")
    for model in ("broken", "sst2", "deep"):
        choose_model(page, model)
        expect(page.locator('[data-testid="stSelectbox"] input')).to_have_value(model)
        expect(scales).to_have_count({"broken": 0, "sst2": 7, "deep": 9}[model])
    assert {scale.input_value() for scale in scales.all()} == {"1"}
    assert not re.search("scale|layer", page.url)
