"""Figures for notebooks: plotly figures of one trace or of one text's sweep over the pruning strength.

    model = ltp_viz.load_model("sst2")
    trace = model.trace("A warm, funny little film.")
    plots.lengths(trace).show()
    plots.scales(plots.sweep(model, "A warm, funny little film.")).show()

Each figure has a description in words: `plots.alt_text(figure)`.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

from ltp_viz.analysis.sweeps import SCALES, Sweep, sweep_text
from ltp_viz.core.trace import Trace
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.figures.explore.flops import flops_figure
from ltp_viz.figures.explore.lengths import lengths_figure
from ltp_viz.figures.explore.sweeps import sweep_figure
from ltp_viz.figures.explore.thresholds import thresholds_figure
from ltp_viz.figures.theme import alt_text

__all__ = ["alt_text", "flops", "lengths", "scales", "sweep", "thresholds"]


def lengths(trace: Trace) -> go.Figure:
    """Tokens left after each layer, beside the full text. L bars."""
    return lengths_figure(trace)


def flops(trace: Trace) -> go.Figure:
    """Millions of FLOPs per layer, beside those without pruning. L bars."""
    return flops_figure(trace)


def thresholds(trace: Trace) -> go.Figure:
    """Learned thresholds and the scaled ones, layer by layer, in units of the score.

    Raises ValueError for a trace of another rule, which has no thresholds.
    """
    if not trace.thresholds:
        raise ValueError(
            f"This trace was pruned by {trace.rule}, which has no thresholds; use plots.lengths."
        )
    return thresholds_figure(trace)


def sweep(model: TextClassifier, text: str, scales: Sequence[float] = SCALES) -> Sweep:
    """One text at every pruning strength of `scales`, for `plots.scales`."""
    return sweep_text(model, model.tokenize(text), scales)


def scales(sweep: Sweep, global_scale: float = 1.0) -> go.Figure:
    """Share of FLOPs saved and probability of the answer against the pruning strength.

    Diamonds mark where the answer changes, a vertical line marks `global_scale`. A regression shows the
    answer itself, on the right axis.
    """
    return sweep_figure(sweep, global_scale)
