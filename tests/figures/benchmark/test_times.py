"""Figures of the Benchmark page show every cell, its spread, and what it is measured against."""

import math

import pytest

from ltp_viz.analysis.benchmark.cost_line import cost_line
from ltp_viz.analysis.benchmark.measure import WAYS, Cell
from ltp_viz.figures.benchmark.times import ceiling_figure, speed_up_figure, times_figure
from ltp_viz.figures.theme import alt_text

PEAK = 200.0


def made_cell(tokens: int, batch: int, fixed_ms: float = 4.0, ms_per_gflop: float = 6.0) -> Cell:
    gflops = {"dense": tokens / 50, "packed": tokens / 50, "pruned": tokens / 100}
    ms = {way: fixed_ms / batch + ms_per_gflop * work for way, work in gflops.items()}
    times = {f"{way}_ms": ms[way] for way in WAYS}
    spreads = {f"{way}_spread_ms": (0.9 * ms[way], 1.3 * ms[way]) for way in WAYS}
    warm_up = {f"{way}_warm_up_ms": (5 * ms[way], 2 * ms[way]) for way in WAYS}
    speed_up = ms["dense"] / ms["pruned"]
    return Cell(
        name=f"{tokens} tokens",
        dtype="float32",
        batch_size=batch,
        texts=batch,
        mean_tokens=float(tokens),
        rounds=5,
        packed_speed_up=1.0,
        speed_up=speed_up,
        flops_reduction=2.0,
        dense_peak_share=1e3 * gflops["dense"] / ms["dense"] / PEAK,
        pruned_peak_share=1e3 * gflops["pruned"] / ms["pruned"] / PEAK,
        dense_attention="sdpa",
        speed_up_spread=(0.9 * speed_up, 1.2 * speed_up),
        dense_mflops=1e3 * gflops["dense"],
        pruned_mflops=1e3 * gflops["pruned"],
        **times,  # type: ignore[arg-type]
        **spreads,  # type: ignore[arg-type]
        **warm_up,  # type: ignore[arg-type]
    )


CELLS = [made_cell(tokens, batch) for batch in (1, 8) for tokens in (128, 8, 32)]
LINES = [line for way in WAYS if (line := cost_line(CELLS, way))]


def test_times_rise_with_length_and_carry_their_spread() -> None:
    figure = times_figure(CELLS[:3], LINES)
    assert [trace.name for trace in figure.data] == list(WAYS)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    for trace, way in zip(figure.data, WAYS, strict=True):
        cells = sorted(CELLS[:3], key=lambda cell: cell.mean_tokens)
        assert list(trace.x) == [8, 32, 128] and list(trace.y) == [cell.ms(way) for cell in cells]
        tops = [value + up for value, up in zip(trace.y, trace.error_y.array, strict=True)]
        feet = [value - down for value, down in zip(trace.y, trace.error_y.arrayminus, strict=True)]
        assert tops == pytest.approx([cell.spread_ms(way)[1] for cell in cells])
        assert feet == pytest.approx([cell.spread_ms(way)[0] for cell in cells])
        low, high = (10**edge for edge in figure.layout.yaxis.range)
        assert low <= min(feet) and max(tops) <= high
    assert figure.layout.shapes[0].y0 == pytest.approx(4.0), "the fixed cost of a call of one text"
    assert "8 tokens: dense 4.96, packed 4.96, pruned 4.48" in alt_text(figure)


def test_fixed_cost_is_left_out_where_there_is_no_line() -> None:
    assert not times_figure(CELLS[:1], []).layout.shapes


def test_speed_up_is_shown_beside_what_flops_predict() -> None:
    figure = speed_up_figure(CELLS)
    assert [trace.name for trace in figure.data] == ["batch 1", "batch 8", "FLOPs reduction"]
    assert list(figure.data[2].y) == [2.0] * 3
    assert list(figure.data[0].y) == sorted(figure.data[0].y), "longer texts gain more"
    assert min(figure.data[1].y) > min(figure.data[0].y), "batches share the fixed cost"
    assert figure.layout.yaxis.range[1] >= max(cell.speed_up_spread[1] for cell in CELLS)
    assert "FLOPs are 2.00 to 2.00 times fewer" in alt_text(figure)


def test_ceiling_is_above_every_mark_and_lines_pass_through_them() -> None:
    figure = ceiling_figure(CELLS, LINES, PEAK)
    marks = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    assert set(marks) == {"dense", "pruned"} and figure.layout.shapes[0].y0 == PEAK
    for way, trace in marks.items():
        assert max(trace.y) < PEAK
        shares = [getattr(cell, f"{way}_peak_share") for cell in CELLS]
        assert [rate / PEAK for rate in trace.y] == pytest.approx(shares)
    curves = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(curves) == 2
    for curve in curves:
        assert list(curve.y) == sorted(curve.y) and curve.y[-1] < 1e3 / 6.0
    assert 10 ** figure.layout.yaxis.range[1] > PEAK and math.isfinite(figure.layout.yaxis.range[0])
