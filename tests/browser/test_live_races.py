"""Races on Explore: late answers, and texts and models that change during a move."""

import random
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

import ltp_viz
from ltp_viz.analysis.explore.equal_budget import even_layer_scales
from tests.browser.explore import (
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
    thumb_at,
)
from tests.browser.waiting import at_rest, frame

FILM = "Another text, about a quiet little film."
PARROT = "The parrot was superb but everything else bored me to tears."
ANSWER, SWEEP = b'"exact"', b'"score_range"'  # in the server's messages


class Gate:
    """Between page and server. Closed, it holds back all messages from the first that contains some bytes."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._closed_for: bytes | None = None
        self._held: list[Callable[[], None]] = []
        page.route_web_socket(re.compile("/_stcore/stream"), self._route)

    def _route(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda message: self._pass(socket, message))

    def _pass(self, socket: WebSocketRoute, message: str | bytes) -> None:
        content = message if isinstance(message, bytes) else message.encode()
        if self._held or (self._closed_for is not None and self._closed_for in content):
            self._held.append(lambda: socket.send(message))
        else:
            socket.send(message)

    def close(self, content: bytes) -> None:
        self._closed_for = content

    def wait(self) -> None:
        """Wait until there is something to hold back."""
        for _ in range(600):
            if self._held:
                return
            self._page.wait_for_timeout(50)
        raise AssertionError("the server has not answered")

    def open(self) -> None:
        self._closed_for, held, self._held = None, self._held, []
        for send in held:
            send()


@pytest.fixture
def gate(page: Page) -> Gate:
    return Gate(page)


def button(page: Page, name: str) -> tuple[float, float]:
    """Position of a button on the screen."""
    box = page.get_by_role("button", name=name, exact=True).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def parameters(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize("answer_comes", ["while the button is down", "after the click"])
def test_the_press_that_sends_a_text_takes_effect(
    page: Page, gate: Gate, app_url: str, answer_comes: str
) -> None:
    """A button pressed right after typing: the text is sent on pointer down, and run before pointer up."""
    open_app(page, app_url)
    before = stage(page)
    page.locator("textarea").fill(FILM)
    gate.close(ANSWER)
    page.mouse.move(*button(page, "Strong"))
    page.mouse.down()
    gate.wait()
    if answer_comes == "while the button is down":
        gate.open()
        at_rest(page)  # all messages about the other text arrive while the button is down
    page.mouse.up()
    gate.open()
    settled(page, before)
    expect(page.locator(".ltp-scale-value")).to_have_text("2.0")
    settled(page, before)
    assert parameters(page) == {"text": f".{FILM}", "scale": "2"}


def test_a_drag_continues_while_another_text_arrives(page: Page, gate: Gate, app_url: str) -> None:
    open_app(page, app_url)
    before = stage(page)
    page.locator("textarea").fill(FILM)
    gate.close(ANSWER)
    grab(page)
    gate.wait()
    gate.open()
    for step in range(1, 16):
        page.mouse.move(*thumb_at(page, 1 + step / 10))
        frame(page)
        assert scale_of(page) == pytest.approx(1 + step / 10, abs=0.06)
    assert stage(page) == before
    page.mouse.up()
    settled(page, before)
    expect(page.locator(".ltp-scale-value")).to_have_text("2.5")


def test_equal_budget_survives_a_move_that_overtakes_it(
    page: Page, gate: Gate, app_url: str, classifier: ltp_viz.TextClassifier
) -> None:
    open_app(page, app_url)
    run_text(page, PARROT)
    gate.close(ANSWER)
    open_layers(page)
    page.get_by_role("button", name="Same share in every layer").click()
    page.get_by_role("button", name="Strong").click()
    gate.wait()
    gate.open()
    settled(page)
    budget = even_layer_scales(classifier.start(PARROT), 2.0)
    assert [float(scale) for scale in parameters(page)["layers"].split("_")] == list(budget.layer_scales)
    assert scale_of(page) == 2
    expect(page.get_by_role("button", name="Same share in every layer")).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.parametrize("other", ["Trained", "Undo"])
def test_equal_budget_can_be_undone_before_it_arrives(
    page: Page, gate: Gate, app_url: str, other: str
) -> None:
    open_app(page, app_url)
    open_layers(page)
    gate.close(ANSWER)
    page.get_by_role("button", name="Same share in every layer").click()
    page.get_by_role("button", name=other, exact=True).click()
    gate.wait()
    gate.open()
    settled(page)
    assert parameters(page) == {}
    expect(page.get_by_role("button", name="Same share in every layer")).to_have_attribute(
        "aria-pressed", "false"
    )


def test_a_held_thumb_shows_its_scale_once_the_sweep_is_there(
    page: Page, gate: Gate, app_url: str, classifier: ltp_viz.TextClassifier
) -> None:
    open_app(page, app_url)
    run_text(page, PARROT)
    page.locator("#ltp-cell-0-4").click()
    gate.close(SWEEP)
    page.get_by_role("button", name="Force drop").click()
    gate.wait()
    expect(page.locator(".ltp-grid .ltp-forced-drop").first).to_be_visible()
    grab(page)
    page.mouse.move(*thumb_at(page, 2))
    gate.open()
    trace = classifier.trace(PARROT, global_scale=2.0, forced=ltp_viz.ForcedTokens(drop=(4,)))
    figure = f"{100 * (1 - trace.macs / trace.dense_macs):.1f} %"
    expect(page.locator(".ltp-saved")).to_have_attribute("data-saved", figure.removesuffix(" %"))
    page.mouse.up()
    settled(page)
    assert saved(page) == figure


def test_other_names_for_labels_leave_settings_and_selection(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?keep=4&scale=1.2&token=4&step=2")
    before, link = stage(page), parameters(page)
    open_model_menu(page)
    page.get_by_text("Label names").click()
    name = page.get_by_role("textbox", name="negative")
    name.fill("bad")
    name.press("Enter")
    settled(page, before)
    close_menu(page)
    assert parameters(page) == link
    expect(page.locator(".ltp-answer-name")).to_contain_text("bad")
    expect(page.locator(".ltp-verdict")).to_contain_text("bad")
    press(page, "ArrowRight")
    page.get_by_role("button", name="Stop forcing").click()
    settled(page)
    page.get_by_role("button", name="Undo").click()
    settled(page)
    assert parameters(page) == {**link, "scale": "1.25"}


def test_undo_skips_what_another_text_does_not_have(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    page.locator("#ltp-cell-0-4").click()
    page.get_by_role("button", name="Off").click()
    page.get_by_role("button", name="Force drop").click()
    settled(page)
    run_text(page, FILM)
    assert scale_of(page) == 0
    page.get_by_role("button", name="Undo").click()
    settled(page)
    assert scale_of(page) == 1
    page.get_by_role("button", name="Redo").click()
    settled(page)
    assert scale_of(page) == 0


def test_scales_of_another_model_cannot_be_undone(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?model=paraphrase")
    page.get_by_role("button", name="Off").click()
    page.get_by_role("button", name="Strong").click()
    settled(page)
    choose_model(page, "similarity")  # of as many layers
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    assert scale_of(page) == 1


def test_a_selection_does_not_pass_to_another_text(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?token=4&step=2")
    page.locator("textarea").fill("")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ltp-root")).to_have_count(0)
    page.locator("textarea").fill(FILM)
    page.keyboard.press("Control+Enter")
    settled(page)
    assert parameters(page) == {"text": f".{FILM}"}


def test_a_link_without_its_text_names_no_tokens(page: Page, app_url: str) -> None:
    open_app(page, app_url, "/?scale=1.2&keep=4&token=4")
    assert parameters(page)["keep"] == "4"
    letters = random.Random(0).choices("abcdefghijklmnopqrstuvwxyz     ", k=30_000)
    run_text(page, "".join(letters))
    expect(page.locator(".ltp-link-note")).to_contain_text("too long for a link")
    page.locator(".ltp-text .ltp-word").nth(2).click()
    page.get_by_role("button", name="Force keep").click()
    settled(page)
    assert parameters(page) == {"scale": "1.2"}
