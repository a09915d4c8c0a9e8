"""Rename a plain checkpoint's weights, and back; queries, keys and values are fused into one projection."""

import re
from collections.abc import Callable, Mapping

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


def restore(
    weights: Mapping[str, Tensor],
    source: dict[str, Tensor],
    rename: Callable[[dict[str, Tensor]], dict[str, Tensor]],
) -> None:
    """Write weights with this library's names into a plain model's state dict, in place: undoes `rename`.

    `rename` may join, split and leave out rows of tensors, but computes nothing. It is applied to labels of
    the rows, (tensor, row), and so shows where each row came from.
    """
    names = list(source)
    labels = {}
    for number, (name, tensor) in enumerate(source.items()):
        rows = torch.arange(len(tensor) if tensor.ndim else 1)
        labels[name] = torch.stack([torch.full_like(rows, number), rows], 1)
    for name, label in rename(labels).items():
        for number in label[:, 0].unique():
            here = label[:, 0] == number
            source[names[int(number)]][label[here, 1]] = weights[name][here].to(source[names[int(number)]])
