"""Train variants of the recipe and compare them: `ltp-viz ablate --base ENCODER --data FOLDER --output RUNS`.

Every variant starts from the same dense stage, has the same target share of FLOPs, and runs with several
seeds. Two variants are other rules with the same hard stage, for comparison with LTP. Results are evaluated
on the holdout, or on another split. An interrupted ablation continues where it stopped.
"""

import argparse
import json
import logging
from pathlib import Path

from transformers.utils import logging as transformers_logging

from ltp_viz.cli import options as shared
from ltp_viz.cli.reading import add_reading_options
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.splits import read_evaluation_data
from ltp_viz.data.tables.tasks import TASKS
from ltp_viz.training import ablation
from ltp_viz.training.recipe import Recipe


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--base", required=True, help="pretrained encoder: folder or hub name")
    shared.add_data(parser, split="holdout")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="folder for all runs")
    parser.add_argument("--task", choices=sorted(TASKS), default="sst2", help="default sst2")
    add_reading_options(parser)
    parser.add_argument("--regression", action="store_true", help="labels are numbers (regression)")
    parser.add_argument(
        "--target-flops", type=float, default=0.4, help="target share of the dense FLOPs; default 0.4"
    )
    parser.add_argument("--max-train-texts", type=int, default=10_000, help="default 10,000; 0: all")
    parser.add_argument("--dense-epochs", type=float, default=2.0, help="default 2")
    parser.add_argument(
        "--shortest-share", type=float, default=1.0, help="train on this share of the texts, the shortest"
    )
    parser.add_argument(
        "--buckets", type=int, default=0, help="parts by length, with a table each; default 0"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(ablation.VARIANTS),
        default=list(ablation.VARIANTS),
        metavar="NAME",
        help=f"default all: {', '.join(ablation.VARIANTS)}",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default 0 1 2")
    shared.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Run all variants and print a table."""
    logging.basicConfig(level=logging.WARNING)
    transformers_logging.disable_progress_bar()  # progress bars of loading weights, as in training
    transformers_logging.set_verbosity_error()
    common = Recipe(
        task=options.task,
        base=options.base,
        text_columns=tuple(options.text_columns or ()),
        label_column=options.label_column or "",
        labels=tuple(options.labels or ()),
        regression=options.regression,
        delimiter=options.delimiter,
        encoding=options.encoding,
        quoting=options.quoting,
        header=options.header,
        max_train_texts=options.max_train_texts,
        dense_epochs=options.dense_epochs,
        shortest_share=options.shortest_share,
        hard_epochs=1.0,
        target_flops=options.target_flops,
        distill=True,
    )
    shared.check_output_folder(options.output)
    evaluation = read_evaluation_data(options.data, options.split, common.task_settings, common.reading)
    if not 0 <= options.buckets <= len(evaluation[1]):
        raise InputError(
            f"--buckets is {options.buckets}; give 0 (no tables by length) to {len(evaluation[1])}, the "
            "number of evaluation texts."
        )
    plan = ablation.Ablation(
        common, tuple(options.only), tuple(options.seeds), options.data, options.split, options.output
    )
    results = ablation.run_ablation(plan, evaluation)
    print(json.dumps(results) if options.json else ablation.report(results, options.buckets))
    return 0
