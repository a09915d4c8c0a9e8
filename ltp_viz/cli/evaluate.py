"""Judge a model on labelled texts: `python -m ltp_viz.cli.evaluate MODEL --data FILE`, pruned beside dense.

`--data` is a file (Parquet, CSV, TSV, TXT, JSON or JSON lines, also packed with gzip), a folder with a file
per part, or a data set on the hub. Scores are GLUE's; time is measured on this machine.
"""

import argparse
import json
import shlex
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.benchmark.measure import Benchmark, Cell
from ltp_viz.analysis.evaluation.evaluate import Evaluation, evaluate
from ltp_viz.analysis.evaluation.model_card import (
    buckets_table,
    evaluation_table,
    model_card,
    setting_words,
    timing_sentence,
)
from ltp_viz.analysis.sweeps import SCALES, DataSweep, sweep_texts
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.core.config import LTPConfig
from ltp_viz.data.atomic_write import written_aside
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.checkpoints.trained_rule import trained_rule
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.tables.labelled_data import LabelledData, read_labelled_data
from ltp_viz.data.tables.tasks import TASKS, Task
from ltp_viz.data.text.tokenization import tokenized_rows

# Texts that are timed: enough for a median over batches, few enough to wait for.
TIMED_TEXTS = 320
MOST_SECONDS = 3600  # to spend on timing
_UNITS = ((1e9, "GFLOPs"), (1e6, "MFLOPs"), (1e3, "kFLOPs"))


def main(arguments: list[str] | None = None) -> int:
    """Print the evaluation as a table, or as JSON; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.cli.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="model folder or hub name")
    parser.add_argument("--data", required=True, help="file, folder or hub data set")
    parser.add_argument("--split", default="validation", help="part of a folder or hub data set")
    parser.add_argument("--task", choices=sorted(TASKS), help="default: the one the model was trained for")
    add_reading_options(parser)
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
        _check_options(options)
        classifier = load_model(options.model)
        task = task_of(classifier, options)
        read = read_labelled_data(
            classifier, options.data, options.split, reading_options(options), task=options.task or ""
        )
        data = read.texts
        rule = trained_rule(classifier.config)
        if rule is not None and (options.sweep or options.scale != 1):
            raise InputError(
                f"{'--sweep' if options.sweep else '--scale'} is for thresholds, and this model prunes by "
                "top-k at fixed rates; leave it out."
            )
        if options.sweep:
            sweep = sweep_texts(classifier, data.texts, SCALES[::2], text_pairs=data.text_pairs)
            return _print_sweep(sweep, read, task, options.json)
        dense_stage = _dense_scores(classifier, task, data, options) if options.dense else None
        result = evaluate(classifier, data, options.scale, options.batch, options.buckets, rule)
        timing, words = None, None
        if options.time > 0 and rule is None:
            timing, words = _time(classifier, data, options)
        elif options.time > 0:
            words = "Not timed: the benchmark runs thresholds only, and this model prunes by top-k."
        if options.json:
            record = result.to_dict() | {"task": task.name, "metric": task.metric, "dense_stage": dense_stage}
            record["timing"] = None if timing is None else asdict(timing)
            record["data"] = read.to_dict()
            print(json.dumps(record, indent=2), flush=True)
        else:
            _print_tables(options, classifier.config, task, read, result, dense_stage, words)
        if options.card:  # last: what was measured is not lost with the card
            command = shlex.join(["python", "-m", "ltp_viz.cli.evaluate", *(arguments or sys.argv[1:])])
            name, config, source = classifier.name, classifier.config, _data_name(options)
            card = model_card(name, config, result, task.metric, source, command, dense_stage, words)
            _write(options.card, card)
    except (InputError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _check_options(options: argparse.Namespace) -> None:
    for name, value in (("--batch", options.batch), ("--buckets", options.buckets)):
        if value < 1:
            raise InputError(f"{name} is {value}; give a whole number of at least 1.")
    if not 0 <= options.time <= MOST_SECONDS:
        raise InputError(f"--time is {options.time:g}; give 0 (no timing) to {MOST_SECONDS:,} seconds.")
    if options.sweep:
        unused = {"--card": options.card, "--dense": options.dense, "--scale": options.scale != 1}
        if wrong := [name for name, is_given in unused.items() if is_given]:
            raise InputError(f"--sweep runs every scale and makes no use of {wrong[0]}; give one of the two.")


def task_of(classifier: TextClassifier, options: Any) -> Task:
    """The task asked for, or the model's own, with the model's labels.

    Raises InputError where it has another number of classes than the model.
    """
    config = classifier.config
    own = (config.recipe or {}).get("task", "custom")
    task = TASKS.get(options.task or own, TASKS["custom"])
    if task.label_names and not task.is_regression:
        check_fits(classifier, task)
    task = replace(task, label_names=config.label_names)
    if config.num_classes == 1:
        task = replace(task, is_regression=True, metric="pearson")
    return task


def check_fits(classifier: TextClassifier, task: Task, data: LabelledTexts | None = None) -> None:
    """Raises InputError where task or data are not of the model's kind."""
    config, name = classifier.config, classifier.name
    if task.num_outputs != config.num_classes:
        raise InputError(
            f"The model {name!r} has {config.num_classes} classes and the data {task.num_outputs}; give data "
            "of the model's own task."
        )
    if data is None:
        return
    if config.reads_pairs and data.text_pairs is None:
        raise InputError(f"The model {name!r} compares two texts and the data have one.")
    # Models of others do not say what they read.
    if config.recipe is not None and not config.reads_pairs and data.text_pairs is not None:
        raise InputError(f"The model {name!r} reads one text and the data have two.")


def _dense_scores(
    classifier: TextClassifier, task: Task, data: LabelledTexts, options: argparse.Namespace
) -> dict[str, float]:
    """Scores of the model that `--dense` names. Raises InputError where it is of another task."""
    dense = load_model(options.dense)
    try:
        check_fits(dense, task, data)
    except InputError as error:
        raise InputError(
            f"--dense {options.dense} does not belong to this model and data: {error}"
        ) from error
    if dense.labels != classifier.labels:
        raise InputError(
            f"--dense {options.dense} answers {', '.join(dense.labels)} and the model "
            f"{', '.join(classifier.labels)}; give the dense stage of the model's own run."
        )
    answers = dense.predict(data.texts, options.batch, 0.0, text_pairs=data.text_pairs)
    return task_metrics(data.labels, answers.logits)


def _data_name(options: argparse.Namespace) -> str:
    """The data with their part; a file has none."""
    return options.data if Path(options.data).is_file() else f"{options.data} ({options.split})"


def _write(path: Path, card: str) -> None:
    try:
        with written_aside(path) as aside:
            aside.write_text(card)
    except OSError as error:
        raise InputError(
            f"The card cannot be written to {path} ({error.strerror}); give --card a file in a folder that "
            "may be written and has room."
        ) from error


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
    options: Any,
    config: LTPConfig,
    task: Task,
    read: LabelledData,
    result: Evaluation,
    dense_stage: dict[str, float] | None,
    timing: str | None,
) -> None:
    setting = setting_words(config, options.scale)
    print(f"{options.model}, {_data_name(options)}: {result.texts:,} texts, {setting}")
    print(reading_words(read))
    print(f"Warning: {result.warning}\n" if result.warning else "")
    print(evaluation_table(result, dense_stage, config.num_classes))
    if result.agreement is not None:
        print(f"\nPruned and not pruned agree on {result.agreement:.2%} of the texts.")
    flops = _flops(result.pruned_macs, result.dense_macs)
    print(f"FLOPs: {flops}; embeddings, softmax, norms and head left out.")
    if timing:
        print(timing)
    print(f"\n{buckets_table(result, task.metric, config.num_classes)}", flush=True)


def _flops(pruned_macs: int, dense_macs: int) -> str:
    """Both in the largest unit in which the smaller one is not below 1."""
    size, unit = next((s for s in _UNITS if 2 * pruned_macs >= s[0]), _UNITS[-1])
    return f"{2 * pruned_macs / size:,.1f} of {2 * dense_macs / size:,.1f} {unit}"


def _print_sweep(sweep: DataSweep, read: LabelledData, task: Task, as_json: bool) -> int:
    data = read.texts
    scores = [task_metrics(data.labels, logits)[task.metric] for logits in sweep.logits]
    rows = zip(sweep.scales, scores, sweep.flops_reduction.tolist(), strict=True)
    if as_json:
        names = ("scale", task.metric, "flops_reduction")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        print(reading_words(read), file=sys.stderr)
        return 0
    print(reading_words(read))
    print(f"{len(data):,} texts; FLOPs are how many times fewer than without pruning")
    print(f"scale  {task.metric}  FLOPs")
    for scale, score, reduction in rows:
        print(f"x{scale:4.2f}    {score:.4f}  {reduction:.2f}x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
