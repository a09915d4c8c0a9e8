"""One bisection: it meets what can be met, in few runs, for costs that fall, rise, jump or turn back."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz.core.search import geometric_middle, search_setting

SHARES = st.floats(0.0, 1.0)


@given(wanted=st.floats(0.05, 0.95), power=st.floats(0.2, 5.0), rises=st.booleans())
def test_a_smooth_cost_is_met_within_the_tolerance(wanted: float, power: float, rises: bool) -> None:
    tried: list[float] = []

    def cost(setting: float) -> float:
        tried.append(setting)
        return setting**power if rises else 1 - setting**power

    found = search_setting(cost, wanted, rises=rises, tolerance=1e-3)
    assert abs(found.cost - wanted) <= 1e-3 and found.cost == cost(found.setting)
    assert len(tried) == len(set(tried[:-1])) + 1, "no setting is run twice"
    assert found.met[found.setting] == found.cost and set(found.met) == set(tried)


@given(
    wanted=SHARES,
    edges=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=12, unique=True),
    rises=st.booleans(),
)
def test_between_two_steps_the_nearer_is_taken(wanted: float, edges: list[float], rises: bool) -> None:
    """Whole tokens: the cost falls from 1 to 0 in equal steps at any places."""

    def cost(setting: float) -> float:
        passed = sum(setting > edge for edge in edges) / len(edges)
        return passed if rises else 1 - passed

    finest = 1e-6
    ordered = sorted([0.0, *edges, 1.0])
    found = search_setting(cost, wanted, rises=rises, finest=finest, known={0.0: cost(0), 1.0: cost(1)})
    best = min(
        abs(cost((low + high) / 2) - wanted) for low, high in pairwise(ordered) if high - low > 4 * finest
    )
    assert abs(found.cost - wanted) <= best + 1e-12


@given(turn=st.floats(0.51, 0.7), wanted=st.floats(0.35, 0.6))
def test_where_a_cost_turns_back_other_settings_are_tried(turn: float, wanted: float) -> None:
    """A narrow dip that no bisection of this cost visits."""

    def cost(setting: float) -> float:
        return wanted if abs(setting - turn) < 1e-9 else 0.2 if setting > 0.1 else 1.0

    missed = search_setting(cost, wanted, finest=1e-4)
    assert missed.cost != wanted
    asked: list[float] = []

    def around(nearest: float) -> list[float]:
        asked.append(nearest)
        return [turn, 5.0]

    found = search_setting(cost, wanted, finest=1e-4, also=around, also_tolerance=1e-6)
    assert (found.setting, found.cost) == (turn, wanted) and asked == [missed.setting]
    assert 5.0 not in found.met, "the search ends at the first that is near enough"


@given(exponent=st.floats(-3, 6), wanted=st.floats(0.1, 0.9))
def test_scales_are_found_over_orders_of_magnitude(exponent: float, wanted: float) -> None:
    unit = 10.0**exponent
    found = search_setting(
        lambda scale: 1 / (1 + scale / unit),
        wanted,
        high=1e8,
        start=1.0,
        middle=geometric_middle,
        tolerance=0.003,
    )
    assert abs(found.cost - wanted) <= 0.003


@given(most=st.integers(1, 10))
def test_the_number_of_runs_is_bounded(most: int) -> None:
    found = search_setting(lambda setting: 1 - setting, 1 / math.pi, most=most)
    assert len(found.met) == most


def test_what_is_known_is_not_run_and_may_be_the_answer() -> None:
    def never(setting: float) -> float:
        raise AssertionError("run again")

    found = search_setting(never, 0.3, start=0.7, tolerance=0.01, known={0.7: 0.305})
    assert (found.setting, found.cost) == (0.7, 0.305)
    assert search_setting(never, 0.2, low=1.0, known={0.0: 1.0, 1.0: 0.4}).setting == 1.0
    assert search_setting(never, 0.5, low=1.0, known={0.9: 0.6, 0.1: 0.4}).setting == 0.1, "the lower of two"
    with pytest.raises(ValueError, match="no setting was tried"):
        search_setting(never, 0.2, low=1.0)
