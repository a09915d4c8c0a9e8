"""Figures show the trace's own numbers and say them in words."""

import pytest

from ltp_viz import TextClassifier, Trace
from ltp_viz.figures.flops import flops_figure
from ltp_viz.figures.lengths import lengths_figure
from ltp_viz.figures.theme import alt_text
from ltp_viz.figures.thresholds import thresholds_figure


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
