"""Judge a model on labelled texts: `python -m ltp_viz.evaluate MODEL --data FILE`, pruned beside dense.

`--data` is a file (Parquet, CSV, TSV, JSON lines), a folder with a file per part, or a data set on the hub.
Scores are GLUE's; time is measured on this machine.
"""

import argparse
import json
import shlex
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.benchmark import Benchmark, Cell
from ltp_viz.analysis.evaluation import Evaluation, evaluate
from ltp_viz.analysis.model_card import buckets_table, evaluation_table, model_card, timing_sentence
from ltp_viz.analysis.sweeps import SCALES, DataSweep, sweep_texts
from ltp_viz.data.checkpoints import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.datasets import LabelledTexts
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.splits import read_evaluation_data
from ltp_viz.data.tasks import TASKS, Task
from ltp_viz.data.tokenization import tokenized_rows

# Texts that are timed: enough for a median over batches, few enough to wait for.
TIMED_TEXTS = 320


def main(arguments: list[str] | None = None) -> int:
    """Print the evaluation as a table, or as JSON; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="model folder or hub name")
    parser.add_argument("--data", required=True, help="file, folder or hub data set")
    parser.add_argument("--split", default="validation", help="part of a folder or hub data set")
    parser.add_argument("--task", choices=sorted(TASKS), help="default: the one the model was trained for")
    parser.add_argument("--text-columns", nargs="+", help="one column of texts, or two for pairs")
    parser.add_argument("--label-column", help="column of the labels")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all thresholds, default 1")
    parser.add_argument("--batch", type=int, default=32, help="texts per batch, default 32")
    parser.add_argument("--buckets", type=int, default=4, help="parts by length, default 4")
    parser.add_argument("--dense", help="the run's dense stage, to be judged beside it")
    parser.add_argument(
        "--time", type=float, default=3.0, help="seconds to spend on timing, default 3; 0: none"
    )
    parser.add_argument("--sweep", action="store_true", help="score and FLOPs at scales x0 to x3")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--card", type=Path, help="write a model card in Markdown to this file")
    options = parser.parse_args(arguments)
    disable_progress_bar()  # of loading weights, which would stand in the way of the one sentence
    try:
        for name, value in (("--batch", options.batch), ("--buckets", options.buckets)):
            if value < 1:
                raise InputError(f"{name} is {value}; give a whole number of at least 1.")
        classifier = load_model(options.model)
        task, data = read_evaluation_data(options.data, options.split, task_of(classifier, options))
        check_fits(classifier, task, data)
        if options.sweep:
            sweep = sweep_texts(classifier, data.texts, SCALES[::2], text_pairs=data.text_pairs)
            return _print_sweep(sweep, data, task, options.json)
        dense_stage = None
        if options.dense:
            ancestor = load_model(options.dense).predict(
                data.texts, options.batch, 0.0, text_pairs=data.text_pairs
            )
            dense_stage = task_metrics(data.labels, ancestor.logits)
        result = evaluate(classifier, data, options.scale, batch_size=options.batch, buckets=options.buckets)
        timing = _time(classifier, data, options) if options.time > 0 else None
        command = shlex.join(["python", "-m", "ltp_viz.evaluate", *(arguments or sys.argv[1:])])
        if options.card:
            words = None if timing is None else timing[1]
            options.card.write_text(
                model_card(
                    classifier.name,
                    classifier.config,
                    result,
                    task.metric,
                    options.data,
                    command,
                    dense_stage,
                    words,
                )
            )
    except (InputError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        record = result.to_dict() | {"task": task.name, "metric": task.metric, "dense_stage": dense_stage}
        record["timing"] = None if timing is None else asdict(timing[0])
        print(json.dumps(record, indent=2))
        return 0
    _print_tables(options, task, result, dense_stage, None if timing is None else timing[1])
    return 0


def task_of(classifier: TextClassifier, options: Any) -> Task:
    """The task asked for, or the model's own, with the model's labels where the task has none."""
    config = classifier.config
    recipe = config.recipe or {}
    own = recipe.get("task", "custom")
    if options.task not in (None, own):
        recipe = {}  # another task has columns of its own
    task = TASKS.get(options.task or own, TASKS["custom"])
    columns = tuple(options.text_columns or recipe.get("text_columns") or ()) or task.text_columns
    task = replace(
        task,
        text_columns=columns,
        label_column=options.label_column or recipe.get("label_column") or task.label_column,
        label_names=task.label_names or config.label_names,
    )
    if config.num_classes == 1:
        task = replace(task, is_regression=True, metric="pearson")
    return task


def check_fits(classifier: TextClassifier, task: Task, data: LabelledTexts) -> None:
    """Raises InputError where the data are not of the model's kind."""
    if task.num_outputs != classifier.config.num_classes:
        raise InputError(
            f"The model has {classifier.config.num_classes} classes and the data {task.num_outputs}; give "
            "data of the model's own task."
        )
    if classifier.config.reads_pairs and data.text_pairs is None:
        raise InputError(
            "This model compares two texts and the data have one; name two columns with --text-columns."
        )


def _time(classifier: TextClassifier, data: LabelledTexts, options: Any) -> tuple[Cell, str]:
    chosen = data.take(range(0, len(data), max(1, len(data) // TIMED_TEXTS)))
    rows = tokenized_rows(
        classifier.tokenizer, chosen.texts, chosen.text_pairs, classifier.config.max_text_tokens
    )
    benchmark = Benchmark(classifier, ["float32"], options.time, options.scale)
    ids = [row["input_ids"] for row in rows]
    cell = benchmark.cell(Path(options.data).name, ids, options.batch, "float32")
    return cell, timing_sentence(cell, benchmark.machine.processor, benchmark.machine.threads)


def _print_tables(
    options: Any, task: Task, result: Evaluation, dense_stage: dict[str, float] | None, timing: str | None
) -> None:
    print(f"{options.model}, {options.data}: {result.texts:,} texts, thresholds x{options.scale:g}\n")
    print(evaluation_table(result, dense_stage))
    if result.agreement is not None:
        print(f"\nPruned and not pruned agree on {result.agreement:.2%} of the texts.")
    gflops = [2 * macs / 1e9 for macs in (result.pruned_macs, result.dense_macs)]
    print(
        f"FLOPs: {gflops[0]:,.1f} of {gflops[1]:,.1f} GFLOPs; embeddings, softmax, norms and head left out."
    )
    if timing:
        print(timing)
    print(f"\n{buckets_table(result, task.metric)}")


def _print_sweep(sweep: DataSweep, data: LabelledTexts, task: Task, as_json: bool) -> int:
    scores = [task_metrics(data.labels, logits)[task.metric] for logits in sweep.logits]
    rows = zip(sweep.scales, scores, sweep.flops_reduction.tolist(), strict=True)
    if as_json:
        names = ("scale", task.metric, "flops_reduction")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        return 0
    print(f"{len(data):,} texts; FLOPs are how many times fewer than without pruning")
    print(f"scale  {task.metric}  FLOPs")
    for scale, score, reduction in rows:
        print(f"x{scale:4.2f}    {score:.4f}  {reduction:.2f}x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
