"""One block of a source under all scales of a run: from texts to the columns of its results.

Texts of similar length share a packed batch with a limited number of tokens, so long texts need no more
memory.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.sweeps import TokenRow, batches_by_length, sweep_rows
from ltp_viz.core.answers import AnswerKind, probabilities_of
from ltp_viz.core.flops import dense_macs
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.label_sets import answer_codes
from ltp_viz.data.tables.blocks import read_block
from ltp_viz.data.text.tokenization import tokenized_rows

# Tokens of a batch at the start of a sweep, whose branches multiply them.
BATCH_TOKENS = 768
# Characters tokenized at a time, which bounds the memory of a block with huge cells.
_TOKENIZED_CHARACTERS = 2**21
_UNCUT = 2**31 - 1


def run_block(
    classifier: TextClassifier,
    spec: RunSpec,
    block: int,
    after_batch: Callable[[int], None] = lambda rows: None,
) -> pa.Table:
    """Results of one block of the source, (rows with a text,), in the columns of `results.parquet`.

    `after_batch` receives the number of rows of each batch and may raise to stop.
    """
    source = read_block(spec.source, spec.roles, block, spec.block_rows)
    texts = source.column("text").to_pylist()
    pairs = None if spec.roles.text_pair is None else source.column("text_pair").to_pylist()
    rows, totals = _tokenized(classifier, texts, pairs)
    lengths = [len(row["input_ids"]) for row in rows]
    scales, classes = len(spec.scales), len(spec.label_names)
    logits = np.zeros((scales, len(rows), classes), dtype=np.float32)
    macs = np.zeros((scales, len(rows)), dtype=np.int64)
    starts = np.cumsum([0, *lengths])
    depths = np.zeros((scales, starts[-1]), dtype=np.uint8)
    for chosen in batches_by_length(lengths, BATCH_TOKENS):
        swept = sweep_rows(classifier, [rows[i] for i in chosen], spec.scales, spec.layer_scales)
        logits[:, chosen], macs[:, chosen] = swept.logits, swept.macs
        depths[:, np.concatenate([np.arange(starts[i], starts[i + 1]) for i in chosen])] = swept.depths
        after_batch(len(chosen))
    columns = {name: source.column(name) for name in source.column_names}
    columns |= {
        "length": pa.array(lengths, pa.int32()),
        "total_tokens": pa.array(totals, pa.int32()),
        "token_ids": _lists(starts, np.array([i for row in rows for i in row["input_ids"]], dtype=np.int32)),
        "dense_macs": pa.array([dense_macs(length, classifier.config) for length in lengths], pa.int64()),
    }
    for k in range(scales):
        columns |= _answers(k, logits[k], spec.answer_kind)
        columns[f"macs_{k}"] = pa.array(macs[k])
        columns[f"depths_{k}"] = _lists(starts, depths[k])
    return pa.table(columns)


def _answers(k: int, logits: NDArray[np.float32], kind: AnswerKind) -> dict[str, pa.Array]:
    """Answer as a number, its probability and its margin, from logits (rows, C): of a class the distance from
    the runner-up; of a set both are of the label nearest to 0.5, the margin twice its distance from there."""
    if kind == "labels":
        nearest = np.abs(probabilities_of(logits, kind) - 0.5).min(1)
        return {
            f"label_{k}": pa.array(answer_codes(logits, kind)),
            f"confidence_{k}": pa.array((0.5 + nearest).astype(np.float32)),
            f"margin_{k}": pa.array((2 * nearest).astype(np.float32)),
        }
    ascending = np.sort(probabilities_of(logits), 1)
    return {
        f"label_{k}": pa.array(logits.argmax(1).astype(np.int16)),
        f"confidence_{k}": pa.array(ascending[:, -1].astype(np.float32)),
        f"margin_{k}": pa.array((ascending[:, -1] - ascending[:, -2]).astype(np.float32)),
    }


def _lists(starts: NDArray[np.int64], values: NDArray[Any]) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pa.array(values))


def _tokenized(
    classifier: TextClassifier, texts: Sequence[str], pairs: Sequence[str] | None
) -> tuple[list[TokenRow], list[int]]:
    """The tokens that the model reads of each text or pair, and its number of tokens before truncation."""
    longest = classifier.config.max_text_tokens
    rows: list[TokenRow] = [{} for _ in texts]
    totals = [0] * len(texts)

    def encode(chosen: Sequence[int], max_tokens: int) -> None:
        seconds = None if pairs is None else [pairs[i] for i in chosen]
        encoded = tokenized_rows(classifier.tokenizer, [texts[i] for i in chosen], seconds, max_tokens)
        for i, row in zip(chosen, encoded, strict=True):
            rows[i], totals[i] = row, max(totals[i], len(row["input_ids"]))

    characters = [len(text) for text in texts]
    if pairs is not None:
        characters = [first + len(second) for first, second in zip(characters, pairs, strict=True)]
    for portion in batches_by_length(characters, _TOKENIZED_CHARACTERS):
        encode(portion.tolist(), _UNCUT)
        encode([i for i in portion.tolist() if totals[i] > longest], longest)
    return rows, totals
