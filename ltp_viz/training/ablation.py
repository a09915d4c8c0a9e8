"""What single choices of the recipe are worth.

Every variant starts from one and the same dense stage, aims at the same share of the FLOPs, and runs with
several seeds. Two variants are other rules with the same hard stage, which LTP is compared with. Judged on
the holdout, or on another part of the data to report. Goes on where it was interrupted.
"""

import json
import os
import statistics
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import bootstrap

from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.checkpoints.trained_rule import trained_rule
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.tables.datasets import LabelledTexts, parts_by_length
from ltp_viz.data.tables.tasks import Task
from ltp_viz.training.recipe import Recipe
from ltp_viz.training.stages import TrainingRun

# The published soft masks: states fade, scores compare by difference, at a temperature that stays.
_PUBLISHED = {"soft_mask_fades": "states", "score_scale": "linear", "temperature_schedule": "constant"}
# What each variant changes of the common recipe. Scores divided by the text's own length, some twelve tokens,
# are ten times those divided by 128, and so are the settings that are measured in scores.
VARIANTS: dict[str, dict[str, Any]] = {
    "common recipe": {},
    "without distillation": {"distill": False},
    "distilled from states too": {"state_distillation_weight": 1.0},
    "states fade": {"soft_mask_fades": "states"},
    "linear scores": {"score_scale": "linear", "temperature": 1e-4},
    "published soft masks": _PUBLISHED,
    "temperature constant": {"temperature_schedule": "constant", "temperature": 0.2},
    "thresholds start alike": {"threshold_start": "flat"},
    "first layer keeps all": {"prune_first_layer": False},
    "scores by the text's length": {"score_normalizer": "sequence", "final_threshold": 5e-3},
    "manual threshold": {"pruning": "manual"},
    "top-k": {"pruning": "top_k"},
}
# The variant that others are compared with.
YARDSTICK = "common recipe"


@dataclass(frozen=True)
class Ablation:
    """What to run: the common recipe, the variants and seeds, what to train on and what to judge by."""

    common: Recipe
    variants: tuple[str, ...]
    seeds: tuple[int, ...]
    data: str  # a folder or hub data set
    split: str  # its part to judge by
    output: Path

    def folder(self, name: str, recipe: Recipe) -> Path:
        """Where one variant and seed is kept."""
        return self.output / f"{name.replace(' ', '-')}-{recipe.seed}"

    def recipes(self) -> list[tuple[str, Recipe]]:
        """Every variant with every seed."""
        return [
            (name, replace(self.common, seed=seed, **changes))
            for seed in dict.fromkeys(self.seeds)
            for name, changes in VARIANTS.items()
            if name in self.variants
        ]


def run_variant(
    name: str, recipe: Recipe, ablation: Ablation, judge: tuple[Task, LabelledTexts], dense: Path
) -> dict[str, Any]:
    """Soft and hard stage of one variant and seed, and what the texts to judge by say of the result."""
    folder = ablation.folder(name, recipe)
    run = TrainingRun(recipe, [ablation.data], folder)  # first: it refuses a folder of other data or settings
    task, data = judge
    judged_on = data.digest
    result_file = folder / f"{ablation.split}.json"
    if (earlier := _earlier(result_file, judged_on)) is not None:
        return earlier
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dense").exists():
        os.symlink(dense.absolute(), folder / "dense")
    pruned = load_model(run.run())
    answers = pruned.predict(data.texts, text_pairs=data.text_pairs, rule=trained_rule(pruned.config))
    result = {
        "variant": name,
        "seed": recipe.seed,
        "judged_on": judged_on,
        "metric": task.metric,
        "score": task_metrics(data.labels, answers.logits)[task.metric],
        "flops_share": float(answers.macs.sum() / answers.dense_macs.sum()),
        "tokens": answers.lengths.tolist(),
        "macs": answers.macs.tolist(),
        "dense_macs": answers.dense_macs.tolist(),
        "right": None
        if task.is_regression
        else (answers.logits.argmax(1) == data.labels).astype(int).tolist(),
    }
    with atomic_write(result_file) as aside:  # a result that is there is not computed again
        aside.write_text(json.dumps(result) + "\n")
    return result


def _earlier(result_file: Path, judged_on: str) -> dict[str, Any] | None:
    """The result that is there; None where it is broken or of other texts, as judging anew takes little."""
    try:
        result = json.loads(result_file.read_text())
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) and result.get("judged_on") == judged_on else None


def run_ablation(ablation: Ablation, judge: tuple[Task, LabelledTexts]) -> list[dict[str, Any]]:
    """Train and judge all variants from one dense stage; goes on where it was interrupted.

    Raises InputError before any training where a variant cannot do with the data.
    """
    recipes = ablation.recipes()
    run = TrainingRun(ablation.common, [ablation.data], ablation.output / "common")
    for name, recipe in recipes:
        if recipe.seed == recipes[0][1].seed:
            try:
                TrainingRun(recipe, [ablation.data], ablation.folder(name, recipe))
            except InputError as error:
                raise InputError(f"Variant {name!r} cannot run: {error}") from error
    dense = run.train_dense()
    return [run_variant(name, recipe, ablation, judge, dense) for name, recipe in recipes]


def report(results: list[dict[str, Any]], buckets: int) -> str:
    """All tables, the one over all texts first."""
    parts = [table(results)]
    for tokens, part in by_length(results, buckets):
        parts.append(f"{tokens} tokens, {len(part[0]['right']):,} texts")
        parts.append(table(part))
    if results[0]["right"] is not None:
        parts.append("The intervals are over the texts, seeds averaged: other seeds may differ by more.")
    return "\n\n".join(parts)


def table(results: list[dict[str, Any]]) -> str:
    """Mean and spread of the score of every variant as Markdown, and how far it is ahead of the common recipe
    in right answers, with a 95 % interval over texts; seeds are averaged."""
    lines = [
        f"| variant | {results[0]['metric']}, mean | lowest to highest "
        "| ahead in accuracy, points (95 %) | FLOPs | seeds |",
        "|---|---|---|---|---|---|",
    ]
    yardstick = _right([result for result in results if result["variant"] == YARDSTICK])
    for name in dict.fromkeys(result["variant"] for result in results):
        own = [result for result in results if result["variant"] == name]
        scores = [result["score"] for result in own]
        share = statistics.mean(result["flops_share"] for result in own)
        ahead = "" if name == YARDSTICK else _ahead(_right(own), yardstick)
        lines.append(
            f"| {name} | {statistics.mean(scores):.4f} | {min(scores):.4f} to {max(scores):.4f} "
            f"| {ahead} | {1 / share:.2f}x fewer | {len(own)} |"
        )
    return "\n".join(lines)


def by_length(results: list[dict[str, Any]], buckets: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """The results on each of `buckets` parts of the texts by length, about alike in number; accuracy is the
    score. As in an evaluation, texts of one length stay together, so there may be fewer parts.

    None for a regression.
    """
    if not buckets or results[0]["right"] is None:
        return []
    found = []
    for rows in parts_by_length(np.array(results[0]["tokens"]), buckets):
        part = []
        for result in results:
            columns = {key: np.array(result[key])[rows] for key in ("right", "tokens", "macs", "dense_macs")}
            share = float(columns["macs"].sum() / columns["dense_macs"].sum())
            score = float(columns["right"].mean())
            part.append({**result, **columns, "metric": "accuracy", "score": score, "flops_share": share})
        found.append((f"{part[0]['tokens'].min()} to {part[0]['tokens'].max()}", part))
    return found


def _right(results: list[dict[str, Any]]) -> np.ndarray | None:
    """Share of seeds that answer each text rightly, (N,); None without results or for a regression."""
    if not results or results[0]["right"] is None:
        return None
    return np.array([result["right"] for result in results]).mean(0)


def _ahead(own: np.ndarray | None, other: np.ndarray | None) -> str:
    if own is None or other is None:
        return ""
    difference = own - other
    if not difference.any():
        return "0.0"
    found = bootstrap((difference,), np.mean, n_resamples=5000, method="percentile", rng=0)
    low, high = found.confidence_interval
    return f"{100 * difference.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
