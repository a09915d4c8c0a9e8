"""The fate of tokens over the data set: which are dropped, in which layer, and earlier in lost rows."""

import streamlit as st

from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.results import Grouping, RunResults
from ltp_viz.figures.dataset.survival import survival_figure
from ltp_viz.figures.dataset.token_fate import fate_figure
from ltp_viz.ui.dataset.cached_results import cached
from ltp_viz.ui.shell.charts import plain_chart

_GROUPS: dict[str, Grouping] = {
    "Words": "token",
    "Kinds of word": "class",
    "Place in the text": "position",
    "Special tokens": "special",
}
_SHOWN = 40
_MIN = 5


def show(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw survival curves and the fate of each group."""
    survival = survival_figure(cached(results.survival, where, scale))
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown("##### Tokens kept after each layer")
        plain_chart(survival, f"lab_survival {where} {scale}")
    with right:
        st.markdown("##### Where tokens are dropped")
        name = st.segmented_control(
            "Grouped by",
            list(_GROUPS),
            default="Words",
            required=True,
            key="lab_fate_by",
            persist_state="session",
            label_visibility="collapsed",
        )
        group = _GROUPS[name]
        frame = cached(results.token_fate, where, scale, group, _SHOWN, _MIN if group == "token" else 1)
        if frame.empty:
            st.info("No group has enough tokens here; widen the filter.")
            return
        plain_chart(fate_figure(frame, group), f"lab_fate {where} {scale} {name}")
    _lift_of_lost_rows(results, where, scale)


def _lift_of_lost_rows(results: RunResults, where: RowFilter, scale: int) -> None:
    frame = cached(results.token_fate, where, scale, "token", 2000, _MIN)
    frame = frame[(frame["lost_tokens"] >= 2) & (frame["lift"] > 1)]
    if frame.empty:
        return
    st.markdown("##### Dropped earlier where pruning turns a right answer wrong")
    st.caption(
        "Lift: how much earlier this word is dropped in rows that pruning broke. 1.5×: it misses half as "
        "many layers again. With few lost rows this may be chance."
    )
    frame = frame.sort_values(["lift", "lost_tokens"], ascending=False).head(_SHOWN)
    st.dataframe(
        frame[["group", "tokens", "lost_tokens", "lift", "survive", "mean_depth"]],
        hide_index=True,
        column_config={
            "group": "token",
            "tokens": st.column_config.NumberColumn("occurrences", format="%d"),
            "lost_tokens": st.column_config.NumberColumn("in lost rows", format="%d"),
            "lift": st.column_config.NumberColumn(
                "lift",
                format="%.1f×",
                help="Layers that these tokens miss in rows that pruning turns wrong, divided by the layers "
                "that they miss in rows that are right with and without pruning.",
            ),
            "survive": st.column_config.NumberColumn("kept to the end", format="percent"),
            "mean_depth": st.column_config.NumberColumn("layers survived", format="%.1f"),
        },
        alt="Tokens that are dropped earlier in rows that pruning turns wrong",
    )
