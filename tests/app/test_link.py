"""Texts go through a link unchanged, and a broken link does no harm."""

import base64
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz.ui.shell.link import pack_text, read_link, unpack_text
from tests.app.seen import depths, enter, move, opened, shown, words

TEXT = "A slow, clever little film that never wastes a minute."


def packed(content: bytes) -> str:
    return "~" + base64.urlsafe_b64encode(content).decode().rstrip("=")


BOMB = packed(zlib.compress(bytes(50_000_000), level=9))
BROKEN = [
    "",
    "~",
    "text without its mark",
    "~not base64!",
    "~AAAA",
    "~A",
    packed(zlib.compress(b"\xff\xfe no text")),
    packed(zlib.compress(b"cut short" * 99))[:20],
    packed(zlib.compress(bytes(2_000_001))),
    BOMB,
    "." + "a" * 2_000_001,
]


@given(st.text(max_size=400))
def test_any_text_round_trips(text: str) -> None:
    link = pack_text(text)
    assert link is not None and unpack_text(link) == text


def test_short_texts_can_be_read_in_the_link_and_long_ones_are_packed() -> None:
    assert pack_text("ü" * 200) == "." + "ü" * 200
    long = pack_text("good film. " * 1820)
    assert long is not None and long.startswith("~") and len(long) < 200
    assert unpack_text(long) == "good film. " * 1820


def test_text_too_long_for_a_link_is_not_packed() -> None:
    text = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(20_000))
    assert pack_text(text) is None


@pytest.mark.parametrize("link", BROKEN)
def test_broken_texts_are_none(link: str) -> None:
    started = time.perf_counter()
    assert unpack_text(link) is None
    assert time.perf_counter() - started < 1


def test_forced_tokens_are_removed_with_an_unreadable_text() -> None:
    link = read_link({"text": "~broken", "scale": "1.5", "keep": "3", "other": "x"})
    assert link.unreadable and link.texts == () and link.settings == {"scale": "1.5"}


def test_link_restores_text_scales_and_forced_tokens() -> None:
    link = {"text": f".{TEXT}", "scale": "1.5", "layers": "1_0.5_1_1_1_1", "keep": "2_5", "drop": "3"}
    page = opened(**link)
    assert page.text_area[0].value == TEXT and words(page) == [TEXT]
    assert page.pills(key="example").value is None and not page.warning
    assert shown(page)["settings"] == {
        "number": 0,
        "scale": 1.5,
        "layer_scales": [1.0, 0.5, 1.0, 1.0, 1.0, 1.0],
        "keep": [2, 5],
        "drop": [3],
    }
    assert shown(page)["stage"]["link"] == {"text": f".{TEXT}", "pair": None, "note": ""}


def test_long_text_round_trips() -> None:
    text = "good film. " * 50
    page = opened()
    enter(page, text)
    again = opened(text=shown(page)["stage"]["link"]["text"])
    assert words(again) == [text] and depths(again) == depths(page)


def test_text_too_long_for_the_link_gets_a_message() -> None:
    page = opened()
    enter(page, "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(20_000)))
    link = shown(page)["stage"]["link"]
    assert link["text"] is None and "too long for a link" in link["note"]


@pytest.mark.parametrize("text", ["~broken", BOMB])
def test_unreadable_text_gives_the_first_example_and_a_message(text: str) -> None:
    page = opened(text=text, scale="1.5", keep="2")
    assert [warning.value for warning in page.warning] == [
        "The text in this link cannot be read. Showing the first example."
    ]
    settings = shown(page)["settings"]
    assert settings["scale"] == 1.5 and settings["keep"] == [] and shown(page)["stage"]["example_shown"]
    enter(page, TEXT)
    assert not page.warning


def test_example_in_the_link_takes_precedence_over_a_text() -> None:
    page = opened(text=f".{TEXT}", example="Sarcastic")
    assert words(page)[0].startswith("Oh wonderful")


def test_settings_that_do_not_fit_are_named_while_their_text_is_shown() -> None:
    page = opened(text=f".{TEXT}", scale="abc", layers="1_2", keep="2", drop="0_3")
    assert [warning.value for warning in page.warning] == [
        "The link’s values for the pruning strength, the layer scales and the tokens to drop do not fit this "
        "text and model and are ignored."
    ]
    settings = shown(page)["settings"]
    assert settings == {"number": 0, "scale": 1.0, "layer_scales": [1.0] * 6, "keep": [2], "drop": []}
    move(page, scale=1.5)
    assert len(page.warning) == 1
    enter(page, "Another text.")
    assert not page.warning and shown(page)["settings"]["scale"] == 1.5


def test_link_is_read_once() -> None:
    page = opened(text=f".{TEXT}", scale="1.5")
    page.query_params["scale"] = "2.5"
    page.query_params["text"] = ".Another."
    page.run()
    assert words(page) == [TEXT] and shown(page)["settings"]["scale"] == 1.5
