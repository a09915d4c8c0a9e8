"""Command line: `python -m ltp_viz.training.ablation --base ENCODER --data FOLDER --output FOLDER`.

What single choices of the recipe are worth: every variant starts from one and the same dense stage, aims at
the same share of the FLOPs, and runs with several seeds. Two variants are other rules with the same hard
stage, which LTP is compared with. Judged on the holdout, or on another part of the data to report. Goes on
where it was interrupted.
"""

import argparse
import json
import logging
import os
import statistics
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import bootstrap

from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.checkpoints import load_model
from ltp_viz.data.datasets import LabelledTexts
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.splits import read_evaluation_data
from ltp_viz.data.tasks import Task
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


def run_variant(
    name: str, recipe: Recipe, options: argparse.Namespace, judge: tuple[Task, LabelledTexts], dense: Path
) -> dict[str, Any]:
    """Soft and hard stage of one variant and seed, and what the texts to judge by say of the result."""
    folder = options.output / f"{name.replace(' ', '-')}-{recipe.seed}"
    result_file = folder / f"{options.split}.json"
    if result_file.exists():
        result: dict[str, Any] = json.loads(result_file.read_text())
        return result
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dense").exists():
        os.symlink(dense.absolute(), folder / "dense")
    pruned = load_model(TrainingRun(recipe, [options.data], folder).run())
    task, data = judge
    rates = (pruned.config.recipe or {}).get("rates")
    rule = TopKRule(tuple(rates)) if recipe.pruning == "top_k" and rates else None
    answers = pruned.predict(data.texts, text_pairs=data.text_pairs, rule=rule)
    result = {
        "variant": name,
        "seed": recipe.seed,
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
    result_file.write_text(json.dumps(result) + "\n")
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run all variants and print a table; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.training.ablation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--base", required=True, help="pretrained encoder: folder or hub name")
    parser.add_argument("--data", required=True, help="a folder or hub data set, as for the training")
    parser.add_argument("--split", default="holdout", help="part of the data to judge by, default holdout")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--task", default="sst2")
    parser.add_argument("--target-flops", type=float, default=0.4)
    parser.add_argument("--max-train-texts", type=int, default=10_000, help="default 10,000; 0: all")
    parser.add_argument("--dense-epochs", type=float, default=2.0)
    parser.add_argument("--shortest-share", type=float, default=1.0, help="train on this share, the shortest")
    parser.add_argument("--buckets", type=int, default=0, help="tables for so many parts by length as well")
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS), metavar="NAME")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        common = Recipe(
            task=options.task,
            base=options.base,
            max_train_texts=options.max_train_texts,
            dense_epochs=options.dense_epochs,
            shortest_share=options.shortest_share,
            hard_epochs=1.0,
            target_flops=options.target_flops,
            distill=True,
        )
        judge = read_evaluation_data(options.data, options.split, common.task_settings)
        dense = TrainingRun(common, [options.data], options.output / "common").train_dense()
        results = [
            run_variant(name, replace(common, seed=seed, **changes), options, judge, dense)
            for seed in options.seeds
            for name, changes in VARIANTS.items()
            if name in options.only
        ]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(results))
    for tokens, part in by_length(results, options.buckets):
        print(f"\n{tokens} tokens, {len(part[0]['right']):,} texts\n\n{table(part)}")
    return 0


def table(results: list[dict[str, Any]]) -> str:
    """Mean and spread of the score of every variant as Markdown, and how far it is ahead of the common recipe
    in right answers, with a 95 % interval over texts; seeds are averaged."""
    lines = [
        f"| variant | {results[0]['metric']}, mean | lowest to highest | ahead (95 %) | FLOPs | seeds |",
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
    """The results on each of `buckets` parts of the texts, alike in number, by length; accuracy is the score.

    None for a regression.
    """
    if not buckets or results[0]["right"] is None:
        return []
    order = np.argsort(results[0]["tokens"], kind="stable")
    found = []
    for rows in np.array_split(order, buckets):
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


if __name__ == "__main__":
    sys.exit(main())
