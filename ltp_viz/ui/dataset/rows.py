"""Tables of rows: flips, or all; each row with its flipping strength and a button that opens Explore."""

from typing import Any

import pandas as pd
import streamlit as st

from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.report import flips_of
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.figures.wording import strength_text
from ltp_viz.ui.dataset.cached_results import cached
from ltp_viz.ui.inputs.explore_request import open_in_explore
from ltp_viz.ui.shell.markdown import escaped

_PAGE = 100
_ORDERS = {
    "most confident pruned answer first": ("margin", True),
    "closest call first": ("margin", False),
    "smallest flipping strength first": ("flip scale", False),
    "longest first": ("length", True),
    "as in the file": ("row", False),
}


def show_flips(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw rows that are right unpruned and wrong pruned; without labels, rows whose answer changes."""
    is_labelled = bool(cached(results.labelled, where, scale))
    st.markdown("##### Right unpruned, wrong pruned" if is_labelled else "##### Changed answers")
    if (flips := flips_of(where, is_labelled)) is None:
        st.info("The filter “What pruning did” excludes flips; set it to “all rows” to see them.")
        return
    _table(results, flips, scale, "flips", "No answer flips here. Try a higher strength.")


def show_rows(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw all filtered rows."""
    _table(results, where, scale, "rows", "No rows match the filter.")


def _table(results: RunResults, where: RowFilter, scale: int, name: str, if_empty: str) -> None:
    total = cached(results.count, where, scale)
    if not total:
        st.info(if_empty)
        return
    order_field, page_field = st.columns([3, 1])
    orders = list(_ORDERS)
    chosen = order_field.selectbox(
        "Order",
        orders,
        0 if name == "flips" else len(orders) - 1,
        key=f"lab_order_{name}",
        persist_state="session",
    )
    pages = -(-total // _PAGE)
    page = 1
    if pages > 1:
        page = page_field.number_input(
            f"Page of {pages:,}", 1, pages, 1, key=f"lab_page_{name} {where} {scale} {chosen}"
        )
    order, descending = _ORDERS[chosen]
    frame = cached(results.rows, where, scale, order, descending, _PAGE, (page - 1) * _PAGE)
    # A tick belongs to a position, so the table gets another key when new rows of a run move the others.
    position = f"{page} {chosen}" if order == "row" else f"{page} {chosen} {total}"
    event: Any = st.dataframe(
        frame,
        hide_index=True,
        height=min(460, 38 + 35 * len(frame)),
        column_order=_columns(frame, results),
        column_config=_config(_margin(results)),
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
        key=f"lab_table_{name} {where} {scale} {position}",
        alt=f"{total:,} rows with the answers of both models",
    )
    st.caption(
        f"{total:,} rows. Tick one to read it in full and to open it in Explore. Margin: {_margin(results)} "
        "Flips at: the smallest strength that changes the answer."
    )
    if event.selection.rows:
        _detail(frame.iloc[event.selection.rows[0]], results, scale)


def _columns(frame: pd.DataFrame, results: RunResults) -> list[str]:
    pairs = ["text_pair"] if results.spec.roles.text_pair else []
    first = [
        "row",
        "text",
        *pairs,
        "gold",
        "dense",
        "pruned",
        "margin",
        "flip_scale",
        "length",
        "flops_saved",
    ]
    known = {*first, "text_pair", "dense_margin", "dense_confidence", "confidence", "cut"}
    return [*first, *(str(name) for name in frame.columns if name not in known)]


def _margin(results: RunResults) -> str:
    if results.spec.answer_kind == "labels":
        return "twice the distance from 0.5 of the pruned probability nearest to it."
    return "probability of the pruned answer minus the runner-up's."


def _config(margin: str) -> dict[str, Any]:
    column = st.column_config
    return {
        "row": column.NumberColumn("row", format="%d", width="small", pinned=True),
        "text": column.TextColumn("text", width="large"),
        "text_pair": column.TextColumn("second text", width="large"),
        "dense": column.TextColumn("unpruned"),
        "margin": column.NumberColumn(
            "margin",
            format="%.3f",
            width="small",
            help=margin[0].upper() + margin[1:],
        ),
        "flip_scale": column.NumberColumn(
            "flips at",
            format="%.2f",
            width="small",
            help="The smallest strength of the run that changes the answer.",
        ),
        "length": column.NumberColumn("tokens", format="%d", width="small"),
        "flops_saved": column.NumberColumn("FLOPs saved", format="percent", width="small"),
    }


def _detail(row: pd.Series, results: RunResults, scale: int) -> None:
    with st.container(border=True):
        st.markdown(f"**Row {row['row']:,}**")
        stored = results.row(int(row["row"]))  # in full, as the table may cut it
        for text in filter(None, (stored.text, stored.text_pair)):
            st.text(text)
        gold = "no label" if pd.isna(row["gold"]) else f"label: {row['gold']}"
        flips = (
            "never flips"
            if pd.isna(row["flip_scale"])
            else f"flips at strength {strength_text(row['flip_scale'])}"
        )
        of = " (least certain label)" if results.spec.answer_kind == "labels" else ""
        st.caption(
            escaped(
                f"{gold} · unpruned: {row['dense']} {row['dense_confidence']:.0%}{of} · "
                f"pruned: {row['pruned']} {row['confidence']:.0%}{of} · {flips} · {row['length']:,} tokens"
            )
        )
        if st.button("Open in Explore", type="primary", key=f"lab_explore {row['row']}"):
            open_in_explore(stored, results.spec, results.scales[scale])
