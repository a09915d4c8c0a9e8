"""The results: figures, conclusions, the table, the warm-up."""

from typing import TypeVar

import pandas as pd
import streamlit as st

from ltp_viz.analysis.benchmark.measure import WARM_UP_ROUNDS, WAYS, Cell
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.benchmark.summary import BenchmarkSummary, summarize_cells
from ltp_viz.figures.benchmark.times import ceiling_figure, speed_up_figure, times_figure
from ltp_viz.ui.benchmark import conclusions as words
from ltp_viz.ui.shell.charts import chart
from ltp_viz.ui.shell.glossary import explained, glossary_links
from ltp_viz.ui.shell.markdown import escaped

_Option = TypeVar("_Option", str, int)


def show(record: BenchmarkRecord) -> None:
    """Draw everything below the progress."""
    st.caption(escaped(words.machine_words(record)))
    if message := words.busy_words(record):
        st.warning(message)
    if not record.cells:
        st.info("The first cell appears here in a moment.")
        return
    formats = [*dict.fromkeys(cell.dtype for cell in record.cells)]
    dtype = _chosen("Number format", formats, "bench_show_dtype")
    found = summarize_cells(record.cells, dtype)
    peak = record.machine.matmul_gflops[dtype]
    _headline(found, peak, record.num_layers)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Time per text")
        sizes = sorted({cell.batch_size for cell in found.cells})
        size = _chosen("Batch size", sizes, "bench_show_batch")
        of_size = [cell for cell in found.cells if cell.batch_size == size]
        chart(times_figure(of_size, found.lines), f"bench times {dtype} {size} {len(found.cells)}")
        st.caption("Median over rounds; bars span the middle half of them. Both axes are logarithmic.")
    with right:
        st.markdown("##### Speed-up beside the FLOPs reduction")
        chart(speed_up_figure(found.cells), f"bench speed {dtype} {len(found.cells)}")
        st.caption("The gap below the dashed line is the predicted speed-up that was not reached.")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Below the machine's ceiling")
        chart(ceiling_figure(found.cells, found.lines, peak), f"bench ceiling {dtype} {len(found.cells)}")
        st.caption(
            "Each mark is a cell: the rate of its calls, compared with the best square matrix product. "
            "Pruning moves a mark to the left, to less work, and down the slope."
        )
    with right:
        st.markdown("##### Why short texts gain little")
        for paragraph in words.why_words(found, record.num_layers):
            st.markdown(paragraph)
        st.markdown("##### Conclusions")
        st.markdown("\n".join(f"- {sentence}" for sentence in words.conclusions(found)))
    if found.lines:
        with st.expander("Fixed cost and cost per FLOP"):
            st.latex(r"t_\text{call} = a + b \cdot \mathrm{FLOPs}_\text{call}")
            st.markdown(words.lines_table(found, record.num_layers))
            st.caption(
                "One fit per way over all cells of this number format; every cell has the same weight "
                "relative to its time. Neither part may be negative."
            )
    st.markdown("##### Every cell")
    _table(found.cells)
    _warm_up(found.cells)


def _chosen(label: str, options: list[_Option], key: str) -> _Option:
    """The chosen option; draws no field for a single one. A choice from another benchmark is ignored."""
    if len(options) < 2:
        return options[0]
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    st.segmented_control(label, options, required=True, key=key)
    chosen: _Option = st.session_state[key]
    return chosen


def _headline(found: BenchmarkSummary, peak: float, num_layers: int) -> None:
    small, best, pruned = found.smallest, found.fastest, found.line("pruned")
    shares = [
        100 * share for cell in found.cells for share in (cell.dense_peak_share, cell.pruned_peak_share)
    ]
    realised = [100 * cell.realised for cell in found.cells]
    cards: list[tuple[str, str, str, str]] = [
        (
            "Fastest cell",
            f"{best.speed_up:.1f}× dense",
            f"{best.mean_tokens:g} tokens, batch {best.batch_size}",
            explained("Dense time over pruned time, medians over rounds.", "speed-up"),
        ),
        (
            "Smallest cell",
            f"{small.speed_up:.1f}× dense",
            f"{small.mean_tokens:g} tokens, batch {small.batch_size}",
            explained("The speed-up where a call has the least work.", "speed-up", "fixed-cost"),
        ),
        (
            "Realised",
            f"{min(realised):.0f}–{max(realised):.0f} %",
            "of the FLOPs reduction",
            explained("Speed-up divided by FLOPs reduction, over all cells.", "realised"),
        ),
        (
            "Fixed cost",
            f"{pruned.fixed_ms:.1f} ms" if pruned else "–",
            f"per call, {pruned.fixed_ms / num_layers:.2f} ms per layer"
            if pruned
            else "several lengths needed",
            explained("The cost of a pruned call that does not depend on its texts.", "fixed-cost"),
        ),
        (
            "Ceiling",
            f"{peak:,.0f} GFLOP/s",
            f"{min(shares):.0f} to {max(shares):.0f} % reached",
            explained("The best square matrix product found on this machine.", "ceiling"),
        ),
    ]
    with st.container(key="bench_headline"):
        st.html(
            "<style>.st-key-bench_headline { display: grid; "
            "grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); }"
            ".st-key-bench_headline [data-testid=stMetricDelta] :is(div, p) "
            "{ white-space: normal; overflow: visible; }"
            ".st-key-bench_headline [data-testid=stMetricValue] { font-size: 1.6rem; }</style>"
        )
        for name, value, detail, help in cards:
            st.metric(
                name,
                value,
                detail,
                delta_color="off",
                delta_arrow="off",
                border=True,
                help=help,
                height="stretch",
            )


def _table(cells: tuple[Cell, ...]) -> None:
    rows = [
        {
            "tokens": cell.mean_tokens,
            "batch": cell.batch_size,
            **{part: value for way in WAYS for part, value in _times(cell, way)},
            "rounds": cell.rounds,
            "packed": cell.packed_speed_up,
            "pruned": cell.speed_up,
            "spread": "{:.2f} to {:.2f}".format(*cell.speed_up_spread),
            "FLOPs": cell.flops_reduction,
            "realised": cell.realised,
            "ceiling, dense": cell.dense_peak_share,
            "ceiling, pruned": cell.pruned_peak_share,
        }
        for cell in cells
    ]
    number = st.column_config.NumberColumn
    times = {f"{way} ms": number(f"{way} ms", format="%.2f") for way in WAYS}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        column_config={
            **times,
            "tokens": number("tokens", format="%d"),
            "packed": number("packed", format="%.2f×", help="Dense time over packed time, without pruning."),
            "pruned": number("pruned", format="%.2f×", help="Dense time over pruned time."),
            "spread": st.column_config.TextColumn("pruned, quartiles"),
            "FLOPs": number("FLOPs", format="%.2f×", help="Dense FLOPs over pruned FLOPs."),
            "realised": number("realised", format="percent", help="Speed-up divided by FLOPs reduction."),
            "ceiling, dense": number("ceiling, dense", format="percent"),
            "ceiling, pruned": number("ceiling, pruned", format="percent"),
        },
        alt="Median and quartiles of every cell's times, speed-ups, FLOPs reduction and share of the ceiling",
    )
    # Help marks of columns close before a link in them can be reached.
    st.caption(glossary_links("dense-model", "packed", "pruned", "spread", "realised", "ceiling"))


def _times(cell: Cell, way: str) -> tuple[tuple[str, object], ...]:
    low, high = cell.spread_ms(way)
    return (f"{way} ms", cell.ms(way)), (f"{way}, quartiles", f"{low:.2f} to {high:.2f}")


def _warm_up(cells: tuple[Cell, ...]) -> None:
    with st.expander("Warm-up"):
        st.caption(
            f"The first {WARM_UP_ROUNDS} rounds of every batch are run, timed and discarded: memory is "
            "allocated, weights enter the cache, operations choose their code. In ms per text, beside the "
            "median of the rounds that count."
        )
        rows = [
            {"tokens": cell.mean_tokens, "batch": cell.batch_size}
            | {f"{way}, {name}": value for way in WAYS for name, value in _rounds(cell, way)}
            for cell in cells
        ]
        frame = pd.DataFrame(rows)
        formats = {
            name: st.column_config.NumberColumn(name, format="%.2f")
            for name in frame.columns
            if name not in ("tokens", "batch")
        }
        formats["tokens"] = st.column_config.NumberColumn("tokens", format="%d")
        alt = "Times of the discarded rounds, beside the medians"
        st.dataframe(frame, hide_index=True, width="stretch", column_config=formats, alt=alt)


def _rounds(cell: Cell, way: str) -> list[tuple[str, float]]:
    names = [f"round {index + 1}" for index in range(WARM_UP_ROUNDS)]
    return [*zip(names, cell.warm_up_ms(way), strict=True), ("median", cell.ms(way))]
