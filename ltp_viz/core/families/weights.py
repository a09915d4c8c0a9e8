"""Rename a plain checkpoint's weights; queries, keys and values are fused into one projection."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

_PROJECTIONS = ("query", "key", "value")


def renamed(
    source: Mapping[str, Tensor],
    layer: re.Pattern[str],
    layer_names: Mapping[str, str],
    names: Mapping[str, str],
) -> dict[str, Tensor]:
    """Weights under this library's names; those that have none are left out.

    `layer` finds the number, the part and the parameter in the name of a layer's weight, `layer_names` its
    part's name here. `names` holds the ends of all other modules' names, and their names here.
    """
    weights: dict[str, Tensor] = {}
    projections: dict[tuple[str, str], dict[str, Tensor]] = {}
    for name, tensor in source.items():
        stem, _, parameter = name.rpartition(".")
        if parameter not in ("weight", "bias"):  # I-BERT's numbers for integers
            continue
        if match := layer.search(name):
            index, part, _ = match.groups()
            target = layer_names.get(part)
            if target in _PROJECTIONS:
                projections.setdefault((index, parameter), {})[target] = tensor
            elif target is not None:
                weights[f"layers.{index}.{target}.{parameter}"] = tensor
            continue
        for old, new in names.items():
            if stem.endswith(old):
                weights[f"{new}.{parameter}"] = tensor
    for (index, parameter), parts in projections.items():
        fused = torch.cat([parts[name] for name in _PROJECTIONS])
        weights[f"layers.{index}.query_key_value.{parameter}"] = fused
    return weights
