"""Measured time of a model on a sample of its evaluation texts."""

from ltp_viz.analysis.benchmark.measure import Benchmark, Cell
from ltp_viz.analysis.machine import Machine
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.text.tokenization import tokenized_rows

# Sample size: enough for a median over batches, and quick to measure.
TIMED_TEXTS = 320


def timed(
    classifier: TextClassifier,
    data: LabelledTexts,
    name: str,
    batch_size: int,
    seconds: float,
    global_scale: float,
) -> tuple[Cell, Machine]:
    """Measure for about `seconds` in float32; returns a benchmark cell called `name`, and the machine."""
    chosen = data.take(range(0, len(data), max(1, len(data) // TIMED_TEXTS)))
    rows = tokenized_rows(
        classifier.tokenizer, chosen.texts, chosen.text_pairs, classifier.config.max_text_tokens
    )
    benchmark = Benchmark(classifier, ["float32"], seconds, global_scale)
    cell = benchmark.cell(name, [row["input_ids"] for row in rows], batch_size, "float32")
    return cell, benchmark.machine
