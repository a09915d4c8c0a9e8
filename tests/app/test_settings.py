"""Settings read from anything that a browser or a link may hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz.core.forced import ForcedTokens
from ltp_viz.ui.explore.settings import Limits, Settings, settings_from_link, settings_from_message

LIMITS = Limits(num_layers=3, num_tokens=10, protected=[0, 9])
DEFAULT = Settings.default(3, number=4)
NAN, INFINITY = float("nan"), float("inf")


def read(**message: Any) -> Settings:
    return settings_from_message({"number": 4, **message}, LIMITS)


def test_settings_round_trip_through_the_browser() -> None:
    settings = Settings(1.5, (1.0, 0.5, 3.0), ForcedTokens(keep=(0, 9), drop=(3, 4)), number=4)
    assert settings_from_message(settings.to_data(), LIMITS) == settings


def test_scales_are_put_on_their_grids() -> None:
    assert read(scale=1.23).global_scale == 1.25 and read(scale=3).global_scale == 3.0
    assert read(layer_scales=[1, 0.333333, 2.999]).layer_scales == (1.0, 0.33, 3.0)


@pytest.mark.parametrize("scale", [None, "1", True, NAN, INFINITY, -0.1, 3.1, 10**400, [1.0], {}])
def test_impossible_scales_are_left_out(scale: Any) -> None:
    assert read(scale=scale, layer_scales=[1.0, scale, 1.0]) == DEFAULT


@pytest.mark.parametrize("layer_scales", [None, [], [1.0, 2.0], [2.0] * 4, "111", {0: 1.0}, 3])
def test_layer_scales_of_another_length_or_kind_are_left_out(layer_scales: Any) -> None:
    assert read(layer_scales=layer_scales) == DEFAULT


@pytest.mark.parametrize(
    "positions", [None, 3, "3", [10], [-1], [3.0], [True], [NAN], [[3]], [10**400], list(range(1, 10)) * 2]
)
def test_impossible_positions_are_left_out(positions: Any) -> None:
    assert read(keep=positions, drop=positions) == DEFAULT


def test_protected_tokens_cannot_be_forced_out() -> None:
    assert read(drop=[0, 3]) == read(drop=[9]) == DEFAULT
    assert read(keep=[0]).forced == ForcedTokens(keep=(0,))


def test_a_token_that_is_forced_both_ways_stays() -> None:
    assert read(keep=[3], drop=[3, 4, 4]).forced == ForcedTokens(keep=(3,), drop=(4,))


def test_one_bad_part_leaves_the_others() -> None:
    settings = read(scale="x", layer_scales=[1.0, 2.0, 1.0], keep=[99], drop=[3])
    assert settings == Settings(1.0, (1.0, 2.0, 1.0), ForcedTokens(drop=(3,)), 4)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("scale", "layer_scales", "keep", "drop", "number")


@given(st.fixed_dictionaries({}, optional={key: anything for key in KEYS}))
def test_any_message_gives_settings_that_a_run_can_take(message: dict[str, Any]) -> None:
    settings = settings_from_message(message, LIMITS)
    assert 0 <= settings.global_scale <= 3 and len(settings.layer_scales) == 3
    assert all(0 <= scale <= 3 for scale in settings.layer_scales)
    settings.forced.check(10, [0, 9])


@given(st.fixed_dictionaries({}, optional={key: st.text() for key in ("scale", "layers", "keep", "drop")}))
def test_any_link_gives_settings_that_a_run_can_take(link: dict[str, str]) -> None:
    settings, _ = settings_from_link(link, LIMITS)
    assert 0 <= settings.global_scale <= 3 and len(settings.layer_scales) == 3
    settings.forced.check(10, [0, 9])


def test_link_with_all_of_it() -> None:
    link = {"scale": "1.2", "layers": "1_0.5_2", "keep": "3_7", "drop": "5"}
    wanted = Settings(1.2, (1.0, 0.5, 2.0), ForcedTokens(keep=(3, 7), drop=(5,)))
    assert settings_from_link(link, LIMITS) == (wanted, None)
    assert settings_from_link({}, LIMITS) == (Settings.default(3), None)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"scale": "nan"}, "the pruning strength"),
        ({"scale": "1_5"}, "the pruning strength"),
        ({"scale": "1e999"}, "the pruning strength"),
        ({"scale": "9"}, "the pruning strength"),
        ({"layers": "1_1"}, "the layer scales"),
        ({"keep": "3_"}, "the tokens to keep"),
        ({"keep": "3.0"}, "the tokens to keep"),
        ({"drop": "0", "keep": "٣"}, "the tokens to keep and the tokens to drop"),
    ],
)
def test_what_does_not_fit_is_named(link: dict[str, str], words: str) -> None:
    settings, message = settings_from_link(link, LIMITS)
    assert settings == Settings.default(3)
    assert message == f"The link’s values for {words} do not fit this text and model and are ignored."
