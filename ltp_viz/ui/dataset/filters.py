"""The rows and the strength that every figure of the lab shows, stored in session and link."""

import json
from typing import Any

import streamlit as st

from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.report import filter_words
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.figures.wording import strength_text
from ltp_viz.ui.dataset.cached_results import cached
from ltp_viz.ui.inputs.explore_request import request_scales
from ltp_viz.ui.shell.glossary import explained
from ltp_viz.ui.shell.markdown import escaped

VIEW_KEY = "lab_view"
MAX_VALUES = 50  # of an extra column, the most frequent
_ANY = -1  # of the class fields
_ANY_VALUE = "\0"  # for extra columns: no cell can contain it
_ALL = "all"
_OUTCOMES = {
    _ALL: "all rows",
    "lost": "lost: right unpruned, wrong pruned",
    "won": "won: wrong unpruned, right pruned",
    "changed": "any changed answer",
    "both right": "both right",
    "both wrong": "both wrong",
}
_MAX_TOKENS = 1_000_000
_CLASS_FIELDS = {"gold": "Gold label", "dense": "Unpruned answer", "pruned": "Pruned answer"}
_FIRST_KEY = "lab_filter_of"  # id of the run whose link has been read


def chosen_scale(results: RunResults) -> int:
    """Draw the slider; returns the index of the pruned scale, from the slider, the curve or the link."""
    scales = list(results.scales)[1:]
    if len(scales) == 1:
        st.caption(f"This run has one pruning strength besides the unpruned model: {scales[0]:g}.")
        return 1
    key = _scale_key(results)
    if st.session_state.get(key) not in scales:
        st.session_state[key] = _scale_in_link(scales)
    scale = st.select_slider(
        "Pruning strength",
        scales,
        format_func=strength_text,
        key=key,
        on_change=lambda: _follow(key, results),
        persist_state="session",
        help=explained(
            "1.0 uses the trained thresholds; higher values drop more tokens. All figures below use this "
            "strength, and so does Explore when you open a row.",
            "scale",
        ),
    )
    st.query_params["at"] = f"{scale:g}"
    return results.scales.index(scale)


def set_scale(results: RunResults, index: int) -> None:
    """Set the slider, in a callback."""
    if index > 0:  # 0 is unpruned, which leaves nothing to compare
        st.session_state[_scale_key(results)] = results.scales[index]
        request_scales(results.scales[index], results.spec.layer_scales)


def _scale_key(results: RunResults) -> str:
    """Session key of the slider, which differs between runs, as their scales do."""
    return f"lab_scale {results.spec.id}"


def _follow(key: str, results: RunResults) -> None:
    request_scales(st.session_state[key], results.spec.layer_scales)


def _scale_in_link(scales: list[float]) -> float:
    try:
        wanted = float(st.query_params.get("at", "1"))
    except ValueError:
        wanted = 1.0
    return min(scales, key=lambda scale: abs(scale - wanted) if wanted == wanted else scale != 1)


def chosen_filter(results: RunResults) -> RowFilter:
    """Draw the filter's fields, write the filter into the link and return it. Raises InputError if it is
    invalid."""
    from_link = None
    if st.session_state.get(_FIRST_KEY) != results.spec.id:
        from_link = _filter_in_link(results)
        _fill(from_link, results)
        st.session_state[_FIRST_KEY] = results.spec.id
    fields = st.columns([3, 3, 2], vertical_alignment="bottom")
    with fields[0]:
        pattern = st.text_input(
            "Text contains",
            key="lab_pattern",
            placeholder="a word or a regular expression",
            persist_state="session",
        )
    with fields[1]:
        outcome = st.selectbox(
            "What pruning did",
            list(_OUTCOMES),
            format_func=_OUTCOMES.__getitem__,
            key="lab_outcome",
            persist_state="session",
        )
    with fields[2], st.popover("More filters", width="stretch"):
        rest = _more(results)
    wanted = {"pattern": (pattern or "").strip() or None, "outcome": None if outcome == _ALL else outcome}
    where = RowFilter.from_dict(wanted | rest)
    if from_link not in (None, where):  # no field offers this class, value or number
        st.toast("Part of the link's filter does not fit this run and is ignored.")
    if where == EVERYTHING:
        st.query_params.pop("slice", None)
    else:
        st.query_params["slice"] = json.dumps(where.to_dict(), ensure_ascii=False, separators=(",", ":"))
    return where


def _more(results: RunResults) -> dict[str, Any]:
    """Draw the fields for classes, lengths, confidence and extra columns."""
    chosen: dict[str, Any] = {}
    names = {_ANY: "any"} | dict(enumerate(results.label_names))
    suffix = " includes" if results.spec.answer_kind == "labels" else ""
    for field, title in _CLASS_FIELDS.items():
        value = st.selectbox(
            title + suffix,
            list(names),
            format_func=names.__getitem__,
            key=f"lab_{field}",
            persist_state="session",
        )
        chosen[field] = None if value == _ANY else value
    low, high = st.columns(2)
    shortest = low.number_input(
        "Tokens, from", 0, _MAX_TOKENS, None, key="lab_shortest", persist_state="session"
    )
    longest = high.number_input("to", 0, _MAX_TOKENS, None, key="lab_longest", persist_state="session")
    if shortest is not None or longest is not None:
        chosen["lengths"] = (int(shortest or 0), int(_MAX_TOKENS if longest is None else longest))
    confidence: Any = st.slider(
        "Probability of the pruned answer",
        0.0,
        1.0,
        (0.0, 1.0),
        step=0.01,
        key="lab_confidence",
        persist_state="session",
    )
    if tuple(confidence) != (0.0, 1.0):
        chosen["confidence"] = tuple(confidence)
    extras = []
    for name in results.spec.roles.extras:
        counts = cached(results.extra_values, name, MAX_VALUES)
        words = {_ANY_VALUE: "any"} | {value: f"{value or '(empty)'} ({count:,})" for value, count in counts}
        cell = st.selectbox(
            escaped(name),
            list(words),
            format_func=words.__getitem__,
            key=f"lab_extra {name}",
            help=f"The {MAX_VALUES} most frequent values." if len(counts) == MAX_VALUES else None,
            persist_state="session",
        )
        if cell != _ANY_VALUE:
            extras.append((name, cell))
    return chosen | {"extras": tuple(extras)}


def chosen_view(views: list[str]) -> str:
    """Draw the switch; returns the part of the page to show, from the switch or the link."""
    if st.session_state.get(VIEW_KEY) not in views:
        linked = st.query_params.get("view")
        st.session_state[VIEW_KEY] = linked if linked in views else views[0]
    view = st.segmented_control(
        "View", views, required=True, key=VIEW_KEY, persist_state="session", label_visibility="collapsed"
    )
    st.query_params["view"] = view or views[0]
    return view or views[0]


def summary(results: RunResults, where: RowFilter, count: int) -> None:
    """Draw the number of filtered rows, and a button that clears the filter."""
    if where == EVERYTHING:
        st.markdown(f"**{count:,}** rows")
        return
    total = cached(results.count, EVERYTHING, 1)
    words, button = st.columns([6, 1], vertical_alignment="center")
    said = filter_words(where, results.label_names, results.spec.answer_kind)
    words.markdown(f"**{count:,}** of {total:,} rows: {escaped(', '.join(said))}")
    button.button("Clear filter", on_click=clear, width="stretch", key="lab_clear")


def clear() -> None:
    """Clear the filter, in a callback."""
    _fill(EVERYTHING, None)


def set_classes(gold: int | None, dense: int | None, pruned: int | None) -> None:
    """Filter by one cell of the confusion, in a callback."""
    for field, value in (("gold", gold), ("dense", dense), ("pruned", pruned)):
        st.session_state[f"lab_{field}"] = _ANY if value is None else value


def _filter_in_link(results: RunResults) -> RowFilter:
    try:
        values = json.loads(st.query_params.get("slice", "{}"))
        where = RowFilter.from_dict(values) if isinstance(values, dict) else EVERYTHING
        results.count(where, 1)  # checks classes and columns, which may be those of another run
    except (ValueError, RecursionError):  # InputError is one
        st.toast("The filter in the link does not fit this run and is ignored.")
        return EVERYTHING
    return where


def _fill(where: RowFilter, results: RunResults | None) -> None:
    """Set every field from the filter."""
    state = st.session_state
    state["lab_pattern"] = where.pattern or ""
    state["lab_outcome"] = where.outcome or _ALL
    set_classes(where.gold, where.dense, where.pruned)
    shortest, longest = where.lengths or (None, None)
    state["lab_shortest"] = shortest or None
    state["lab_longest"] = None if longest == _MAX_TOKENS else longest
    least, most = where.confidence or (0.0, 1.0)
    state["lab_confidence"] = (min(1.0, least), min(1.0, most))
    wanted = dict(where.extras)
    names = (
        results.spec.roles.extras
        if results
        else [key.removeprefix("lab_extra ") for key in map(str, state) if key.startswith("lab_extra ")]
    )
    for name in names:
        state[f"lab_extra {name}"] = wanted.get(name, _ANY_VALUE)
