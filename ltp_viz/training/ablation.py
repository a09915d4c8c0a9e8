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
from transformers.utils import logging as transformers_logging

from ltp_viz.data.atomic_write import written_aside
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.checkpoints.trained_rule import trained_rule
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.tables.datasets import LabelledTexts, parts_by_length
from ltp_viz.data.tables.splits import read_evaluation_data
from ltp_viz.data.tables.tasks import Task
from ltp_viz.training.disk_full import is_disk_full
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
    folder = _folder(options, name, recipe)
    run = TrainingRun(recipe, [options.data], folder)  # first: it refuses a folder of other data or settings
    task, data = judge
    judged_on = data.digest
    result_file = folder / f"{options.split}.json"
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
    with written_aside(result_file) as aside:  # a result that is there is not computed again
        aside.write_text(json.dumps(result) + "\n")
    return result


def _folder(options: argparse.Namespace, name: str, recipe: Recipe) -> Path:
    folder: Path = options.output / f"{name.replace(' ', '-')}-{recipe.seed}"
    return folder


def _earlier(result_file: Path, judged_on: str) -> dict[str, Any] | None:
    """The result that is there; None where it is broken or of other texts, as judging anew takes little."""
    try:
        result = json.loads(result_file.read_text())
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) and result.get("judged_on") == judged_on else None


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
    parser.add_argument("--output", type=Path, required=True, help="folder for all runs")
    parser.add_argument("--task", default="sst2", help="default sst2")
    parser.add_argument("--text-columns", nargs="+", default=(), help="one column of texts, or two for pairs")
    parser.add_argument("--label-column", default="", help="column of the labels")
    parser.add_argument("--regression", action="store_true", help="labels are numbers to predict")
    parser.add_argument(
        "--target-flops", type=float, default=0.4, help="wanted share of the dense FLOPs, default 0.4"
    )
    parser.add_argument("--max-train-texts", type=int, default=10_000, help="default 10,000; 0: all")
    parser.add_argument("--dense-epochs", type=float, default=2.0, help="default 2")
    parser.add_argument("--shortest-share", type=float, default=1.0, help="train on this share, the shortest")
    parser.add_argument("--buckets", type=int, default=0, help="so many tables by length as well, default 0")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(VARIANTS),
        default=list(VARIANTS),
        metavar="NAME",
        help=f"default all: {', '.join(VARIANTS)}",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default 0 1 2")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    transformers_logging.disable_progress_bar()  # of loading weights, as the training does
    transformers_logging.set_verbosity_error()
    try:
        common = Recipe(
            task=options.task,
            base=options.base,
            text_columns=tuple(options.text_columns),
            label_column=options.label_column,
            regression=options.regression,
            max_train_texts=options.max_train_texts,
            dense_epochs=options.dense_epochs,
            shortest_share=options.shortest_share,
            hard_epochs=1.0,
            target_flops=options.target_flops,
            distill=True,
        )
        recipes = [
            (name, replace(common, seed=seed, **changes))
            for seed in dict.fromkeys(options.seeds)
            for name, changes in VARIANTS.items()
            if name in options.only
        ]
        judge = read_evaluation_data(options.data, options.split, common.task_settings, common.reading)
        if not 0 <= options.buckets <= len(judge[1]):
            raise InputError(
                f"--buckets is {options.buckets}; give 0 (no tables by length) to {len(judge[1])}, the "
                "number of texts to judge by."
            )
        run = TrainingRun(common, [options.data], options.output / "common")
        for name, recipe in recipes:  # before hours of training: what a variant cannot do with these data
            if recipe.seed == recipes[0][1].seed:
                try:
                    TrainingRun(recipe, [options.data], _folder(options, name, recipe))
                except InputError as error:
                    raise InputError(f"Variant {name!r} cannot run: {error}") from error
        dense = run.train_dense()
        results = [run_variant(name, recipe, options, judge, dense) for name, recipe in recipes]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except Exception as error:
        if not is_disk_full(error):
            raise
        print(
            "\nThe disk is full; make room and start the same command again: it goes on where it stopped.",
            file=sys.stderr,
        )
        return 2
    print(table(results))
    for tokens, part in by_length(results, options.buckets):
        print(f"\n{tokens} tokens, {len(part[0]['right']):,} texts\n\n{table(part)}")
    if results[0]["right"] is not None:
        print("\nThe intervals are over the texts, seeds averaged: other seeds may differ by more.")
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
