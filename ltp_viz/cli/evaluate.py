"""Evaluate a model on labelled texts, pruned beside unpruned: `ltp-viz evaluate --model MODEL --data FILE`.

`--data` is a file (Parquet, CSV, TSV, TXT, JSON or JSON lines, also packed with gzip), a folder with a file
per part, or a data set on the hub. Scores are GLUE's; time is measured on this machine.
"""

import argparse
import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.benchmark.summary import timing_words
from ltp_viz.analysis.benchmark.text_timing import timed
from ltp_viz.analysis.evaluation.dense_stage import dense_stage_scores
from ltp_viz.analysis.evaluation.evaluate import Evaluation, evaluate
from ltp_viz.analysis.evaluation.model_card import (
    buckets_table,
    evaluation_table,
    model_card,
    setting_words,
)
from ltp_viz.analysis.evaluation.record import Source, record_result
from ltp_viz.analysis.sweeps import DataSweep, sweep_texts
from ltp_viz.cli import options as shared
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.core.config import LTPConfig
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.checkpoints.trained_rule import trained_rule
from ltp_viz.data.errors import InputError
from ltp_viz.data.label_sets import truth_of
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.tables.labelled_data import LabelledData, read_labelled_data, task_of
from ltp_viz.data.tables.tasks import Task

MAX_SECONDS = 3600  # time for timing
_UNITS = ((1e9, "GFLOPs"), (1e6, "MFLOPs"), (1e3, "kFLOPs"))


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    shared.add_model(parser, default=None, required=True)
    shared.add_head(parser)
    shared.add_data(parser)
    shared.add_task(parser)
    add_reading_options(parser)
    shared.add_scale(parser)
    shared.add_sweep(parser)
    parser.add_argument("--batch-size", type=int, default=32, help="texts per batch; default 32")
    parser.add_argument("--buckets", type=int, default=4, help="parts by length; default 4")
    parser.add_argument("--dense", metavar="MODEL", help="the run's dense stage, to evaluate beside it")
    parser.add_argument("--seconds", type=float, default=3.0, help="time for timing; default 3; 0: none")
    shared.add_json(parser)
    shared.add_output(parser)
    parser.add_argument(
        "--results", type=Path, metavar="FILE", help="add the scores to this JSON results file; with --run"
    )
    parser.add_argument("--run", metavar="NAME", help="name of the training run in --results")
    parser.add_argument(
        "--training", metavar="COMMAND", help="command of a run that --results does not have yet"
    )
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="write a model card in Markdown to this file"
    )


def run(options: argparse.Namespace) -> int:
    """Print the evaluation, or the sweep, as a table or as JSON."""
    disable_progress_bar()  # progress bars of loading weights would precede a message
    _check_options(options)
    classifier = shared.loaded_model(options)
    task = task_of(classifier, options.task)
    read = read_labelled_data(
        classifier, options.data, options.split, reading_options(options), task=options.task or ""
    )
    data = read.texts
    rule = trained_rule(classifier.config)
    if rule is not None and (options.sweep or options.scale != 1):
        raise InputError(
            f"{'--sweep' if options.sweep else '--scale'} applies to thresholds, and this model prunes by "
            f"{setting_words(classifier.config, 1)}; leave it out."
        )
    if options.sweep:
        scales = shared.sweep_scales(options.sweep)
        sweep = sweep_texts(classifier, data.texts, scales, text_pairs=data.text_pairs)
        truth = truth_of(data.labels, classifier.config.answer_kind, len(classifier.labels))
        _report_sweep(sweep, read, truth, task, options)
        return 0
    dense_stage = None
    if options.dense:
        dense_stage = dense_stage_scores(classifier, options.dense, task, data, options.batch_size)
    result = evaluate(classifier, data, options.scale, options.batch_size, options.buckets, rule)
    timing, words = None, None
    if options.seconds > 0 and rule is None:
        name = Path(options.data).name
        timing, machine = timed(classifier, data, name, options.batch_size, options.seconds, options.scale)
        words = timing_words(timing, machine.processor, machine.threads)
    elif options.seconds > 0:
        setting = setting_words(classifier.config, options.scale)
        words = f"Not timed: the benchmark supports only thresholds, and this model prunes by {setting}."
    record = result.to_dict() | {"task": task.name, "metric": task.metric, "dense_stage": dense_stage}
    record |= {"timing": None if timing is None else asdict(timing), "data": read.to_dict()}
    _write(options.output, json.dumps(record, indent=2))
    if options.json:
        print(json.dumps(record, indent=2), flush=True)
    else:
        _print_tables(options, classifier.config, task, read, result, dense_stage, words)
    command = shlex.join(options.given)
    if options.results:
        run_source = Source(options.run, options.training, classifier.name, options.split, command)
        speed_up = None if timing is None else timing.speed_up
        record_result(options.results, run_source, task, classifier.config, result, dense_stage, speed_up)
    if options.card:  # last, so that an error here does not lose the results
        source = _data_name(options)
        card = model_card(
            classifier.name, classifier.config, result, task.metric, source, command, dense_stage, words
        )
        _write(options.card, card)
    return 0


def _check_options(options: argparse.Namespace) -> None:
    for name, value in (("--batch-size", options.batch_size), ("--buckets", options.buckets)):
        if value < 1:
            raise InputError(f"{name} is {value}; give a whole number of at least 1.")
    if not 0 <= options.seconds <= MAX_SECONDS:
        raise InputError(f"--seconds is {options.seconds:g}; give 0 (no timing) to {MAX_SECONDS:,} seconds.")
    shared.check_scale(options.scale)
    if options.results and not (options.run and options.dense):
        raise InputError("--results names a run and compares with its dense stage; give --run and --dense.")
    if options.sweep:
        shared.sweep_scales(options.sweep)
        unused = {
            "--results": options.results,
            "--card": options.card,
            "--dense": options.dense,
            "--scale": options.scale != 1,
        }
        if wrong := [name for name, is_given in unused.items() if is_given]:
            raise InputError(f"--sweep runs every scale and does not use {wrong[0]}; give one of the two.")
    shared.check_output_file(options.output)
    shared.check_output_file(options.card, "--card")
    shared.check_output_file(options.results, "--results")


def _data_name(options: argparse.Namespace) -> str:
    """The data, with the split unless they are a file."""
    return options.data if Path(options.data).is_file() else f"{options.data} ({options.split})"


def _write(path: Path | None, content: str) -> None:
    """Write a file; does nothing without a path."""
    if path is not None:
        with atomic_write(path) as aside:
            aside.write_text(content.rstrip() + "\n", encoding="utf-8", errors="backslashreplace")


def _print_tables(
    options: argparse.Namespace,
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
        print(f"\nPruned and unpruned answers agree on {result.agreement:.2%} of the texts.")
    if result.ranking is not None:
        print(f"Ranking by {config.label_names[1]!r}: {_ranking_words(result.ranking)}.")
    flops = _flops(result.pruned_macs, result.dense_macs)
    print(f"FLOPs: {flops}; embeddings, softmax, norms and head are left out.")
    if timing:
        print(timing)
    print(f"\n{buckets_table(result, task.metric, config.num_classes)}", flush=True)


def _ranking_words(ranking: dict[str, dict[str, float]]) -> str:
    names = {"auc": "area under the ROC curve", "average_precision": "average precision"}
    return ", ".join(
        f"{words} {ranking['dense'][key]:.4f} unpruned and {ranking['pruned'][key]:.4f} pruned"
        for key, words in names.items()
    )


def _flops(pruned_macs: int, dense_macs: int) -> str:
    """Both in the largest unit in which the smaller value is at least 1."""
    size, unit = next((s for s in _UNITS if 2 * pruned_macs >= s[0]), _UNITS[-1])
    return f"{2 * pruned_macs / size:,.1f} of {2 * dense_macs / size:,.1f} {unit}"


def _report_sweep(
    sweep: DataSweep, read: LabelledData, truth: NDArray[Any], task: Task, options: argparse.Namespace
) -> None:
    scores = [task_metrics(truth, logits)[task.metric] for logits in sweep.logits]
    rows = list(zip(sweep.scales, scores, sweep.flops_reduction.tolist(), strict=True))
    names = ("scale", task.metric, "flops_reduction")
    record = json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2)
    _write(options.output, record)
    if options.json:
        print(record)
        print(reading_words(read), file=sys.stderr)
        return
    print(reading_words(read))
    print(f"{len(read.texts):,} texts; FLOPs: how many times fewer than without pruning")
    print(f"scale  {task.metric}  FLOPs")
    for scale, score, reduction in rows:
        print(f"x{scale:4.2f}    {score:.4f}  {reduction:.2f}x")
