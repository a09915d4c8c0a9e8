"""A fused linear layer computes what torch's own operators compute, and runs without the private ones."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from transformers.activations import ACT2FN

from ltp_viz.core import linear
from ltp_viz.core.linear import FusedLinear, works_fused

OPERATOR: Any = torch.ops.mkldnn._linear_pointwise if torch.backends.mkldnn.is_available() else None


class BrokenOperator:
    """Stands in for the private operator; `change` is what it makes of the true results."""

    def __init__(self, change: Callable[[torch.Tensor], torch.Tensor]):
        self.change = change

    def __call__(self, *arguments: Any) -> torch.Tensor:
        return self.change(OPERATOR(*arguments))

    def binary(self, *arguments: Any) -> torch.Tensor:
        return self.change(OPERATOR.binary(*arguments))


def raises(result: torch.Tensor) -> torch.Tensor:
    raise RuntimeError("could not create a primitive")


BROKEN: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "raises": raises,
    "is off by little": lambda result: result + 1e-2,
    "gives NaN": lambda result: result * float("nan"),
    "loses a column": lambda result: result[:, :-1],
}


@pytest.fixture
def looks_again() -> Iterator[None]:
    works_fused.cache_clear()
    yield
    works_fused.cache_clear()


def check(layer: FusedLinear, activation: str | None) -> None:
    layer.eval()
    rows, residual = torch.randn(5, 12), torch.randn(5, 9)
    plain = F.linear(rows, layer.weight, layer.bias)
    expected = plain if activation is None else ACT2FN[activation](plain)
    with torch.no_grad():
        torch.testing.assert_close(layer(rows), expected.detach(), atol=1e-5, rtol=1e-5)
        if activation is None:
            found = layer(rows, residual)
            torch.testing.assert_close(found, (plain + residual).detach(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("activation", [None, "gelu", "gelu_pytorch_tanh", "relu", "silu"])
def test_equals_torch(activation: str | None) -> None:
    check(FusedLinear(12, 9, activation), activation)


@pytest.mark.skipif(OPERATOR is None, reason="torch was built without oneDNN")
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_operator_is_found_and_not_used(
    broken: str, looks_again: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert works_fused(torch.float32)
    works_fused.cache_clear()
    monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", BrokenOperator(BROKEN[broken]))
    with caplog.at_level(logging.INFO, linear.__name__):
        for activation in (None, "gelu", "relu"):
            check(FusedLinear(12, 9, activation), activation)
    assert not works_fused(torch.float32)
    assert sum("run unfused" in record.message for record in caplog.records) == 1, "looked at once"


@pytest.mark.skipif(OPERATOR is None, reason="torch was built without oneDNN")
def test_an_operator_that_cannot_pack_is_not_used(looks_again: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(weight: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("no kernel for this processor")

    monkeypatch.setattr(torch.ops.mkldnn, "_reorder_linear_weight", cannot)
    check(FusedLinear(12, 9), None)
    assert not works_fused(torch.float32)


def test_looking_takes_no_random_number(looks_again: None) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    works_fused(torch.float32)
    assert torch.equal(torch.rand(1), expected)
