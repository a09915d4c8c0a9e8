"""The settings of a benchmark: fields that are read from the link and written into it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ltp_viz.analysis.benchmark.plan import BATCH_SIZES, BUDGETS_S, MAX_SCALE, BenchmarkPlan, lengths_for
from ltp_viz.analysis.machine import DTYPES
from ltp_viz.core.config import LTPConfig
from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell import address
from ltp_viz.ui.shell.glossary import explained
from ltp_viz.ui.shell.markdown import escaped, quoted

_FIRST_LENGTHS, _FIRST_BATCHES, _FIRST_BUDGET = (8, 32, 128, 512), (1, 8), 1.0
_MIN_SCALE, _SCALE_STEP = 0.05, 0.05
_NOTE_KEY = "bench_link_note"


def chosen_plan(config: LTPConfig, location: str) -> BenchmarkPlan | None:
    """The plan in the fields; None, and a message on the page, if something is missing."""
    lengths = lengths_for(config)
    _read_link(lengths)
    left, right = st.columns(2, gap="large")
    with left:
        chosen_lengths = _choice("Lengths in tokens", lengths, lengths_key(lengths))
        batches = _choice(
            "Batch sizes",
            BATCH_SIZES,
            "bench_batches",
            help=explained("Number of texts that run together.", "batch"),
        )
        dtypes = _choice(
            "Number format",
            tuple(DTYPES),
            "bench_dtypes",
            help=explained("bfloat16 halves the bytes to read.", "number-format"),
        )
    with right:
        scale = st.slider(
            "Pruning strength",
            _MIN_SCALE,
            MAX_SCALE,
            step=_SCALE_STEP,
            format="%.2f",
            key="bench_scale",
            persist_state="session",
            help=explained("1.0 uses the trained thresholds; higher values drop more tokens.", "scale"),
        )
        budget = st.select_slider(
            "Time per cell",
            BUDGETS_S,
            format_func=lambda seconds: f"{seconds:g} s",
            key="bench_budget",
            persist_state="session",
            help=explained("More time means more rounds and less spread.", "round"),
        )
    if note := st.session_state.get(_NOTE_KEY):
        st.warning(note)
    _write_link(chosen_lengths, batches, dtypes, scale, budget)
    try:
        return BenchmarkPlan(location, chosen_lengths, batches, dtypes, scale, budget)
    except InputError as error:
        st.info(escaped(str(error)))
        return None


def _choice(label: str, options: Sequence[Any], key: str, help: str | None = None) -> tuple[Any, ...]:
    chosen = st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        persist_state="session",
        on_change=_forget_link,
        help=help,
    )
    return tuple(option for option in options if option in (chosen or ()))


def lengths_key(lengths: Sequence[int]) -> str:
    """Session key of the lengths."""
    return f"bench_lengths to {lengths[-1]}"  # a model with a lower limit has fewer lengths


def _forget_link() -> None:
    st.session_state[_NOTE_KEY] = None


def _read_link(lengths: tuple[int, ...]) -> None:
    """Fill the fields from the link, initially and on Back or Forward; note what does not fit."""
    state = st.session_state
    is_news = _NOTE_KEY not in state or address.is_history()
    fields, note = fields_of(st.query_params if is_news else {}, lengths)
    for key, value in fields.items():
        if is_news or key not in state:
            state[key] = value
    if is_news:
        state[_NOTE_KEY] = note


def fields_of(query: Mapping[str, str], lengths: tuple[int, ...]) -> tuple[dict[str, Any], str | None]:
    """Session key -> value of every field from any address, and one message about parts that cannot be
    measured. `lengths`: in tokens, those allowed for the model."""
    wrong: list[str] = []

    def several(name: str, options: Sequence[Any], read: Callable[[str], Any], otherwise: Any) -> list[Any]:
        found = []
        for word in query.get(name, "").split(",") if query.get(name) else ():
            value = _read(word, read)
            if value in options:
                found.append(value)
            else:
                wrong.append(f"{name} {quoted(word)}")
        return found or [option for option in otherwise if option in options]

    def one(name: str, read: Callable[[float], float | None], otherwise: float) -> float:
        word = query.get(name)
        if word is None:
            return otherwise
        number = _read(word, float)
        value = None if number is None else read(number)
        if value is None or abs(value - number) > 1e-9:
            wrong.append(f"{name} {quoted(word)}")
        return otherwise if value is None else value

    fields = {
        lengths_key(lengths): several("lengths", lengths, int, _FIRST_LENGTHS) or [lengths[0]],
        "bench_batches": several("batches", BATCH_SIZES, int, _FIRST_BATCHES),
        "bench_dtypes": several("dtypes", tuple(DTYPES), str, ("float32",)),
        "bench_scale": one("scale", _nearest_scale, 1.0),
        "bench_budget": one("budget", _nearest_budget, _FIRST_BUDGET),
    }
    note = (
        f"Parts of the link cannot be measured here ({', '.join(wrong)}); the fields show what will be "
        "measured instead."
        if wrong
        else None
    )
    return fields, note


def _read(word: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(word)
    except ValueError:
        return None


def _nearest_scale(number: float) -> float | None:
    if number != number:
        return None
    steps = round(min(max(number, _MIN_SCALE), MAX_SCALE) / _SCALE_STEP)
    return round(steps * _SCALE_STEP, 2)


def _nearest_budget(number: float) -> float | None:
    return None if number != number else min(BUDGETS_S, key=lambda budget: abs(budget - number))


def _write_link(
    lengths: Sequence[int], batches: Sequence[int], dtypes: Sequence[str], scale: float, budget: float
) -> None:
    wanted = {
        "lengths": ",".join(map(str, lengths)),
        "batches": ",".join(map(str, batches)),
        "dtypes": ",".join(dtypes),
        "scale": f"{scale:g}",
        "budget": f"{budget:g}",
    }
    address.write(wanted)
