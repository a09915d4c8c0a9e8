"""Checks before a training writes or computes anything; each failure is one message."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.flops import pruned_and_dense_macs
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.training.recipe import Recipe

# Copies of the weights in fp32: two checkpoints with two optimizer moments each, and three finished stages.
_COPIES_ON_DISK = 2 * 3 + 3


def check_same_recipe(output: Path, recipe: Recipe) -> None:
    """Raises InputError if the folder holds a run with other settings."""
    for place in (output, *output.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"--output {output} cannot be a folder: {place} is a file; give another.")
    _check_same(output, "recipe.json", recipe.to_dict())


def describe_data(train: LabelledTexts, holdout: LabelledTexts, trained_on: int) -> dict[str, Any]:
    """What identifies a run's data: numbers of texts, and a digest of texts and labels."""
    digest = f"{train.digest} {holdout.digest}"
    return {"train_texts": trained_on, "holdout_texts": len(holdout), "digest": digest}


def check_same_data(output: Path, data: dict[str, Any]) -> None:
    """Raises InputError if the folder holds a run on other data."""
    _check_same(output, "data.json", {name: value for name, value in data.items() if name != "digest"})
    earlier = _earlier(output, "data.json")
    if earlier.get("digest", data["digest"]) != data["digest"]:
        raise InputError(
            f"{output} holds a run on other texts; give the same data to resume it, or another --output."
        )


def _check_same(output: Path, file: str, now: dict[str, Any]) -> None:
    earlier = _earlier(output, file)
    for name, value in now.items():
        if name in earlier and earlier[name] != value:
            raise InputError(
                f"{output} holds a run with {name} {earlier[name]!r}, not {value!r}; give the same settings "
                "to resume it, or another --output."
            )


def _earlier(output: Path, file: str) -> dict[str, Any]:
    try:
        earlier: dict[str, Any] = json.loads((output / file).read_text())
    except (OSError, ValueError):  # missing, or the process was killed while it wrote this first file
        return {}
    return earlier


def check_classes_left(labels: set[float], recipe: Recipe) -> None:
    """Raises InputError if the settings leave only one of several classes to train on."""
    if len(labels) < 2 and not recipe.task_settings.is_regression:
        cut = "shortest_share" if recipe.shortest_share < 1 else "max_train_texts"
        raise InputError(
            f"{cut} {getattr(recipe, cut)} leaves texts of one class only, and a classifier needs two; "
            "raise it."
        )


def check_target(target: float, lengths: list[int], config: LTPConfig, prune_first_layer: bool) -> None:
    """Raises InputError for a share of the FLOPs below the minimum cost of texts of `lengths`, where only the
    first token remains after the first layer that may drop tokens."""
    whole = 1 if prune_first_layer else 2  # attentions that all tokens enter, whatever the thresholds are
    counts = np.ones((1 + config.num_hidden_layers, len(lengths)), dtype=np.int64)
    counts[:whole] = lengths
    pruned, dense = pruned_and_dense_macs(counts, config)
    if 0 < target < pruned / dense:
        raise InputError(
            f"target_flops is {target:g}; with all tokens dropped but the first, these texts still cost "
            f"{pruned / dense:.3f} of the dense FLOPs; give more than that."
        )


def check_space(output: Path, parameters: int) -> None:
    """Raises InputError if the disk is read-only, or too full for the run's checkpoints and stages."""
    needed = _COPIES_ON_DISK * 4 * parameters
    existing = next(folder for folder in (output, *output.absolute().parents) if folder.exists())
    if not os.access(existing, os.W_OK):
        raise InputError(f"--output {output} cannot be written: {existing} is read-only; give another.")
    # Files of an interrupted run are part of the space that it needs.
    held = sum(file.stat().st_size for file in output.rglob("*") if file.is_file())
    free = shutil.disk_usage(existing).free + held
    if free < needed:
        raise InputError(
            f"The disk of {output} has {free / 1e9:.1f} GB free and the run needs {needed / 1e9:.1f} GB; "
            "free some space or give another --output."
        )
