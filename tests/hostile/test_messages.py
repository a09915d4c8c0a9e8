"""Whatever the browser's component sends, settings stay within what the text and the model allow."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz.ui.explore.settings import message_number, settings_from_message
from tests.hostile.corpus import MESSAGES
from tests.hostile.fuzzing import changed_json, fuzzed, odd_values
from tests.hostile.test_links import LIMITS, check_settings

GOOD = {
    "number": 3,
    "stage": "ab12",
    "scale": 1.5,
    "layer_scales": [1.0, 0.5, 1.0, 1.0, 2.0, 1.0],
    "keep": [2, 5],
    "drop": [3],
    "preset": "equal budget",
}


def check(message: Any) -> None:
    number = message_number(message)
    assert number is None or 0 < number <= 2**53
    if isinstance(message, dict):
        check_settings(settings_from_message(message, LIMITS))


@pytest.mark.parametrize("name", MESSAGES)
def test_hostile_messages_give_settings(name: str) -> None:
    check(MESSAGES[name])


@given(message=st.one_of(changed_json(GOOD), odd_values))
@fuzzed(500)
def test_any_message_gives_settings(message: Any) -> None:
    check(message)
