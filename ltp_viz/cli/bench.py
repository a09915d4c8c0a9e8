"""Command line: `python -m ltp_viz.cli.bench MODEL`, measured time of dense, packed and pruned forwards.

Without data, texts of exactly the wanted lengths are cut from the bundled examples laid end to end. With
`--data`, the file's own texts are timed as well: as they are, or with `--tokens N` those of at
least N tokens, cut to N. The file of `--json` is written anew after every cell. One benchmark runs at a time.
"""

import argparse
import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ltp_viz.analysis.benchmark.measure import Benchmark, Cell, TokenIds, growth_exponent
from ltp_viz.analysis.benchmark.plan import texts_per_cell
from ltp_viz.analysis.benchmark.record import BenchmarkRecord, now
from ltp_viz.analysis.benchmark.run import machine_to_itself
from ltp_viz.analysis.dataset.runs.engine import model_fingerprint
from ltp_viz.analysis.dataset.runs.store import default_root
from ltp_viz.analysis.machine import DTYPES
from ltp_viz.analysis.sweeps import SCALES
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.labelled_data import read_labelled_data
from ltp_viz.data.tables.tasks import TASKS
from ltp_viz.data.text.tokenization import tokenized_rows

LENGTHS, BATCHES = (16, 32, 64, 128, 256, 512), (1, 8, 32)
EXAMPLES = Path(__file__).parents[2] / "assets/examples/explore.json"
COLUMNS = (
    "| texts | dtype | batch | tokens | dense ms | packed ms | pruned ms | packed | pruned | FLOPs "
    "| realised | peak dense | peak pruned |"
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a table and growth, write JSON; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.cli.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="model folder or hub name")
    parser.add_argument(
        "--lengths",
        type=int,
        nargs="*",
        help=f"in tokens, default {_listed(LENGTHS)} as far as the model reads",
    )
    parser.add_argument(
        "--batch", type=int, nargs="+", default=BATCHES, help=f"texts per batch, default {_listed(BATCHES)}"
    )
    parser.add_argument(
        "--dtype",
        choices=list(DTYPES),
        nargs="+",
        default=["float32"],
        help="number formats, default float32",
    )
    parser.add_argument("--task", choices=sorted(TASKS), help="what the columns of --data mean")
    parser.add_argument("--data", type=Path, help="file of texts to time")
    add_reading_options(parser)
    parser.add_argument("--tokens", type=int, help="only texts of at least this length, cut to it")
    parser.add_argument(
        "--texts", type=int, default=320, help="at most so many texts of the file, default 320"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of all thresholds, default 1")
    parser.add_argument("--budget", type=float, default=2.0, help="seconds per cell, about; default 2")
    parser.add_argument("--limit", type=float, help="begin no cell after so many seconds")
    parser.add_argument("--cells-only", action="store_true", help="no sweeps, and no agreement of dtypes")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    try:
        with machine_to_itself(default_root()):
            classifier = load_model(options.model)
            _check(options, classifier.config.max_text_tokens)
            file_rows = _file_rows(classifier, options) if options.data else []
            command = shlex.join(["python", "-m", "ltp_viz.cli.bench", *given])
            _measure(classifier, file_rows, options, command)
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _check(options: argparse.Namespace, most_tokens: int) -> None:
    """Fill in the lengths where none are given. Raises InputError where an option cannot be."""
    if options.lengths is None:
        options.lengths = [length for length in LENGTHS if length <= most_tokens]
    for name, given, least, most in (
        ("--lengths", options.lengths, 3, most_tokens),  # two special tokens and one to read
        ("--batch", options.batch, 1, 4096),
        ("--tokens", [] if options.tokens is None else [options.tokens], 3, most_tokens),
        ("--texts", [options.texts], 1, 1_000_000),
        ("--scale", [options.scale], 0, 1000),
        ("--budget", [options.budget], 0, 3600),
    ):
        if wrong := [value for value in given if not least <= value <= most]:
            raise InputError(f"{name} holds {wrong[0]:g}; give {least} to {most:,}.")


def _measure(
    classifier: TextClassifier, file_rows: list[list[int]], options: argparse.Namespace, command: str
) -> None:
    began = time.monotonic()
    date = now()
    benchmark = Benchmark(classifier, options.dtype, options.budget, options.scale)
    facts = benchmark.machine
    print(f"{facts.processor}, {facts.threads} threads, torch {facts.torch}, attention {facts.attention}")
    for dtype, rate in facts.matmul_gflops.items():
        print(f"matrix-product peak {dtype}: {rate:,.0f} GFLOP/s")
    print(f"\n{COLUMNS}\n|{'---|' * COLUMNS.count(' | ')}---|", flush=True)
    plans = list(_plans(classifier, file_rows, options))
    record = BenchmarkRecord(
        machine=facts,
        model=options.model,
        model_fingerprint=model_fingerprint(classifier),
        num_layers=classifier.config.num_hidden_layers,
        scale=options.scale,
        budget_s=options.budget,
        command=command,
        date=date,
        planned=len(plans),
    )
    for name, rows, batch_size, dtype in plans:
        if options.limit is not None and time.monotonic() - began > options.limit:
            raise InputError(f"The time of {options.limit:g} seconds is over; the cells so far stand.")
        record = record.with_cell(benchmark.cell(name, rows, batch_size, dtype))
        print(_table_row(record.cells[-1]), flush=True)
        if options.json:
            record.write(options.json)
    extras: dict[str, Any] = {"growth": _print_growth(record.cells, options)}
    if not options.cells_only:
        extras |= _sweeps_and_agreement(classifier, benchmark, file_rows, options)
    if options.json:
        replace(record, finished=True, extras=extras).write(options.json)


def _plans(
    classifier: TextClassifier, file_rows: list[list[int]], options: argparse.Namespace
) -> Iterator[tuple[str, Sequence[TokenIds], int, str]]:
    """Name, texts, batch size and dtype of every cell."""
    for dtype in options.dtype:
        for batch_size in options.batch:
            of_length = {
                f"{n} tokens": example_rows(classifier, n, texts_per_cell(batch_size))
                for n in options.lengths
            }
            if file_rows:
                of_length[options.data.parent.name or options.data.stem] = file_rows
            for name, rows in of_length.items():
                # A few batches are enough where texts are long and alone.
                yield name, rows[:: max(1, len(rows) // (6 * batch_size))], batch_size, dtype


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


def example_rows(classifier: TextClassifier, tokens: int, count: int) -> list[list[int]]:
    """`count` texts of exactly `tokens` ids, cut at different places from the bundled examples."""
    examples = " ".join(entry["text"] for entry in json.loads(EXAMPLES.read_text()))
    first, *body, last = classifier.tokenizer(examples, verbose=False)["input_ids"]
    body = body * (1 + tokens // len(body))
    room = tokens - 2
    starts = [index * (len(body) - room) // count for index in range(count)]
    return [[first, *body[start : start + room], last] for start in starts]


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
    return rows[:: max(1, len(rows) // options.texts)][: options.texts]


def _listed(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))


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


def _print_growth(cells: Sequence[Cell], options: Any) -> list[dict[str, Any]]:
    grown = []
    for dtype in options.dtype:
        for batch_size in options.batch:
            line = [
                cell
                for cell in cells
                if cell.dtype == dtype and cell.batch_size == batch_size and cell.name.endswith(" tokens")
            ]
            if len(line) < 2:
                continue
            slopes = {
                of: round(growth_exponent(line, of, "mean_tokens"), 2)
                for of in ("dense_ms", "packed_ms", "pruned_ms")
            }
            grown.append({"dtype": dtype, "batch_size": batch_size, **slopes})
            print(
                f"growth with length, {dtype}, batch {batch_size}: time ~ tokens^{slopes['dense_ms']} dense, "
                f"^{slopes['packed_ms']} packed, ^{slopes['pruned_ms']} pruned"
            )
    return grown


if __name__ == "__main__":
    sys.exit(main())
