"""A linear layer together with what directly follows it: an activation, or dropout and a residual.

Pruning leaves few rows per product, where torch's default product is at its weakest. In inference, oneDNN
multiplies by a weight packed beforehand and applies what follows while the result is still in registers: up
to twice as fast at 8 to 64 rows and never slower. The operators are private ones that torch's own compiler
emits, so they are compared with torch's public ones once per process, on a small product; where they are
missing, fail or give other numbers, the public ones run.
"""

import logging
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.activations import ACT2FN

logger = logging.getLogger(__name__)

# Hugging Face's name of an activation -> oneDNN's name and variant.
_ONEDNN_ACTIVATIONS = {
    "gelu": ("gelu", "none"),
    "gelu_pytorch_tanh": ("gelu", "tanh"),
    "gelu_new": ("gelu", "tanh"),
    "relu": ("relu", ""),
}
# Largest difference from torch's own operators on the small product, whose values are of size 1.
_TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.05}


class FusedLinear(nn.Linear):
    """`activation(x W + b)`, or `residual + dropout(x W + b)`.

    Packs its weight at the first inference and again whenever the weight changes.
    """

    _packed: tuple[tuple[int, int, torch.dtype], Tensor] | None = None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        activation: str | None = None,
        dropout: float = 0.0,
        bias: bool = True,
    ):
        super().__init__(in_features, out_features, bias)
        self.activation_name = activation
        self.activation = nn.Identity() if activation is None else ACT2FN[activation]
        self.dropout = nn.Dropout(dropout)

    def forward(self, input: Tensor, residual: Tensor | None = None) -> Tensor:
        """(rows, in_features), and a residual (rows, out_features) -> (rows, out_features)."""
        output: Tensor
        if self._can_fuse(input):
            name = self.activation_name
            output = _fused(input, self._packed_weight(), self.bias, name, residual)
            is_applied = name is None or name in _ONEDNN_ACTIVATIONS or residual is not None
            return output if is_applied else self.activation(output)
        output = self.activation(F.linear(input, self.weight, self.bias))
        return output if residual is None else residual + self.dropout(output)

    def _can_fuse(self, input: Tensor) -> bool:
        weight = self.weight
        return not (
            torch.is_grad_enabled()
            or self.training
            or input.device.type != "cpu"
            or weight.dtype != input.dtype
            or weight.is_inference()
            or torch.is_autocast_enabled("cpu")
        ) and works_fused(weight.dtype)

    def _packed_weight(self) -> Tensor:
        # The key changes with every change: new storage, an optimizer's step in place, another dtype.
        key = (self.weight.data_ptr(), self.weight._version, self.weight.dtype)
        packed = self._packed
        if packed is None or packed[0] != key:
            packed = (key, _pack(self.weight.detach()))
            self._packed = packed  # one assignment: threads may pack twice, never see half
        return packed[1]

    def __getstate__(self) -> dict[str, object]:
        # Packed weights can be neither copied nor saved; a copy packs its own.
        return {**self.__dict__, "_packed": None}


@lru_cache
def works_fused(dtype: torch.dtype) -> bool:
    """Whether the private operators agree with torch's own in this dtype, here; looks once per process."""
    if dtype not in _TOLERANCE or not torch.backends.mkldnn.is_available():
        return False
    if dtype == torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    try:
        with torch.no_grad():
            difference = _largest_difference(dtype)
    except Exception as error:  # whatever a private operator raises, the public ones remain
        logger.info("linear layers run unfused in %s: %s", dtype, error)
        return False
    if not difference <= _TOLERANCE[dtype]:  # NaN is not
        logger.info("linear layers run unfused in %s: fused ones differ by %g", dtype, difference)
        return False
    return True


def _largest_difference(dtype: torch.dtype) -> float:
    """Of the private operators from torch's own, over everything that `FusedLinear` asks of them."""
    rows, inputs, outputs = 3, 20, 17
    # Spread over -1 to 1 without any random number, of which the caller may hold the generator.
    values = torch.sin(torch.arange(rows * inputs + outputs * inputs + outputs + rows * outputs).double())
    parts = values.to(dtype).split([rows * inputs, outputs * inputs, outputs, rows * outputs])
    input, weight, bias = parts[0].view(rows, inputs), parts[1].view(outputs, inputs), parts[2]
    residual, packed = parts[3].view(rows, outputs), _pack(weight)
    plain = F.linear(input, weight, bias)
    pairs = [
        (_fused(input, packed, bias, None, None), plain),
        (_fused(input, packed, bias, None, residual), residual + plain),
        (_fused(input, packed, None, None, None), F.linear(input, weight)),
        (_fused(input, packed, None, None, residual), residual + F.linear(input, weight)),
    ]
    pairs += [(_fused(input, packed, bias, name, None), ACT2FN[name](plain)) for name in _ONEDNN_ACTIVATIONS]
    # `max` of a tensor, unlike Python's, is NaN as soon as one of them is.
    return float(torch.stack([(mine - expected).abs().max() for mine, expected in pairs]).float().max())


def _pack(weight: Tensor) -> Tensor:
    packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)
    return packed


def _fused(
    input: Tensor, packed: Tensor, bias: Tensor | None, activation: str | None, residual: Tensor | None
) -> Tensor:
    """`x W + b` and a residual, or an activation where oneDNN has it."""
    operator = torch.ops.mkldnn._linear_pointwise
    output: Tensor
    if residual is not None:
        output = operator.binary(input, residual, packed, bias, "add")
    else:
        name, variant = _ONEDNN_ACTIVATIONS.get(activation or "", ("none", ""))
        output = operator(input, packed, bias, name, [], variant)
    return output
