"""The curve of the soft mask and the gradient that goes with it."""

import numpy as np
import pytest
import torch

from ltp_viz.analysis.learn.mask_curves import MaskForm, mask_gradients, masks, on_scale
from ltp_viz.core.scores import soft_mask

SCORES = np.array([0.0008, 0.0031, 0.0044, 0.0046, 0.0091, 0.043])


@pytest.mark.parametrize(("form", "temperature"), [("linear", 1e-3), ("linear", 2e-4), ("log", 0.05)])
def test_gradient_is_that_of_autograd(form: MaskForm, temperature: float) -> None:
    learned = torch.tensor(float(on_scale(np.array(0.0044), form)), dtype=torch.float64, requires_grad=True)
    expected = []
    for score in torch.from_numpy(on_scale(SCORES, form)):
        (gradient,) = torch.autograd.grad(soft_mask(score, learned, temperature), learned)
        expected.append(-float(gradient))
    np.testing.assert_allclose(mask_gradients(SCORES, 0.0044, temperature, form), expected, rtol=1e-9)


@pytest.mark.parametrize(("form", "cold"), [("linear", 1e-7), ("log", 1e-5)])
def test_cold_masks_are_hard_and_have_no_gradient(form: MaskForm, cold: float) -> None:
    apart = SCORES[SCORES != 0.0044]
    np.testing.assert_allclose(masks(apart, 0.0044, cold, form), apart > 0.0044, atol=1e-6)
    assert mask_gradients(apart, 0.0044, cold, form).max() < 1e-3
    peak = mask_gradients(np.array([0.0044]), 0.0044, cold, form)
    assert peak[0] == pytest.approx(1 / (4 * cold))
