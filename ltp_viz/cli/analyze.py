"""Run a model over a labelled file of any size: `ltp-viz analyze --data FILE --model MODEL --output FOLDER`.

One pass computes the unpruned answers and those at all scales. Finished blocks are kept, and the same command
resumes an interrupted run. `--data` is CSV, TSV, TXT, JSON, JSON lines or Parquet, a data set on the hub,
or a folder of such files, or one that a data set was saved to; `--split` names the part of the last two.
"""

import argparse
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.dataset.results.filters import EVERYTHING
from ltp_viz.analysis.dataset.results.report import gather_report
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.results.summary import RunSummary, summarize
from ltp_viz.analysis.dataset.runs.engine import Engine, make_spec, run_here
from ltp_viz.analysis.dataset.runs.foreground import run_in_foreground
from ltp_viz.analysis.dataset.runs.progress import rows_words
from ltp_viz.analysis.dataset.runs.ray_engine import ray_engine
from ltp_viz.analysis.dataset.runs.spec import BLOCK_ROWS, RunSpec
from ltp_viz.analysis.dataset.runs.store import RESULTS, SOURCES, RunStore
from ltp_viz.analysis.jobs.store import default_root, is_url
from ltp_viz.cli import options as shared
from ltp_viz.cli.reading import add_reading_options, meaning_lines, reading_options
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.checks import SourceCheck, check
from ltp_viz.data.tables.chosen_roles import chosen_roles
from ltp_viz.data.tables.meanings import label_meanings, reading_messages, scoring_messages
from ltp_viz.data.tables.reading import ReadingOptions
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.data.tables.splits import import_part
from ltp_viz.figures.dataset.report import report_html

_PRINTED_SCALES = 10
_STOPPED, _FAILED = 130, 1  # exit statuses


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    shared.add_model(parser, default=None)
    shared.add_head(parser)
    shared.add_data(parser, required=False)
    shared.add_sweep(parser)
    parser.add_argument(
        "--scale", type=float, action="append", default=[], help="an additional scale; repeatable"
    )
    parser.add_argument("--layer-scales", type=float, nargs="+", help="one factor per layer")
    add_reading_options(parser)
    parser.add_argument(
        "--output", metavar="FOLDER", help="folder (or URL) that holds runs; default: the user's cache"
    )
    parser.add_argument(
        "--block-rows", type=int, default=BLOCK_ROWS, help=f"rows per stored block; default {BLOCK_ROWS}"
    )
    parser.add_argument("--resume", metavar="FOLDER", help="resume the run in this folder")
    parser.add_argument(
        "--ray", metavar="auto|ADDRESS", help="run on Ray: a cluster, or workers on this machine"
    )
    parser.add_argument("--workers", type=int, default=2, help="Ray workers; default 2")
    parser.add_argument(
        "--gpus-per-worker",
        type=float,
        default=0.0,
        help="share of a GPU per Ray worker, such as 0.5; default 0: none",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a web page of the results at x1 to this file"
    )
    shared.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Start or resume a run, and print its summary."""
    disable_progress_bar()  # progress bars of loading weights would precede a message
    if (options.data is None) == (options.resume is None):
        raise InputError("No data are named; give --data, or --resume with the folder of an earlier run.")
    shared.check_output_file(options.report, "--report")
    if options.output and not is_url(options.output):
        shared.check_output_folder(Path(options.output))
    try:
        engine: Engine = run_here
        if options.ray is not None:
            engine = ray_engine(options.ray, options.workers, options.gpus_per_worker)
        folder = RunStore(options.resume) if options.resume else _new_run(options)
        state = run_in_foreground(folder, engine)
    except KeyboardInterrupt:
        print("Stopped before the run began.", file=sys.stderr)
        return _STOPPED
    if state.status == "cancelled":
        command = shlex.join(["ltp-viz", "analyze", "--resume", folder.place])
        print(f"Stopped at {rows_words(state)}; resume with: {command}", file=sys.stderr)
        return _STOPPED
    if state.status != "done":
        print(state.message, file=sys.stderr)
        return _FAILED
    _print_summary(folder, summarize(folder), options)
    if options.report:
        _write_report(folder, options.report)
    return 0


# What to run


def _new_run(options: Any) -> RunStore:
    """The folder of the run that the options describe, new or existing."""
    if not options.model:
        raise InputError("No model is named; give a bundled name, a folder or a hub name with --model.")
    scales = [*options.scale, *shared.sweep_scales(options.sweep)]
    reading = reading_options(options)
    classifier = shared.loaded_model(options)
    root = RunStore(options.output or default_root()).place
    own = (classifier.config.recipe or {}).get("task", "custom")
    with _imported(options, reading, own, root) as (table, place):
        roles = chosen_roles(classifier, table, reading)
        found = check(table, roles)
        spec = make_spec(
            table, roles, options.model, classifier, scales, options.layer_scales, options.block_rows
        )
        meanings = label_meanings(table, roles, classifier.labels)
    spec = replace(spec, source=place)
    folder = RunStore(f"{root.rstrip('/')}/{spec.id}")
    folder.create(spec)
    _print_source(spec, found)
    messages = scoring_messages(found, meanings, classifier.labels)
    print(
        "\n".join((*reading_messages(table, roles.label_columns), *messages, *meaning_lines(meanings))),
        file=sys.stderr,
    )
    return folder


@contextmanager
def _imported(
    options: Any, reading: ReadingOptions, task: str, root: str
) -> Iterator[tuple[SourceTable, str]]:
    """The file, or the part of a folder or of a hub data set, as a table, open inside the context, and its
    location beside the runs, named by content."""
    with tempfile.TemporaryDirectory() as scratch:
        beside = Path(scratch) if is_url(root) else Path(root) / SOURCES
        aside = beside / f".{os.getpid()}.parquet"
        try:
            table = import_part(options.data, options.split, task, aside, reading)
            if (folder := Path(options.data).expanduser()).is_dir():
                table = replace(table, name=f"{folder.resolve().name} ({options.split})")
            name = f"{table.fingerprint}.parquet"
            if is_url(root):
                sources = RunStore(f"{root.rstrip('/')}/{SOURCES}")
                sources.files.makedirs(sources.path(""), exist_ok=True)
                sources.files.put_file(str(aside), sources.path(name))
                yield table, f"{sources.place}/{name}"
            else:
                os.replace(aside, beside / name)
                yield replace(table, path=beside / name), str(beside / name)
        finally:
            with suppress(OSError):  # the earlier error is more informative
                aside.unlink()


def _print_source(spec: RunSpec, found: SourceCheck) -> None:
    roles = spec.roles
    columns = [f"text {roles.text!r}"]
    columns += [f"second text {roles.text_pair!r}"] if roles.text_pair else []
    columns += [roles.label_words]
    words = f"{spec.source_name}: {found.runnable:,} of {found.rows:,} rows to run, {', '.join(columns)}"
    if found.without_label:
        words += f"; {found.without_label:,} rows without a label"
    print(words, file=sys.stderr)


# Results


def _print_summary(folder: RunStore, summary: RunSummary, options: Any) -> None:
    if options.json:
        print(
            json.dumps({"folder": folder.place, "results": folder.path(RESULTS), **asdict(summary)}, indent=2)
        )
        return
    step = -(-len(summary.scales) // _PRINTED_SCALES)
    wanted = {0.0, 1.0, *options.scale, *(line.scale for line in summary.scales[::step])}
    print(f"{summary.rows:,} rows, {summary.labelled:,} with a label; FLOPs are times fewer than dense\n")
    of_sets = any(line.micro_f1 is not None for line in summary.scales)
    if of_sets:
        print("Right are rows whose labels are all right; F1 is of all labels together, and their mean.")
    f1 = "micro F1  macro F1  " if of_sets else ""
    print(f"scale   accuracy  {f1}FLOPs    changed  right to wrong  wrong to right")
    for line in summary.scales:
        if line.scale in wanted:
            accuracy = "-" if line.accuracy is None else f"{line.accuracy:.4f}"
            f1 = f"{line.micro_f1:<9.4f} {line.macro_f1:<9.4f} " if of_sets else ""
            print(
                f"x{line.scale:<6g} {accuracy:<9} {f1}{f'{line.flops_reduction:.2f}x':<8} {line.changed:<8,} "
                f"{line.lost:<15,} {line.won:,}"
            )
    if summary.warning:
        print(f"\nWarning: {summary.warning}")
    print(f"\nResults: {folder.path(RESULTS)}")


def _write_report(folder: RunStore, path: Path) -> None:
    if not folder.is_local:
        raise InputError(f"The results are at {folder.place!r}; a report needs results on this machine.")
    results = RunResults(Path(folder.place))
    page = report_html(gather_report(results, EVERYTHING, results.scales.index(1.0)))
    with atomic_write(path) as aside:
        aside.write_text(page, encoding="utf-8")
    print(f"Report: {path}", file=sys.stderr)
