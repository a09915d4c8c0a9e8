"""Figures show the trace's own numbers and say them in words."""

import numpy as np
import pytest

from ltp_viz import TextClassifier, Trace
from ltp_viz.analysis.sweeps import Sweep, sweep_text
from ltp_viz.figures.explore.flops import flops_figure
from ltp_viz.figures.explore.lengths import lengths_figure
from ltp_viz.figures.explore.sweeps import sweep_figure
from ltp_viz.figures.explore.thresholds import thresholds_figure
from ltp_viz.figures.theme import alt_text


@pytest.fixture(scope="module")
def trace(classifier: TextClassifier) -> Trace:
    return classifier.trace("A warm, funny little film that never wastes a minute.", global_scale=1.4)


def test_thresholds_figure(trace: Trace) -> None:
    figure = thresholds_figure(trace)
    assert list(figure.data[0].y) == list(trace.learned_thresholds)
    assert list(figure.data[1].y) == list(trace.thresholds)
    assert figure.data[0].name == "learned"
    assert f"{trace.thresholds[-1]:.4f}" in alt_text(figure)


def test_lengths_figure(trace: Trace) -> None:
    figure = lengths_figure(trace)
    assert list(figure.data[1].y) == trace.keep.sum(1).tolist()
    assert list(figure.data[0].y) == [len(trace.tokens)] * trace.num_layers
    assert f"of {len(trace.tokens)} without pruning" in alt_text(figure)


def test_flops_figure(trace: Trace) -> None:
    figure = flops_figure(trace)
    assert sum(figure.data[1].y) * 1e6 == pytest.approx(2 * trace.macs)
    assert sum(figure.data[0].y) * 1e6 == pytest.approx(2 * trace.dense_macs)
    assert "Millions of FLOPs" in alt_text(figure)


def test_sweep_figure(classifier: TextClassifier) -> None:
    text = "The library opens at nine on weekdays and stays closed on public holidays."
    scales = [0.0, 1.0, 1.2, 1.55, 3.0]
    figure = sweep_figure(sweep_text(classifier, classifier.tokenize(text), scales), 1.0)
    for k, scale in enumerate(scales):
        trace = classifier.trace(text, global_scale=scale)
        assert figure.data[0].y[k] == pytest.approx(100 * (1 - trace.macs / trace.dense_macs), abs=0.01)
        assert figure.data[1].y[k] == pytest.approx(
            100 * trace.probabilities[classifier.labels.index("positive")], abs=0.01
        )
    assert list(figure.data[2].x) == [1.2, 1.55]
    assert list(figure.data[2].text) == ["now negative", "now positive"]
    assert "The answer changes at 1.20, 1.55" in alt_text(figure)


def test_sweep_figure_says_so_where_nothing_flips(classifier: TextClassifier) -> None:
    figure = sweep_figure(sweep_text(classifier, classifier.tokenize("Unforgettable"), [0.0, 1.0]), 1.0)
    assert len(figure.data[2].x) == 0 and "same at every strength" in alt_text(figure)


def test_sweep_figure_of_a_regression_shows_its_number() -> None:
    sweep = Sweep(
        scales=(0.0, 1.0, 2.0),
        depths=np.ones((3, 2), dtype=np.int64),
        logits=np.array([[3.46], [3.41], [3.6]], dtype=np.float32),
        scores=np.zeros((3, 1, 2), dtype=np.float32),
        layer_macs=np.array([[[60, 40]], [[30, 20]], [[12, 8]]]),
        dense_macs=100,
        labels=("similarity",),
        num_layers=1,
    )
    figure = sweep_figure(sweep, 1.0)
    assert len(figure.data) == 2 and list(figure.data[1].y) == pytest.approx([3.46, 3.41, 3.6])
    low, high = figure.layout.yaxis2.range
    assert high - low >= 1, "a small move must look small"
    assert low <= 3.41 and high >= 3.6
    assert low / figure.layout.yaxis2.dtick == pytest.approx(round(low / figure.layout.yaxis2.dtick))
    assert high / figure.layout.yaxis2.dtick == pytest.approx(round(high / figure.layout.yaxis2.dtick))
    assert figure.layout.yaxis2.title.text == "similarity"
    assert figure.data[1].name == "similarity (right axis)"
    assert "The answer goes from 3.46 to 3.60, between 3.41 and 3.60." in alt_text(figure)
