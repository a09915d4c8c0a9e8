"""Measured time of a model on some of the texts that it is judged on."""

from ltp_viz.analysis.benchmark.measure import Benchmark, Cell
from ltp_viz.analysis.machine import Machine
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.text.tokenization import tokenized_rows

# Texts that are timed: enough for a median over batches, few enough to wait for.
TIMED_TEXTS = 320


def timed(
    classifier: TextClassifier,
    data: LabelledTexts,
    name: str,
    batch_size: int,
    seconds: float,
    global_scale: float,
) -> tuple[Cell, Machine]:
    """One cell of a benchmark, called `name`, in float32, after about `seconds`, and the machine."""
    chosen = data.take(range(0, len(data), max(1, len(data) // TIMED_TEXTS)))
    rows = tokenized_rows(
        classifier.tokenizer, chosen.texts, chosen.text_pairs, classifier.config.max_text_tokens
    )
    benchmark = Benchmark(classifier, ["float32"], seconds, global_scale)
    cell = benchmark.cell(name, [row["input_ids"] for row in rows], batch_size, "float32")
    return cell, benchmark.machine
