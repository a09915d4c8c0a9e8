"""Command line: `python -m ltp_viz.training.ablation --base ENCODER --data FOLDER --output FOLDER`.

What single choices of the recipe are worth: every variant starts from one and the same dense stage, aims at
the same share of the FLOPs, and runs with several seeds. Judged on the holdout. Goes on where it was
interrupted.
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

from ltp_viz.data.checkpoints import load_model
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.splits import read_training_data
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
}


def run_variant(
    name: str, recipe: Recipe, sources: list[str], output: Path, dense: Path
) -> dict[str, float | str | int]:
    """Soft and hard stage of one variant and seed, and what the holdout says of the result."""
    folder = output / f"{name.replace(' ', '-')}-{recipe.seed}"
    result_file = folder / "result.json"
    if result_file.exists():
        result: dict[str, float | str | int] = json.loads(result_file.read_text())
        return result
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dense").exists():
        os.symlink(dense.absolute(), folder / "dense")
    pruned = load_model(TrainingRun(recipe, sources, folder).run())
    data = read_training_data(sources, recipe.task_settings)
    answers = pruned.predict(data.holdout.texts, text_pairs=data.holdout.text_pairs)
    score = task_metrics(data.holdout.labels, answers.logits)[data.task.metric]
    result = {
        "variant": name,
        "seed": recipe.seed,
        data.task.metric: score,
        "flops_share": float(answers.macs.sum() / answers.dense_macs.sum()),
    }
    result_file.write_text(json.dumps(result, indent=2) + "\n")
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run all variants and print a table; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.training.ablation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--base", required=True, help="pretrained encoder: folder or hub name")
    parser.add_argument("--data", nargs="+", required=True, help="as for the training")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--task", default="sst2")
    parser.add_argument("--target-flops", type=float, default=0.4)
    parser.add_argument("--max-train-texts", type=int, default=10_000, help="default 10,000; 0: all")
    parser.add_argument("--dense-epochs", type=float, default=2.0)
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
            hard_epochs=1.0,
            target_flops=options.target_flops,
            distill=True,
        )
        dense = TrainingRun(common, options.data, options.output / "common").train_dense()
        results = [
            run_variant(name, replace(common, seed=seed, **changes), options.data, options.output, dense)
            for seed in options.seeds
            for name, changes in VARIANTS.items()
            if name in options.only
        ]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(results))
    return 0


def table(results: list[dict[str, Any]]) -> str:
    """Mean and spread of the score of every variant as Markdown."""
    metric = next(key for key in results[0] if key not in ("variant", "seed", "flops_share"))
    lines = [f"| variant | {metric}, mean | lowest to highest | FLOPs | seeds |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(result["variant"] for result in results):
        own = [result for result in results if result["variant"] == name]
        scores = [result[metric] for result in own]
        share = statistics.mean(result["flops_share"] for result in own)
        lines.append(
            f"| {name} | {statistics.mean(scores):.4f} | {min(scores):.4f} to {max(scores):.4f} "
            f"| {1 / share:.2f}x fewer | {len(own)} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
