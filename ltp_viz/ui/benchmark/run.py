"""The open benchmark: estimated, started, watched, cancelled, reopened by its link."""

import time
from datetime import datetime
from pathlib import Path

import streamlit as st

from ltp_viz.analysis.benchmark import run
from ltp_viz.analysis.benchmark.plan import (
    MAX_TOTAL_SECONDS,
    BenchmarkPlan,
    estimated_gflops,
    estimated_seconds,
)
from ltp_viz.analysis.benchmark.run import BenchmarkState
from ltp_viz.analysis.jobs.store import default_root
from ltp_viz.core.config import LTPConfig
from ltp_viz.data.errors import InputError
from ltp_viz.figures.wording import counted, strength_text
from ltp_viz.ui.shell import address
from ltp_viz.ui.shell.markdown import escaped, quoted

_ID_KEY = "bench_id"  # of the current benchmark; the link's `bench`
_SHOWN = 8
_REDRAW_S = 2.0  # minimum seconds between redraws of new cells


def start_form(plan: BenchmarkPlan, config: LTPConfig) -> None:
    """Draw the expected time, and the button that starts the benchmark."""
    expected = estimated_seconds(plan, config, estimated_gflops())
    seconds = sum(expected)
    per_cell = (seconds - expected[0]) / plan.cells
    words, button = st.columns([3, 1], vertical_alignment="center", gap="large")
    words.markdown(
        f"**{_about(seconds)}**: {counted(plan.cells, 'cell')} of about {per_cell:.1f} s each, and "
        f"{expected[0]:.0f} s to load the model and inspect the machine. It runs in a separate process; "
        "keep the machine idle meanwhile."
    )
    is_long = seconds > MAX_TOTAL_SECONDS
    running = run.active(default_root())
    is_any_active = running is not None or run.is_any_active(default_root())
    if is_long:
        words.warning(f"Benchmarks end after {MAX_TOTAL_SECONDS // 60} minutes. Choose fewer cells.")
    begin = button.button(
        "Run benchmark",
        type="primary",
        width="stretch",
        key="bench_start",
        disabled=is_long or is_any_active,
    )
    if begin:
        try:
            _open(run.start(default_root(), plan, expected))
        except (InputError, OSError) as error:
            st.error(escaped(str(error)))
        else:
            st.rerun()
    elif is_any_active and (running is None or running.id != st.session_state.get(_ID_KEY)):
        st.info(run.ANOTHER)
        if running is not None:
            st.button("Watch it", key="bench_watch", on_click=_open, args=(running.id,))


def chosen_run() -> BenchmarkState | None:
    """The open benchmark, from the session or the link; None if there is none."""
    if _ID_KEY not in st.session_state or address.is_history():
        st.session_state[_ID_KEY] = st.query_params.get("bench")
    benchmark_id = st.session_state[_ID_KEY]
    if benchmark_id is None:
        return None
    try:
        state = run.state(default_root(), benchmark_id)
    except InputError:
        st.warning(f"Benchmark {quoted(benchmark_id)} no longer exists. Run it again.")
        st.session_state[_ID_KEY] = None
        address.write({"bench": None})
        return None
    address.write({"bench": benchmark_id})
    return state


def _open(benchmark_id: str) -> None:
    st.session_state[_ID_KEY] = benchmark_id


def status_bar(state: BenchmarkState) -> None:
    """Draw the settings and the progress."""
    plan = state.plan
    st.markdown(f"#### {_described(state)}")
    lengths, sizes = (", ".join(map(str, values)) for values in (plan.lengths, plan.batch_sizes))
    st.caption(
        f"lengths {lengths} · batch sizes {sizes} · {', '.join(plan.dtypes)} · "
        f"pruning strength {strength_text(plan.scale)} · {plan.budget_s:g} s per cell"
    )
    so_far = f"{state.cells_done} of {counted(plan.cells, 'cell')}"
    if state.job.is_active:
        _watched(state.id)
    elif state.job.status == "cancelled":
        st.info(f"Stopped after {so_far}; the measured cells are shown below.")
    elif state.job.status != "done":
        st.error(f"{escaped(state.job.message or '')} {so_far} were measured.")


@st.fragment(run_every=1.0)
def _watched(benchmark_id: str) -> None:
    """Update the progress every second, and the page around it when there are new cells."""
    try:
        state = run.state(default_root(), benchmark_id)
    except InputError:  # removed by another session: the page shows a message
        st.rerun()
    seen = st.session_state.setdefault("bench_seen", {"at": 0.0, "cells": -1})
    is_due = state.cells_done != seen["cells"] and time.monotonic() - seen["at"] > _REDRAW_S
    if not state.job.is_active or is_due:
        st.session_state["bench_seen"] = {"at": time.monotonic(), "cells": state.cells_done}
        st.rerun()
    bar, stop = st.columns([4, 1], vertical_alignment="center")
    done, cells = state.cells_done, state.plan.cells
    if state.job.status == "queued":
        text = state.job.message or "Queued."
    elif state.record is None:
        text = "Loading the model and measuring the machine's best matrix product …"
    else:
        text = f"{done} of {counted(cells, 'cell')}, {_about(state.seconds_left).lower()} left"
    bar.progress(min(1.0, done / cells), text=text)
    if stop.button("Cancel", width="stretch", key="bench_cancel"):
        run.cancel(default_root(), benchmark_id)
        st.rerun()


def earlier_runs() -> None:
    """Draw the list of benchmarks stored on this machine."""
    found = [state for state in run.states(default_root()) if state.id != st.session_state[_ID_KEY]]
    if not found:
        return
    with st.expander(f"Earlier benchmarks ({len(found)})"):
        for state in found[:_SHOWN]:
            words, button = st.columns([5, 1], vertical_alignment="center")
            words.markdown(f"{_described(state)} · {state.cells_done} of {counted(state.plan.cells, 'cell')}")
            button.button(
                "Open", key=f"bench_open {state.id}", on_click=_open, args=(state.id,), width="stretch"
            )


def _described(state: BenchmarkState) -> str:
    began = datetime.fromtimestamp(state.started).strftime("%Y-%m-%d %H:%M")
    return f"{escaped(Path(state.plan.model).name)} · {began}"


def _about(seconds: float) -> str:
    """An estimated time, rounded."""
    if seconds < 90:
        return f"About {max(5, 5 * round(seconds / 5))} s"
    return f"About {round(seconds / 60)} minutes"
