"""Whatever an address holds, Explore gets texts and settings that it can show."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz.ui.explore.settings import MAX_LAYER_SCALE, MAX_SCALE, Limits, Settings, settings_from_link
from ltp_viz.ui.shell.link import pack_text, read_link, unpack_text
from tests.hostile.corpus import LINKS, TEXTS
from tests.hostile.fuzzing import damaged_bytes, fuzzed

LIMITS = Limits(num_layers=6, num_tokens=9, protected=(0,))
LONG = [text * 9 for text in TEXTS.values() if 30 < len(text) < 10_000]
PACKED = [packed.encode() for text in LONG if (packed := pack_text(text)) is not None]
GOOD: dict[str, list[str]] = {
    "text": [".A warm film.", "~eJxz", *(packed.decode() for packed in PACKED)],
    "pair": [".A dull film."],
    "scale": ["1.5", "0", "3"],
    "layers": ["1_0.5_1_1_1_3.0"],
    "keep": ["2_5", "1"],
    "drop": ["3", "2_4"],
}


def check_settings(settings: Settings, limits: Limits = LIMITS) -> None:
    """They name nothing that the text and the model do not have, and the browser can read them."""
    json.dumps(settings.to_data(), allow_nan=False)
    assert 0 <= settings.global_scale <= MAX_SCALE and settings.number >= 0
    assert len(settings.layer_scales) == limits.num_layers
    assert all(0 <= scale <= MAX_LAYER_SCALE for scale in settings.layer_scales)
    settings.forced.check(limits.num_tokens, list(limits.protected))
    assert not {*settings.forced.keep} & {*settings.forced.drop}


def check_link(parameters: Mapping[str, str]) -> None:
    link = read_link(parameters)
    assert all(len(text) <= 2_000_000 for text in link.texts)
    assert not (link.unreadable and link.texts)
    settings, message = settings_from_link(link.settings, LIMITS)
    check_settings(settings)
    assert message is None or ("\n" not in message and len(message) < 300)


@st.composite
def link_values(draw: st.DrawFn, name: str) -> str:
    good = draw(st.sampled_from(GOOD[name]))
    how = draw(st.integers(0, 3))
    if how == 0:
        return good
    if how == 1:
        return draw(damaged_bytes([good.encode()])).decode("utf-8", "replace")
    if how == 2:
        return "_".join(draw(st.lists(st.integers().map(str) | st.floats().map(str), max_size=9)))
    return draw(st.text(max_size=40))


links = st.fixed_dictionaries({}, optional={name: link_values(name) for name in GOOD})


@pytest.mark.parametrize("name", LINKS)
def test_hostile_links_are_read(name: str) -> None:
    check_link(LINKS[name])


@given(parameters=links)
@fuzzed(300)
def test_any_link_is_read(parameters: dict[str, str]) -> None:
    check_link(parameters)


@given(packed=damaged_bytes(PACKED))
@fuzzed(300)
def test_any_packed_text_is_a_text_or_none(packed: bytes) -> None:
    text = unpack_text(packed.decode("latin-1"))
    assert text is None or len(text.encode()) <= 2_000_000
