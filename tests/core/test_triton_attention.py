"""The GPU kernels, run by Triton's interpreter where there is no GPU, equal the definition."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ltp_viz.core.attention import triton

CHECK = """
import torch
from ltp_viz.core.attention.reference import reference_attention
from ltp_viz.core.attention.triton import triton_attention
torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
for lengths, width in [((1,), 32), ((64,), 32), ((130, 3, 65), 32), ((20, 70), 20), ((33, 5), 64)]:
    projected = torch.randn(sum(lengths), 3, 3, width)
    expected, expected_sums = reference_attention(projected, lengths)
    with torch.no_grad():
        output, sums = triton_attention(projected.to(device), lengths, True)
        alone, nothing = triton_attention(projected.to(device), lengths, False)
    assert nothing is None
    torch.testing.assert_close(output.cpu(), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(alone.cpu(), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(sums.cpu(), expected_sums, atol=1e-4, rtol=1e-5)
print("equal")
"""


@pytest.mark.skipif(not triton.HAS_TRITON, reason="Triton is not installed (it exists for Linux)")
def test_equals_the_definition() -> None:
    # The interpreter must be chosen before the kernels are defined, so they run in a process of their own.
    interpreter = {} if torch.cuda.is_available() else {"TRITON_INTERPRET": "1"}
    result = subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **interpreter},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0 and "equal" in result.stdout, result.stderr
