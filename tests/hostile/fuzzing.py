"""How many inputs a property gets, and how valid inputs are turned into hostile ones.

`LTP_VIZ_FUZZ=10000 python -m pytest tests/hostile` gives every property here 10,000 inputs, different each
time; without the variable each gets a small number, the same in every run, so that results repeat.
"""

import copy
import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Property = TypeVar("Property", bound=Callable[..., None])
INPUTS = int(os.environ.get("LTP_VIZ_FUZZ", "0"))


def fuzzed(share: int) -> Callable[[Property], Property]:
    """Settings of a property: `share` inputs in the test suite, `LTP_VIZ_FUZZ` of them in a long run."""
    return settings(
        max_examples=INPUTS or share,
        derandomize=not INPUTS,
        deadline=None,  # a time limit would fail on a slow machine
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
        ],
    )


HUGE = 10**400
# Unexpected JSON values.
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    HUGE,
    0.0,
    -0.5,
    1e-30,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    "x",
    "0",
    "../../etc/passwd",
    "\0",
    "\ud800",
    "x" * 3000,
    [],
    [0],
    [None],
    [[]],
    {},
    {"0": 0},
    {"": None},
)

odd_values = st.one_of(
    st.sampled_from(ODD_VALUES),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
)


@st.composite
def damaged_bytes(draw: st.DrawFn, seeds: list[bytes], most: int = 4) -> bytes:
    """Real bytes with a few changed, a piece cut out, repeated or put elsewhere, or an end missing."""
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, most))):
        if not content:
            break
        start = draw(st.integers(0, len(content) - 1))
        end = min(len(content), start + draw(st.integers(1, 12)))
        what = draw(st.sampled_from(("flip", "set", "cut", "repeat", "insert", "move", "end")))
        if what == "flip":
            content[start] ^= 1 << draw(st.integers(0, 7))
        elif what == "set":
            content[start] = draw(st.integers(0, 255))
        elif what == "cut":
            del content[start:end]
        elif what == "repeat":
            content[end:end] = content[start:end] * draw(st.integers(1, 50))
        elif what == "insert":
            content[start:start] = draw(st.binary(min_size=1, max_size=8))
        elif what == "move":
            piece = content[start:end]
            del content[start:end]
            place = draw(st.integers(0, len(content)))
            content[place:place] = piece
        else:
            del content[start:]
    return bytes(content)


@st.composite
def changed_json(draw: st.DrawFn, original: Any, most: int = 3) -> Any:
    """The same JSON value with one to `most` places, at any depth, holding something odd, lost or renamed."""
    value = json.loads(json.dumps(original))
    for _ in range(draw(st.integers(1, most))):
        holder = value
        while isinstance(holder, dict | list) and holder:
            places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            place = draw(st.sampled_from(places))
            inner = holder[place]
            if isinstance(inner, dict | list) and inner and draw(st.integers(0, 3)):
                holder = inner
                continue
            what = draw(st.sampled_from(("set", "set", "set", "lose", "rename")))
            if what == "set":
                holder[place] = copy.deepcopy(draw(odd_values))  # otherwise it might contain itself
            else:
                held = holder.pop(place)
                if what == "rename" and isinstance(holder, dict):
                    holder[draw(st.text(max_size=8))] = held
            break
    return value


def written(value: Any) -> bytes:
    """As JSON, whatever it holds: lone surrogates as escapes, NaN and infinity in Python's spelling."""
    return json.dumps(value).encode()
