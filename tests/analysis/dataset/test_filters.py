import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltp_viz import InputError
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter, condition

FULL = RowFilter("not|never", (3, 40), 0, 1, 0, "lost", (0.5, 0.75), (("kind", "x"), ("kind 2", "")))


@pytest.mark.parametrize("where", [EVERYTHING, FULL, RowFilter(pattern="a'b"), RowFilter(lengths=(7, 7))])
def test_a_filter_survives_json(where: RowFilter) -> None:
    assert RowFilter.from_dict(json.loads(json.dumps(where.to_dict()))) == where


def test_only_what_is_set_is_written() -> None:
    assert EVERYTHING.to_dict() == {}
    assert RowFilter(gold=0).to_dict() == {"gold": 0}
    assert RowFilter.from_dict({"gold": 0, "of a later version": 1}) == RowFilter(gold=0)


@pytest.mark.parametrize(
    "values",
    [
        {"pattern": 3},
        {"pattern": "a" * 1001},
        {"lengths": [4, 3]},
        {"lengths": [-1, 3]},
        {"lengths": [1.5, 3]},
        {"lengths": "ab"},
        {"confidence": [0, float("nan")]},
        {"confidence": [0]},
        {"gold": True},
        {"dense": "1"},
        {"pruned": -1},
        {"gold": 10**30},
        {"outcome": "lost'; --"},
        {"outcome": ["lost"]},
        {"extras": [["kind"]]},
        {"extras": "kind"},
        {"extras": [["kind", "a"]] * 9},
        [],
    ],
)
def test_impossible_values_are_refused_with_one_message(values: Any) -> None:
    with pytest.raises(InputError) as error:
        RowFilter.from_dict(values)
    assert str(error.value).count(".") >= 1 and "\n" not in str(error.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*RowFilter.__dataclass_fields__, "else"]), anything))
def test_any_json_is_a_filter_or_one_clear_error(values: dict[str, Any]) -> None:
    try:
        where = RowFilter.from_dict(values)
    except InputError:
        return
    hash(where)
    assert RowFilter.from_dict(where.to_dict()) == RowFilter.from_dict(values) or where.pattern == ""


def test_no_value_becomes_sql() -> None:
    hostile = "'; DROP TABLE results"
    sql, values = condition(RowFilter(pattern=hostile, extras=(("kind", hostile),)), 1, ("kind",))
    assert "DROP" not in sql and values == [hostile, hostile, hostile]
