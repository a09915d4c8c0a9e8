"""Weights whose names carry the prefix of a wrapper that the model was saved inside of."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForSequenceClassification, PreTrainedConfig

# torch.compile's and DataParallel's, in any order.
_WRAPPERS = re.compile(r"^(?:_orig_mod\.|module\.)+")
# Early BERT checkpoints call a LayerNorm's weights gamma and beta.
_EARLY_NORM = re.compile(r"(?<=LayerNorm\.)(gamma|beta)$")
_NORM = {"gamma": "weight", "beta": "bias"}


def unwrapped_name(name: str) -> str:
    """A weight's name as today's model classes have it."""
    return _EARLY_NORM.sub(lambda match: _NORM[match[1]], _WRAPPERS.sub("", name))


def is_wrapped(names: Mapping[str, Any]) -> bool:
    """Whether transformers would not find a weight for the prefix before its name."""
    return any(_WRAPPERS.match(name) for name in names)


def load_wrapped(config: PreTrainedConfig, files: list[Path]) -> tuple[Any, list[str]]:
    """The model of a configuration in fp32, with weights from safetensors files, and the names it lacks."""
    weights: dict[str, Tensor] = {}
    for file in files:
        weights |= {unwrapped_name(name): tensor for name, tensor in load_file(file).items()}
    model: Any = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    prefix = f"{model.base_model_prefix}." if model.base_model_prefix else ""
    own = set(model.state_dict())
    placed = {
        next((known for known in (name, prefix + name) if known in own), name): tensor
        for name, tensor in weights.items()
    }
    missing = model.load_state_dict(placed, strict=False).missing_keys
    return model.eval(), [name for name in missing if not name.endswith("position_ids")]
