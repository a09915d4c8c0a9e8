"""Messages from the browser: the newest counts, late and forged ones do not; settings survive a new text."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.seen import LIBRARY, ONES, PRAISE, enter, move, send, shown


def test_equal_budget_is_worked_out_once(app: AppTest) -> None:
    enter(app, PRAISE)
    macs = sum(map(sum, shown(app)["exact"]["layer_macs"]))
    sections = move(app, preset="equal budget")
    settings = sections["settings"]
    assert settings["layer_scales"] != ONES and settings["number"] == 1
    assert sum(map(sum, sections["exact"]["layer_macs"])) == pytest.approx(macs, rel=0.1)
    app.run()
    assert shown(app)["settings"] == settings
    move(app, layer_scales=ONES)
    assert shown(app)["settings"]["layer_scales"] == ONES


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        7,
        [],
        {},
        {"number": 5},
        {"number": True, "stage": "THIS"},
        {"number": 0, "stage": "THIS", "scale": 2.0},
        {"number": 10**400, "stage": "THIS", "scale": 2.0},
        {"number": float("nan"), "stage": "THIS", "scale": 2.0},
        {"number": 5, "stage": "another", "scale": 2.0},
        {"number": 5, "stage": ["THIS"], "scale": 2.0},
    ],
)
def test_late_and_forged_messages_change_nothing(app: AppTest, message: Any) -> None:
    before = move(app, scale=1.5)
    if isinstance(message, dict) and message.get("stage") == "THIS":
        message["stage"] = before["stage"]["signature"]
    send(app, message)
    after = shown(app)
    assert after["exact"] == before["exact"]
    assert {**after["settings"], "number": 1} == before["settings"]


def test_scales_survive_a_new_text_and_forced_tokens_do_not(app: AppTest) -> None:
    enter(app, PRAISE)
    signature = shown(app)["stage"]["signature"]
    first = move(app, scale=1.5, keep=[2])["settings"]
    # A move on the old text just before the new one was typed: both arrive together.
    app.text_area[0].set_value(LIBRARY)
    send(app, {**first, "stage": signature, "number": 2, "scale": 2.0})
    settings = shown(app)["settings"]
    assert (settings["scale"], settings["keep"], settings["number"]) == (2.0, [], 2)
    assert shown(app)["stage"]["signature"] != signature
    send(app, {**first, "stage": signature, "number": 3})
    settings["number"] = 3
    assert shown(app)["settings"] == settings, (
        "a message of a replaced text is counted, but does not take effect"
    )
    enter(app, PRAISE)
    app.run()
    assert shown(app)["stage"]["signature"] == signature
    assert shown(app)["settings"] == settings, "its old messages are not read again"


def test_other_label_names_leave_all_settings(app: AppTest) -> None:
    before = move(app, scale=1.5, keep=[2])
    next(box for box in app.text_input if box.placeholder == "positive").set_value("good").run()
    after = shown(app)
    assert after["stage"]["signature"] != before["stage"]["signature"]
    assert after["settings"] == before["settings"]


def test_settings_survive_a_page_without_text(app: AppTest) -> None:
    move(app, scale=1.5)
    enter(app, "")
    assert not shown(app)
    enter(app, PRAISE)
    assert shown(app)["settings"]["scale"] == 1.5
