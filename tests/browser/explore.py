"""A user's actions on Explore, for the browser tests."""

from typing import Any

from playwright.sync_api import Page

SLIDER = ".ltp-track > .ltp-range"
_ANSWERED = """stage => {
  const root = document.querySelector('.ltp-root');
  if (!root || root.dataset.stage === undefined || root.dataset.stage === stage) return false;
  return root.dataset.asked === root.dataset.answered && !document.querySelector('.ltp-waiting');
}"""


def open_app(page: Page, url: str, query: str = "") -> None:
    """Open a link and wait for the exact run and the sweep."""
    page.goto(url + query)
    settled(page)


def settled(page: Page, another_stage_than: str | None = None) -> None:
    """Wait until the server has answered the newest message and the sweep has arrived."""
    page.wait_for_function(_ANSWERED, arg=another_stage_than)


def stage(page: Page) -> str | None:
    """Signature of the text and model on the page."""
    root = page.locator(".ltp-root")
    return root.get_attribute("data-stage") if root.count() else None


def run_text(page: Page, text: str, box: int = 0) -> None:
    """Type a text that is not the one on the page, run it and wait for the answer."""
    before = stage(page)
    page.locator("textarea").nth(box).fill(text)
    page.keyboard.press("Control+Enter")
    settled(page, before)


def press(page: Page, key: str, times: int = 1) -> None:
    """Press a key on the slider and wait for the exact answer."""
    page.locator(SLIDER).focus()
    for _ in range(times):
        page.keyboard.press(key)
    settled(page)


def thumb_at(page: Page, scale: float) -> tuple[float, float]:
    """Position of the slider's thumb on the screen at a scale."""
    box: Any = page.locator(SLIDER).bounding_box()
    thumb = 20.0  # --ltp-thumb
    return box["x"] + thumb / 2 + (box["width"] - thumb) * scale / 3, box["y"] + box["height"] / 2


def grab(page: Page) -> None:
    """Press the pointer on the thumb, wherever it is."""
    page.locator(SLIDER).scroll_into_view_if_needed()
    page.mouse.move(*thumb_at(page, scale_of(page)))
    page.mouse.down()


def scale_of(page: Page) -> float:
    """The slider's value."""
    return float(page.locator(SLIDER).input_value())


def saved(page: Page) -> str:
    """FLOPs saved, to a tenth of a percent, as the verdict has it behind its rounded figure."""
    exact = float(page.locator(".ltp-saved").get_attribute("data-saved") or "nan")
    shown = page.locator(".ltp-saved").text_content() or ""
    assert shown == (f"{exact + 1e-9:.0f} % less compute" if round(exact + 1e-9) else "same compute")
    return f"{exact:.1f} %"


def states(page: Page) -> list[str]:
    """State of every token in every row."""
    return page.locator(".ltp-grid .ltp-cells .ltp-cell").evaluate_all(
        "nodes => nodes.map(n => n.className.match(/ltp-(kept|dropped|gone)/)[1])"
    )


def open_layers(page: Page) -> None:
    """Open the panel with one scale per layer, or close it."""
    page.locator(".ltp-equaliser > summary").click()


def token_menu(page: Page, item: str) -> None:
    """Open the menu of the token view and press one of its buttons."""
    page.get_by_role("button", name="Token view: help and pictures").click()
    page.get_by_role("button", name=item).click()


def choose_model(page: Page, name: str) -> None:
    """Choose a model in the top bar's menu and wait for its answer."""
    before = stage(page)
    open_model_menu(page)
    page.get_by_test_id("stPopoverBody").get_by_role("combobox").first.click()
    page.get_by_role("option", name=name, exact=True).click()
    close_menu(page)
    if name != "broken":
        settled(page, before)


def open_model_menu(page: Page) -> None:
    """Open the top bar's model menu."""
    page.locator(".st-key-top_model").get_by_test_id("stPopoverButton").click()
    page.get_by_test_id("stPopoverBody").wait_for()


def close_menu(page: Page) -> None:
    """Close the open menu of the top bar."""
    page.keyboard.press("Escape")
    page.get_by_test_id("stPopoverBody").wait_for(state="hidden")
