"""The measuring loop that the command and the background worker share: which cells, in which order."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ltp_viz.analysis.benchmark.measure import Benchmark, Cell, TokenIds, growth_exponent
from ltp_viz.analysis.benchmark.plan import texts_per_cell
from ltp_viz.analysis.benchmark.record import BenchmarkRecord, now
from ltp_viz.analysis.dataset.runs.engine import model_fingerprint
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.resources import EXAMPLES

_TOKENS = " tokens"  # how names of cells of one length end


class OutOfTime(InputError):
    """The time limit was reached before the last cell; measured cells are kept."""


@dataclass(frozen=True)
class CellPlan:
    """What one cell measures: texts as token ids, the batch size, and the dtype."""

    name: str
    rows: Sequence[TokenIds]
    batch_size: int
    dtype: str


def planned_cells(
    classifier: TextClassifier,
    lengths: Sequence[int],
    batch_sizes: Sequence[int],
    dtypes: Sequence[str],
    named_rows: tuple[str, Sequence[TokenIds]] | None = None,
) -> Iterator[CellPlan]:
    """Every combination of length, batch size and dtype; `named_rows` are further texts to measure."""
    for dtype in dtypes:
        for batch_size in batch_sizes:
            texts: dict[str, Sequence[TokenIds]] = {
                f"{n}{_TOKENS}": example_rows(classifier, n, texts_per_cell(batch_size)) for n in lengths
            }
            if named_rows:
                texts |= (named_rows,)
            for name, rows in texts.items():
                # A few batches are enough for long single texts.
                yield CellPlan(name, rows[:: max(1, len(rows) // (6 * batch_size))], batch_size, dtype)


def empty_record(
    benchmark: Benchmark, classifier: TextClassifier, model: str, scale: float, planned: int, command: str
) -> BenchmarkRecord:
    """The record before the first cell. `model`: where it was loaded from; `command` repeats the
    benchmark."""
    return BenchmarkRecord(
        machine=benchmark.machine,
        model=model,
        model_fingerprint=model_fingerprint(classifier),
        num_layers=classifier.config.num_hidden_layers,
        scale=scale,
        budget_s=benchmark.budget_s,
        command=command,
        date=now(),
        planned=planned,
    )


def measured(
    benchmark: Benchmark,
    record: BenchmarkRecord,
    cells: Sequence[CellPlan],
    limit_s: float | None,
    after_cell: Callable[[BenchmarkRecord], None],
) -> BenchmarkRecord:
    """The record with all cells; `after_cell` receives it after each one.

    Raises OutOfTime before a cell that would start after `limit_s` seconds.
    """
    started = time.monotonic()
    for cell in cells:
        if limit_s is not None and time.monotonic() - started >= limit_s:
            raise OutOfTime(f"The time limit of {limit_s:g} seconds is reached; measured cells are kept.")
        record = record.with_cell(benchmark.cell(cell.name, cell.rows, cell.batch_size, cell.dtype))
        after_cell(record)
    return record


def growth_with_length(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Exponents of time over length, for each dtype and batch size measured at several lengths."""
    grown = []
    for dtype, batch_size in dict.fromkeys((cell.dtype, cell.batch_size) for cell in cells):
        same = [
            cell
            for cell in cells
            if (cell.dtype, cell.batch_size) == (dtype, batch_size) and cell.name.endswith(_TOKENS)
        ]
        if len(same) >= 2:
            times = ("dense_ms", "packed_ms", "pruned_ms")
            slopes = {time_: round(growth_exponent(same, time_, "mean_tokens"), 2) for time_ in times}
            grown.append({"dtype": dtype, "batch_size": batch_size, **slopes})
    return grown


def example_rows(classifier: TextClassifier, tokens: int, count: int) -> list[list[int]]:
    """`count` texts of exactly `tokens` ids, cut from the bundled examples at different positions."""
    examples = " ".join(entry["text"] for entry in json.loads((EXAMPLES / "explore.json").read_text()))
    first, *body, last = classifier.tokenizer(examples, verbose=False)["input_ids"]
    body = body * (1 + tokens // len(body))
    room = tokens - 2
    starts = [index * (len(body) - room) // count for index in range(count)]
    return [[first, *body[start : start + room], last] for start in starts]
