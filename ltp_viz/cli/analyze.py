"""Run a model over a labelled file: `python -m ltp_viz.cli.analyze FILE --model M --output DIR`.

One pass gives the dense answers and those of all scales. What is finished stays, and the same command again
goes on where it ended. FILE is CSV, TSV, TXT, JSON, JSON lines or Parquet, or a data set on the hub, of which
--hub-split names the part.
"""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import threading
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
from ltp_viz.analysis.dataset.runs.engine import Engine, file_fault, make_spec, run, run_here
from ltp_viz.analysis.dataset.runs.progress import ProgressLine, rows_words
from ltp_viz.analysis.dataset.runs.ray_engine import ray_engine
from ltp_viz.analysis.dataset.runs.spec import BLOCK_ROWS, MOST_SCALES, RunSpec
from ltp_viz.analysis.dataset.runs.store import RESULTS, SOURCES, RunFolder, RunState, default_root, is_url
from ltp_viz.cli.reading import add_reading_options, meaning_lines, reading_options
from ltp_viz.data.atomic_write import written_aside
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.checks import SourceCheck, check
from ltp_viz.data.tables.chosen_roles import chosen_roles
from ltp_viz.data.tables.meanings import label_meanings, reading_messages, scoring_messages
from ltp_viz.data.tables.source import SourceTable, import_hub_split, import_table
from ltp_viz.figures.dataset.report import report_html

_PRINTED_SCALES = 10
_STOPPED = 130  # the exit status that shells know of an interrupted command


def main(arguments: list[str] | None = None) -> int:
    """Run, or go on, and print what came out; bad input ends with one sentence and status 2."""
    options = _parser().parse_args(arguments)
    disable_progress_bar()  # of loading weights, which would stand in the way of the one sentence
    try:
        if (options.file is None) == (options.resume is None):
            raise InputError("Give a FILE to run over, or --resume and the folder of an earlier run.")
        engine: Engine = run_here
        if options.ray is not None:
            engine = ray_engine(options.ray, options.workers, options.gpus_per_worker)
        folder = RunFolder(options.resume) if options.resume else _new_run(options)
        state = _run(folder, engine)
        if state.status == "done":
            _print_summary(folder, summarize(folder), options)
            if options.report:
                _write_report(folder, options.report)
            return 0
        if state.status == "stopped":
            command = shlex.join(["python", "-m", "ltp_viz.cli.analyze", "--resume", folder.place])
            print(f"Stopped at {rows_words(state)}; go on with: {command}", file=sys.stderr)
            return _STOPPED
        print(state.sentence, file=sys.stderr)
        return 2
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(file_fault(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped before the run began.", file=sys.stderr)
        return _STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.cli.analyze",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="file of texts, or hub data set")
    parser.add_argument("--hub-split", help="FILE is a data set on the hub; the part of it to read")
    parser.add_argument("--model", help="model folder or hub name")
    parser.add_argument("--sweep", metavar="FROM:TO:STEP", help="scales of the thresholds, such as 0:3:0.1")
    parser.add_argument("--scale", type=float, action="append", default=[], help="one more scale; repeatable")
    parser.add_argument("--layer-scales", type=float, nargs="+", help="one factor per layer")
    add_reading_options(parser)
    parser.add_argument("--output", help="folder (or URL) that holds runs; default: the user's cache")
    parser.add_argument("--block-rows", type=int, default=BLOCK_ROWS, help="rows kept at once, default 1024")
    parser.add_argument("--resume", metavar="FOLDER", help="go on with the run in this folder")
    parser.add_argument(
        "--ray", metavar="auto|ADDRESS", help="run on Ray: a cluster, or workers on this machine"
    )
    parser.add_argument("--workers", type=int, default=2, help="of Ray, default 2")
    parser.add_argument("--gpus-per-worker", type=float, default=0.0, help="such as 0.5; default 0: none")
    parser.add_argument("--report", type=Path, help="write a web page on the results at x1 to this file")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


# What to run


def _new_run(options: Any) -> RunFolder:
    """The folder of the run that the options describe, made or found again."""
    if not options.model:
        raise InputError("No model is named; give a folder or a hub name with --model.")
    scales = _scales(options)
    classifier = load_model(options.model)
    root = RunFolder(options.output or default_root()).place
    with _imported(options, root) as (table, place):
        roles = chosen_roles(classifier, table, reading_options(options))
        found = check(table, roles)
        spec = make_spec(
            table, roles, options.model, classifier, scales, options.layer_scales, options.block_rows
        )
        meanings = label_meanings(table, roles, classifier.labels)
    spec = replace(spec, source=place)
    folder = RunFolder(f"{root.rstrip('/')}/{spec.id}")
    folder.create(spec)
    _print_source(spec, found)
    messages = scoring_messages(found, meanings, classifier.labels)
    print("\n".join((*reading_messages(table), *messages, *meaning_lines(meanings))), file=sys.stderr)
    return folder


def _scales(options: Any) -> list[float]:
    scales = list(options.scale)
    if options.sweep:
        try:
            first, last, step = map(float, options.sweep.split(":"))
            count = int((last - first) / step + 1e-6) + 1
        except (ValueError, ZeroDivisionError, OverflowError):
            count, first, step = 0, 0.0, 0.0
        if not 1 <= count <= MOST_SCALES or step <= 0:
            raise InputError(
                f"--sweep is {options.sweep!r}; give FROM:TO:STEP, such as 0:3:0.1, for at most "
                f"{MOST_SCALES} scales."
            )
        scales += [first + index * step for index in range(count)]
    return scales


@contextmanager
def _imported(options: Any, root: str) -> Iterator[tuple[SourceTable, str]]:
    """The file as one table, to be asked in here, and where it lies beside the runs, named by its content."""
    with tempfile.TemporaryDirectory() as scratch:
        beside = Path(scratch) if is_url(root) else Path(root) / SOURCES
        aside = beside / f".{os.getpid()}.parquet"
        try:
            if options.hub_split:
                table = import_hub_split(options.file, options.hub_split, aside)
            else:
                table = import_table(
                    Path(options.file).expanduser(), aside, file_format=reading_options(options).file
                )
            name = f"{table.fingerprint}.parquet"
            if is_url(root):
                sources = RunFolder(f"{root.rstrip('/')}/{SOURCES}")
                sources.files.makedirs(sources.path(""), exist_ok=True)
                sources.files.put_file(str(aside), sources.path(name))
                yield table, f"{sources.place}/{name}"
            else:
                os.replace(aside, beside / name)
                yield replace(table, path=beside / name), str(beside / name)
        finally:
            with suppress(OSError):  # what went wrong before says more
                aside.unlink()


def _print_source(spec: RunSpec, found: SourceCheck) -> None:
    roles = spec.roles
    columns = [f"text {roles.text!r}"]
    columns += [f"second text {roles.text_pair!r}"] if roles.text_pair else []
    columns += [f"labels {roles.label!r}" if roles.label else "no labels"]
    words = f"{spec.source_name}: {found.runnable:,} of {found.rows:,} rows to run, {', '.join(columns)}"
    if found.without_label:
        words += f"; {found.without_label:,} rows without a label"
    print(words, file=sys.stderr)


# Running it


def _run(folder: RunFolder, engine: Engine) -> RunState:
    """Run with progress in the terminal. Raises InputError where another process is at work on the folder."""
    worker = folder.process_id()
    if worker is None:
        folder.take_back_stop()  # of an earlier start that died before it saw the mark
    elif worker != os.getpid():
        raise InputError(
            f"This run is at work already, in process {worker}; wait for it, or stop that first."
        )
    progress = ProgressLine()
    with _signals_ask_to_stop(folder):
        state = run(folder, engine=engine, watch=progress.show)
    progress.end()
    return state


@contextmanager
def _signals_ask_to_stop(folder: RunFolder) -> Iterator[None]:
    """The first SIGINT or SIGTERM leaves the mark that all at work look for; a second one ends at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(*_: Any) -> None:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
        # The signal may have come in the middle of a write.
        threading.Thread(target=folder.ask_to_stop).start()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# What came out


def _print_summary(folder: RunFolder, summary: RunSummary, options: Any) -> None:
    if options.json:
        print(
            json.dumps({"folder": folder.place, "results": folder.path(RESULTS), **asdict(summary)}, indent=2)
        )
        return
    step = -(-len(summary.scales) // _PRINTED_SCALES)
    wanted = {0.0, 1.0, *options.scale, *(line.scale for line in summary.scales[::step])}
    print(f"{summary.rows:,} rows, {summary.labelled:,} with a label; FLOPs are times fewer than dense\n")
    print("scale   accuracy  FLOPs    changed  right to wrong  wrong to right")
    for line in summary.scales:
        if line.scale in wanted:
            accuracy = "-" if line.accuracy is None else f"{line.accuracy:.4f}"
            print(
                f"x{line.scale:<6g} {accuracy:<9} {f'{line.flops_reduction:.2f}x':<8} {line.changed:<8,} "
                f"{line.lost:<15,} {line.won:,}"
            )
    if summary.warning:
        print(f"\nWarning: {summary.warning}")
    print(f"\nResults: {folder.path(RESULTS)}")


def _write_report(folder: RunFolder, path: Path) -> None:
    if not folder.is_local:
        raise InputError(f"The results lie at {folder.place!r}; a report is made of results on this machine.")
    results = RunResults(Path(folder.place))
    page = report_html(gather_report(results, EVERYTHING, results.scales.index(1.0)))
    with written_aside(path) as aside:
        aside.write_text(page, encoding="utf-8")
    print(f"Report: {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
