"""Measure the time of dense, packed and pruned forwards: `ltp-viz bench --model MODEL`.

Without data, texts of exactly the given lengths are cut from the joined bundled examples. With `--data`, the
file's own texts are timed too: as they are, or with `--tokens N` those of at least N tokens, cut to N. The
file of `--output` is updated after every cell. Only one benchmark runs at a time.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.benchmark.cells import (
    OutOfTime,
    empty_record,
    example_rows,
    growth_with_length,
    measured,
    planned_cells,
)
from ltp_viz.analysis.benchmark.measure import Benchmark, Cell
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.benchmark.run import exclusive_machine
from ltp_viz.analysis.jobs.store import default_root
from ltp_viz.analysis.machine import DTYPES
from ltp_viz.analysis.sweeps import SCALES
from ltp_viz.cli import options as shared
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.labelled_data import read_labelled_data
from ltp_viz.data.tables.tasks import TASKS
from ltp_viz.data.text.tokenization import tokenized_rows

LENGTHS, BATCHES = (16, 32, 64, 128, 256, 512), (1, 8, 32)
_OUT_OF_TIME = 1  # exit status
COLUMNS = (
    "| texts | dtype | batch | tokens | dense ms | packed ms | pruned ms | packed | pruned | FLOPs "
    "| realised | peak dense | peak pruned |"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    shared.add_model(parser)
    parser.add_argument(
        "--lengths",
        type=int,
        nargs="*",
        metavar="TOKENS",
        help=f"default {shared.listed(LENGTHS)}, up to the model's limit",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        nargs="+",
        default=BATCHES,
        help=f"texts per batch; default {shared.listed(BATCHES)}",
    )
    parser.add_argument(
        "--dtype",
        choices=list(DTYPES),
        nargs="+",
        default=["float32"],
        help="number formats; default float32",
    )
    parser.add_argument("--task", choices=sorted(TASKS), help="task that defines the columns of --data")
    parser.add_argument("--data", type=Path, help="file of texts to time")
    add_reading_options(parser)
    parser.add_argument("--tokens", type=int, help="use only texts of at least this length, cut to it")
    shared.add_max_texts(parser, default=320)
    shared.add_scale(parser)
    parser.add_argument("--seconds", type=float, default=2.0, help="approximate time per cell; default 2")
    parser.add_argument("--max-seconds", type=float, help="start no cell after this time")
    parser.add_argument("--cells-only", action="store_true", help="skip sweeps and the agreement of dtypes")
    shared.add_json(parser)
    shared.add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Measure, print the table and the growth with length, and write JSON."""
    disable_progress_bar()  # progress bars of loading weights would precede a message
    shared.check_output_file(options.output)
    with exclusive_machine(default_root()):
        classifier = load_model(options.model)
        _check(options, classifier.config.max_text_tokens)
        file_rows = _file_rows(classifier, options) if options.data else []
        try:
            with redirect_stdout(sys.stderr) if options.json else nullcontext():
                record = _measure(classifier, file_rows, options)
        except OutOfTime as error:
            print(error, file=sys.stderr)
            return _OUT_OF_TIME
        if options.json:
            print(record.to_json())
    return 0


def _check(options: argparse.Namespace, max_tokens: int) -> None:
    """Set the default lengths if none are given. Raises InputError for an invalid option."""
    if options.lengths is None:
        options.lengths = [length for length in LENGTHS if length <= max_tokens]
    for name, given, least, most in (
        ("--lengths", options.lengths, 3, max_tokens),  # two special tokens and one of the text
        ("--batch-size", options.batch_size, 1, 4096),
        ("--tokens", [] if options.tokens is None else [options.tokens], 3, max_tokens),
        ("--max-texts", [options.max_texts], 0, 1_000_000),
        ("--scale", [options.scale], 0, 1000),
        ("--seconds", [options.seconds], 0, 3600),
    ):
        if wrong := [value for value in given if not least <= value <= most]:
            raise InputError(f"{name} contains {wrong[0]:g}; give {least} to {most:,}.")


def _measure(
    classifier: TextClassifier, file_rows: list[list[int]], options: argparse.Namespace
) -> BenchmarkRecord:
    benchmark = Benchmark(classifier, options.dtype, options.seconds, options.scale)
    facts = benchmark.machine
    print(f"{facts.processor}, {facts.threads} threads, torch {facts.torch}, attention {facts.attention}")
    for dtype, rate in facts.matmul_gflops.items():
        print(f"matrix-product peak {dtype}: {rate:,.0f} GFLOP/s")
    print(f"\n{COLUMNS}\n|{'---|' * COLUMNS.count(' | ')}---|", flush=True)
    named_rows = (options.data.parent.name or options.data.stem, file_rows) if file_rows else None
    cells = list(planned_cells(classifier, options.lengths, options.batch_size, options.dtype, named_rows))

    def after_cell(record: BenchmarkRecord) -> None:
        print(_table_row(record.cells[-1]), flush=True)
        if options.output:
            record.write(options.output)

    command = shlex.join(options.given)
    record = empty_record(benchmark, classifier, options.model, options.scale, len(cells), command)
    record = measured(benchmark, record, cells, options.max_seconds, after_cell)
    extras: dict[str, Any] = {"growth": growth_with_length(record.cells)}
    _print_growth(extras["growth"])
    if not options.cells_only:
        extras |= _sweeps_and_agreement(classifier, benchmark, file_rows, options)
    record = replace(record, finished=True, extras=extras)
    if options.output:
        record.write(options.output)
    return record


def _sweeps_and_agreement(
    classifier: TextClassifier, benchmark: Benchmark, file_rows: list[list[int]], options: argparse.Namespace
) -> dict[str, Any]:
    sweeps = []
    for tokens in options.lengths if "float32" in options.dtype else []:
        sweeps.append(benchmark.sweep_cost(example_rows(classifier, tokens, 6), SCALES))
        cost = sweeps[-1]
        print(
            f"sweep of {cost.scales} scales, {tokens} tokens: {cost.sweep_ms:.1f} ms, "
            f"{cost.forwards:.1f} times one pruned forward of {cost.forward_ms:.1f} ms"
        )
    agreement = {}
    for dtype in options.dtype:
        if dtype != "float32" and "float32" in options.dtype:
            rows = file_rows or [row for n in options.lengths for row in example_rows(classifier, n, 8)]
            agreement[dtype] = benchmark.agreement(rows[:200], dtype)
            print(f"{dtype} decides as float32 in {100 * agreement[dtype]:.2f} % of token-layer pairs")
    return {"sweeps": [asdict(cost) for cost in sweeps], "agreement": agreement}


def _file_rows(classifier: TextClassifier, options: Any) -> list[list[int]]:
    read = read_labelled_data(
        classifier,
        str(options.data),
        options=reading_options(options),
        task=options.task or "",
        needs_labels=False,
    )
    print(reading_words(read), file=sys.stderr)
    data = read.texts
    longest = options.tokens or classifier.config.max_text_tokens
    encoded = tokenized_rows(classifier.tokenizer, data.texts, data.text_pairs, longest)
    rows = [row["input_ids"] for row in encoded]
    rows = [row for row in rows if options.tokens is None or len(row) == options.tokens]
    if not rows:
        raise InputError(
            f"No text of {str(options.data)!r} has {options.tokens} tokens; give a smaller --tokens."
        )
    most = options.max_texts or len(rows)
    return rows[:: max(1, len(rows) // most)][:most]


def _table_row(cell: Cell) -> str:
    values = (
        cell.name,
        cell.dtype,
        cell.batch_size,
        f"{cell.mean_tokens:.0f}",
        *(f"{ms:.2f}" for ms in (cell.dense_ms, cell.packed_ms, cell.pruned_ms)),
        f"{cell.packed_speed_up:.2f}x",
        f"{cell.speed_up:.2f}x",
        f"{cell.flops_reduction:.2f}x",
        f"{cell.realised:.2f}",
        f"{100 * cell.dense_peak_share:.0f} %",
        f"{100 * cell.pruned_peak_share:.0f} %",
    )
    return "| " + " | ".join(map(str, values)) + " |"


def _print_growth(grown: Sequence[dict[str, Any]]) -> None:
    for each in grown:
        print(
            f"growth with length, {each['dtype']}, batch {each['batch_size']}: time ~ "
            f"tokens^{each['dense_ms']} dense, ^{each['packed_ms']} packed, ^{each['pruned_ms']} pruned"
        )
