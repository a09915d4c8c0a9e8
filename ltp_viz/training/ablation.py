"""The effect of single choices in the recipe.

Every variant starts from the same dense stage, has the same target share of FLOPs, and runs with several
seeds. Two variants are other rules with the same hard stage, for comparison with LTP. Results are evaluated
on the holdout, or on another split. An interrupted ablation continues where it stopped.
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

# The published soft masks: states fade, scores are compared by difference, the temperature is constant.
_PUBLISHED = {"soft_mask_fades": "states", "score_scale": "linear", "temperature_schedule": "constant"}
# Changes of each variant to the common recipe. Scores divided by the text's own length, about twelve tokens,
# are ten times those divided by 128, and so are the settings in units of scores.
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
# The variant that all others are compared with.
BASELINE = "common recipe"


@dataclass(frozen=True)
class Ablation:
    """An ablation: the common recipe, the variants and seeds, the training data and the evaluation split."""

    common: Recipe
    variants: tuple[str, ...]
    seeds: tuple[int, ...]
    data: str  # a folder or hub data set
    split: str  # the split to evaluate on
    output: Path

    def folder(self, name: str, recipe: Recipe) -> Path:
        """Folder of one variant and seed."""
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
    name: str, recipe: Recipe, ablation: Ablation, evaluation: tuple[Task, LabelledTexts], dense: Path
) -> dict[str, Any]:
    """Run the soft and hard stage of one variant and seed, and evaluate the result."""
    folder = ablation.folder(name, recipe)
    # First, as it refuses a folder with other data or settings.
    run = TrainingRun(recipe, [ablation.data], folder)
    task, data = evaluation
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
    with atomic_write(result_file) as aside:  # a stored result is not computed again
        aside.write_text(json.dumps(result) + "\n")
    return result


def _earlier(result_file: Path, judged_on: str) -> dict[str, Any] | None:
    """The stored result; None if it is damaged or of other texts, as evaluating again is quick."""
    try:
        result = json.loads(result_file.read_text())
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) and result.get("judged_on") == judged_on else None


def run_ablation(ablation: Ablation, evaluation: tuple[Task, LabelledTexts]) -> list[dict[str, Any]]:
    """Train and evaluate all variants from one dense stage; continues an interrupted ablation.

    Raises InputError before any training if a variant does not fit the data.
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
    return [run_variant(name, recipe, ablation, evaluation, dense) for name, recipe in recipes]


def report(results: list[dict[str, Any]], buckets: int) -> str:
    """All tables, the table over all texts first."""
    parts = [table(results)]
    for tokens, part in by_length(results, buckets):
        parts.append(f"{tokens} tokens, {len(part[0]['right']):,} texts")
        parts.append(table(part))
    if results[0]["right"] is not None:
        parts.append("Intervals are over texts, averaged over seeds; other seeds may differ by more.")
    return "\n\n".join(parts)


def table(results: list[dict[str, Any]]) -> str:
    """Mean and spread of every variant's score as Markdown, and its lead over the common recipe in right
    answers with a 95 % interval over texts, averaged over seeds."""
    lines = [
        f"| variant | {results[0]['metric']}, mean | lowest to highest "
        "| ahead in accuracy, points (95 %) | FLOPs | seeds |",
        "|---|---|---|---|---|---|",
    ]
    baseline = _right([result for result in results if result["variant"] == BASELINE])
    for name in dict.fromkeys(result["variant"] for result in results):
        own = [result for result in results if result["variant"] == name]
        scores = [result["score"] for result in own]
        share = statistics.mean(result["flops_share"] for result in own)
        ahead = "" if name == BASELINE else _ahead(_right(own), baseline)
        lines.append(
            f"| {name} | {statistics.mean(scores):.4f} | {min(scores):.4f} to {max(scores):.4f} "
            f"| {ahead} | {1 / share:.2f}x fewer | {len(own)} |"
        )
    return "\n".join(lines)


def by_length(results: list[dict[str, Any]], buckets: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """The results on each of `buckets` parts of the texts by length, about equal in size; the score is
    accuracy. As in an evaluation, texts of one length share a part, so there may be fewer parts.

    Empty for a regression.
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
    """Share of seeds that answer each text correctly, (N,); None without results or for a regression."""
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
