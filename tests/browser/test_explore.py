"""Explore's main path in a real browser: drag, release, read, step, select, force, undo, reload."""

import re

import pytest
from playwright.sync_api import Page, expect

import ltp_viz
from tests.browser.explore import (
    SLIDER,
    choose_model,
    close_menu,
    grab,
    open_app,
    open_layers,
    open_model_menu,
    press,
    run_text,
    saved,
    scale_of,
    settled,
    stage,
    states,
    thumb_at,
    token_menu,
)
from tests.browser.lab import resting
from tests.browser.waiting import at_rest, frame

PARROT = "The parrot was superb but everything else bored me to tears."
LIBRARY = "The library opens at nine on weekdays and stays closed on public holidays."
WATCH = """() => {
  window.removed = 0; window.heights = new Set();
  const root = document.querySelector('.ltp-root');
  new MutationObserver(list => list.forEach(m => m.removedNodes.forEach(n => {
    if (n.nodeType === 1) window.removed += 1;
  }))).observe(root, {childList: true, subtree: true});
  const watch = () => { window.heights.add(root.offsetHeight); requestAnimationFrame(watch); };
  watch();
}"""


def test_a_drag_follows_the_thumb_without_the_server(
    page: Page, app_url: str, classifier: ltp_viz.TextClassifier
) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_app(page, app_url)
    run_text(page, PARROT)
    expect(page.locator(".ltp-speed.ltp-stale")).to_have_count(0)
    at_rest(page)
    page.evaluate(WATCH)
    before, sent_before = saved(page), len(sent)
    grab(page)
    seen = []
    for step in range(1, 13):
        page.mouse.move(*thumb_at(page, 1 + step / 10))
        frame(page)
        seen.append((scale_of(page), saved(page), states(page)))
    assert len(sent) == sent_before, "nothing is sent while the thumb is held"
    assert seen[-1][1] != before and len({figures for _, figures, _ in seen}) > 4
    for scale, figure, cells in seen[::4]:  # what the sweep shows is what a run at this scale gives
        trace = classifier.trace(PARROT, global_scale=scale)
        assert figure == f"{100 * (1 - trace.macs / trace.dense_macs):.1f} %"
        assert [cell == "kept" for cell in cells] == trace.keep.ravel().tolist()
    held = saved(page), states(page)
    page.mouse.up()
    settled(page)
    assert (saved(page), states(page)) == held, "the exact run confirms what the drag has shown"
    expect(page).to_have_url(re.compile(r"scale=2\.2\b"))
    assert page.evaluate("window.removed") == 0, "no node comes or goes: no blank frame"
    assert len(page.evaluate("[...window.heights]")) == 1, "nothing moves on the page"


def test_marks_lead_to_the_change_of_the_answer(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    run_text(page, LIBRARY)
    flip = page.get_by_role("button", name="Answer changes to negative at strength 1.15")
    expect(page.locator(".ltp-verdict")).to_contain_text("Same answer")
    flip.click()
    settled(page)
    assert scale_of(page) == 1.15
    expect(page.locator(".ltp-verdict")).to_contain_text("Pruning flips the answer")
    press(page, "Shift+ArrowLeft")
    assert scale_of(page) < 1.15
    press(page, "Shift+ArrowRight")
    assert scale_of(page) == 1.15
    press(page, "Shift+ArrowLeft")
    expect(page.locator(".ltp-verdict")).to_contain_text("Same answer")


def test_presets_layers_undo_and_redo(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    run_text(page, PARROT)
    learned = saved(page), states(page)
    page.get_by_role("button", name="Off", exact=True).click()
    settled(page)
    assert saved(page) == "0.0 %" and set(states(page)) == {"kept"}
    page.get_by_role("button", name="Strong").click()
    settled(page)
    assert scale_of(page) == 2
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    settled(page)
    assert scale_of(page) == 1 and (saved(page), states(page)) == learned
    page.get_by_role("button", name="Redo").click()
    settled(page)
    assert scale_of(page) == 0
    page.get_by_role("button", name="Trained").click()
    settled(page)
    open_layers(page)
    layer = page.get_by_role("slider", name="Layer 3", exact=True)
    layer.focus()
    page.keyboard.press("Home")
    settled(page)
    assert states(page)[2 * 14 : 3 * 14].count("dropped") == 0
    expect(page).to_have_url(re.compile("layers=1_1_0_1_1_1"))
    page.get_by_role("button", name="Same share in every layer").click()
    settled(page)
    expect(page.get_by_role("button", name="Same share in every layer")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="Undo").click()
    settled(page)
    expect(layer).to_have_value("0")
    page.get_by_role("button", name="Trained").click()
    settled(page)
    assert (saved(page), states(page)) == learned and "layers" not in page.url


def test_three_readings_share_selection_and_step(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    run_text(page, PARROT)
    cell = page.locator("#ltp-cell-1-2")
    expect(cell).to_have_text("parrot")
    cell.click()
    expect(page.locator(".ltp-inspector-name")).to_have_text("parrot")
    page.get_by_role("tab", name="Text").click()
    expect(page.locator(".ltp-text")).to_have_text(PARROT)
    expect(page.locator(".ltp-text .ltp-chosen")).to_have_text("parrot")
    page.get_by_role("button", name="Step forward").click()
    expect(page.locator(".ltp-sentence")).to_have_text("Before layer 1: 14 tokens.")
    sentences = []
    for _ in range(6):
        page.get_by_role("button", name="Step forward").click()
        sentences.append(page.locator(".ltp-sentence").text_content() or "")
    assert any(re.match(r"Layer \d drops \d+ of \d+: ", sentence) for sentence in sentences)
    assert len(set(sentences)) > 2
    page.get_by_role("tab", name="Flow").click()
    expect(page.locator(".ltp-flow-view")).to_be_visible()
    expect(page.locator(".ltp-text")).to_be_hidden()
    for part in ("view=flow", "step=6", "token=2"):
        expect(page).to_have_url(re.compile(rf"\b{part}\b"))
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".ltp-sentence")).to_have_text("Before layer 1: 14 tokens.")
    expect(page.locator(".ltp-sentence")).to_have_text(re.compile("^Layer 2 "))
    page.get_by_role("button", name="Pause").click()


def test_forcing_a_token_changes_the_run_and_is_marked_everywhere(
    page: Page, app_url: str, classifier: ltp_viz.TextClassifier
) -> None:
    open_app(page, app_url)
    run_text(page, PARROT)
    page.locator("#ltp-cell-0-4").click()  # superb
    page.get_by_role("button", name="Force drop").click()
    settled(page)
    trace = classifier.start(PARROT).trace(1.0, None, ltp_viz.ForcedTokens(drop=(4,)))
    assert [state == "kept" for state in states(page)] == trace.keep.ravel().tolist()
    expect(page.locator(".ltp-verdict")).to_contain_text(trace.label)
    expect(page.locator(".ltp-inspector-effect")).to_contain_text("Dropping it")
    expect(page.locator(".ltp-forced")).to_contain_text("superb (dropped)")
    expect(page.locator(".ltp-grid .ltp-forced-drop")).to_have_count(6)
    page.get_by_role("tab", name="Text").click()
    expect(page.locator(".ltp-text .ltp-forced-drop")).to_have_text("superb")
    page.get_by_role("button", name="Stop forcing superb (dropped)").click()
    settled(page)
    expect(page.locator(".ltp-text .ltp-forced-drop")).to_have_count(0)
    page.get_by_role("tab", name="Rows").click()
    expect(page.locator(".ltp-grid .ltp-forced-drop")).to_have_count(0)
    assert "drop=" not in page.url


def test_a_reload_loses_nothing(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    run_text(page, PARROT)
    press(page, "ArrowLeft", 4)
    page.locator("#ltp-cell-0-4").click()
    page.get_by_role("button", name="Force keep").click()
    settled(page)
    page.get_by_role("tab", name="Text").click()
    token_menu(page, "Special tokens")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Step back").click()
    page.get_by_role("button", name="Step back").click()
    seen = saved(page), page.locator(".ltp-sentence").text_content(), page.url
    page.reload()
    settled(page)
    expect(page.locator("textarea")).to_have_value(PARROT)
    assert (saved(page), page.locator(".ltp-sentence").text_content(), page.url) == seen
    assert scale_of(page) == 0.8
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".ltp-text .ltp-chosen")).to_have_text("superb")
    expect(page.locator(".ltp-text .ltp-forced-keep")).to_have_text("superb")
    expect(page.locator(".ltp-text .ltp-special").first).to_be_hidden()


def test_a_long_text_fits_into_its_link_and_is_shown_as_text(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    text = "The acting is superb, yet the story falls apart so badly that I left angry. " * 30
    run_text(page, text)
    assert int(page.locator(".ltp-root").get_attribute("data-tokens") or 0) > 400
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    assert "view=" not in page.url, "nobody has chosen the reading"
    expect(page.locator(".ltp-grid .ltp-cell"), "what is not in sight is not built").to_have_count(0)
    page.get_by_role("tab", name="Rows").click()
    grab(page)
    before = states(page)
    for step in range(10):
        page.mouse.move(*thumb_at(page, 1 + step / 6))
        frame(page)
    assert states(page) != before
    page.mouse.up()
    settled(page)
    assert "text=%7E" in page.url and "view=rows" in page.url and len(page.url) < 1000
    scale = scale_of(page)
    page.reload()
    settled(page)
    expect(page.locator("textarea")).to_have_value(text)
    expect(page.get_by_role("tab", name="Rows")).to_have_attribute("aria-selected", "true")
    assert scale_of(page) == scale


def test_example_in_the_link_and_scale(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=0.0&example=Sarcastic")
    assert saved(page) == "0.0 %"
    expect(page.locator("textarea")).to_have_value(re.compile("^Oh wonderful, another lonely detective"))
    assert "text=" not in page.url


def test_settings_are_kept_while_there_is_no_text(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.2")
    before = saved(page)
    text = page.locator("textarea").input_value()
    page.locator("textarea").fill("")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("There is no text yet")).to_be_visible()
    expect(page.locator(".ltp-root")).to_have_count(0)
    resting(page)
    page.locator("textarea").fill(text)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ltp-cell")
    settled(page)
    assert scale_of(page) == 1.2 and saved(page) == before


def test_markup_stays_text(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script> fine'
    run_text(page, evil)
    page.get_by_role("tab", name="Text").click()
    expect(page.locator(".ltp-text")).to_have_text(evil)
    assert page.evaluate("window.hit") is None
    assert page.locator(".ltp-root img, .ltp-root script").count() == 0


def test_measured_speed_follows_the_settings(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    speed = page.locator(".ltp-speed")
    expect(speed).to_have_attribute("data-state", re.compile("^(faster|tie|slower)$"))
    speed.get_by_role("button").first.click()
    detail = page.locator(".ltp-speed-detail")
    expect(detail).to_contain_text("10 paired runs")
    expect(detail).to_contain_text("the same weights unpruned")
    expect(page.locator(".ltp-reference svg")).to_be_visible()
    page.get_by_role("button", name="Measure again").click()
    settled(page)
    press(page, "ArrowRight")
    expect(page.locator(".ltp-speed.ltp-stale")).to_have_count(0)
    page.get_by_role("button", name="Off", exact=True).click()
    expect(speed).to_have_attribute("data-state", "off")


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_every_figure_can_be_saved(page: Page, app_url: str, kind: str) -> None:
    open_app(page, app_url)
    names = []
    for reading in ("Rows", "Text", "Flow"):
        page.get_by_role("tab", name=reading).click()
        with page.expect_download() as waiting:
            token_menu(page, f"Save as {kind}")
        names.append(waiting.value.suggested_filename)
        content = waiting.value.path().read_bytes()
        assert content.startswith(b"\x89PNG" if kind == "PNG" else b"<svg") and len(content) > 2000
        if kind == "SVG":
            assert b"annoyed" in content and b"<script" not in content
    menus = page.locator(".ltp-charts").get_by_role("button", name=re.compile("help and pictures"))
    expect(menus).to_have_count(3)
    for menu in menus.all():
        menu.click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Save as {kind}").click()
        names.append(waiting.value.suggested_filename)
    assert len(set(names)) == 6


def test_pair_model_shows_two_texts_apart(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.2")
    choose_model(page, "paraphrase")
    expect(page.locator("textarea")).to_have_count(2)
    assert scale_of(page) == 1, "scales belong to the model that they were set on"
    run_text(page, "No bread is left at noon.", box=1)
    names = page.locator(".ltp-segment")
    expect(names).to_have_text(["First text", "Second text"])
    expect(page).to_have_url(re.compile(r"model=paraphrase"))
    assert "scale" not in page.url
    page.get_by_role("tab", name="Text").click()
    expect(page.locator(".ltp-text").nth(1)).to_have_text("No bread is left at noon.")
    expect(page.locator(".ltp-pair h4")).to_have_text(["First text", "Second text"])
    page.reload()
    settled(page)
    expect(page.locator("textarea").nth(1)).to_have_value("No bread is left at noon.")
    page.locator("textarea").nth(1).fill("")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("This model compares two texts")).to_be_visible()
    expect(page.locator(".ltp-root")).to_have_count(0)
    open_model_menu(page)
    page.get_by_test_id("stPopoverBody").get_by_role("combobox").first.click()
    page.get_by_role("option", name="sst2", exact=True).click()
    close_menu(page)
    expect(page.locator("textarea")).to_have_count(1)
    settled(page)
    expect(page.locator(".ltp-segment")).to_have_count(0)


def test_scale_does_not_return_from_the_link_after_a_switch(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?model=deep&scale=1.4&layers=1_1_1_1_1_1_1_0.5")
    assert scale_of(page) == 1.4
    open_layers(page)
    expect(page.get_by_role("slider", name="Layer 8")).to_have_value("0.5")
    for model, layers in (("broken", 0), ("sst2", 6), ("deep", 8)):
        choose_model(page, model)
        expect(page.locator(".ltp-band")).to_have_count(layers)
    assert scale_of(page) == 1 and stage(page)
    expect(page.locator(SLIDER)).to_be_visible()
    expect(page.locator(".ltp-layers-note")).to_have_text("")
    assert not re.search("scale|layers", page.url)
