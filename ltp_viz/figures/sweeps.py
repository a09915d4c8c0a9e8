"""What every global scale would do to one text: FLOPs saved, prediction, and where it flips."""

import numpy as np
import plotly.graph_objects as go

from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.figures.theme import DENSE, FLIP, PRUNED, finish


def sweep_figure(sweep: Sweep, global_scale: float) -> go.Figure:
    """Share of FLOPs saved and the probability of the unpruned answer over all scales."""
    saved = 100 * (1 - sweep.macs / sweep.dense_macs)
    answer = int(sweep.logits[0].argmax())
    probability = 100 * sweep.probabilities[:, answer]
    flipped = [sweep.scales.index(scale) for scale in sweep.flips]
    figure = go.Figure(
        [
            go.Scatter(
                x=sweep.scales,
                y=saved.round(2).tolist(),
                name="FLOPs saved",
                mode="lines",
                line={"color": DENSE, "shape": "hv", "dash": "dot"},
                hovertemplate="%{y:.1f} %",
            ),
            go.Scatter(
                x=sweep.scales,
                y=probability.round(2).tolist(),
                name=f"probability of “{sweep.labels[answer]}”",
                mode="lines",
                line={"color": PRUNED, "shape": "hv"},
                hovertemplate="%{y:.1f} %",
            ),
            go.Scatter(
                x=[sweep.scales[k] for k in flipped],
                y=[probability[k].round(2) for k in flipped],
                name="the answer changes",
                mode="markers",
                marker={"color": FLIP, "symbol": "diamond", "size": 10},
                hovertemplate="%{text}",
                text=[f"now {sweep.labels[int(sweep.logits[k].argmax())]}" for k in flipped],
            ),
        ]
    )
    figure.add_vline(x=global_scale, line={"color": PRUNED, "width": 1.5})
    figure.update_xaxes(
        title={"text": "scale of all thresholds", "standoff": 6}, tickprefix="×", fixedrange=True
    )
    figure.update_yaxes(range=[0, 102], ticksuffix=" %")
    return finish(figure, "", _words(sweep, saved, global_scale))


def _words(sweep: Sweep, saved: np.ndarray, global_scale: float) -> str:
    flips = (
        f"The answer changes at {', '.join(f'×{scale:.2f}' for scale in sweep.flips)}."
        if sweep.flips
        else "The answer is the same at every scale."
    )
    return (
        f"Scales ×{sweep.scales[0]:.2f} to ×{sweep.scales[-1]:.2f}: FLOPs saved go from {saved[0]:.0f} to "
        f"{saved[-1]:.0f} percent. {flips} Now at ×{global_scale:.2f}."
    )
