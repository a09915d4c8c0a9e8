"""The soft mask of training as a curve, and its gradient (Kim et al. 2022, equation 6).

Two forms, as in `training.soft_pruning`: scores compared by difference, `sigmoid((s - theta) / T)`, as
published, or by ratio, `sigmoid((ln s - ln theta) / T)`.
"""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ltp_viz.core.scores import SMALLEST_THRESHOLD, soft_mask

MaskForm = Literal["linear", "log"]


def on_scale(scores: NDArray[np.float64], form: MaskForm) -> NDArray[np.float64]:
    """Scores or thresholds as the mask compares them."""
    return np.log(np.maximum(scores, SMALLEST_THRESHOLD)) if form == "log" else scores


def masks(
    scores: NDArray[np.float64], threshold: float, temperature: float, form: MaskForm
) -> NDArray[np.float64]:
    """The mask of each score, 0 to 1, in the shape of the scores."""
    learned = torch.tensor(float(on_scale(np.array(threshold), form)), dtype=torch.float64)
    return soft_mask(torch.from_numpy(on_scale(scores, form)), learned, temperature).numpy()


def mask_gradients(
    scores: NDArray[np.float64], threshold: float, temperature: float, form: MaskForm
) -> NDArray[np.float64]:
    """`m (1 - m) / T` of each score: how fast the mask decreases as theta or ln theta rises.

    This is minus the derivative by the threshold; its maximum, `1 / (4 T)`, is at a score equal to the
    threshold.
    """
    mask = masks(scores, threshold, temperature, form)
    return mask * (1 - mask) / temperature
