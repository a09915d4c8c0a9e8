"""A trace to take away: a table for spreadsheets, and the Python code that makes the same trace again."""

import csv
import io

import numpy as np

from ltp_viz.core.trace import Trace

# What spreadsheets may take for the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "layer",
    "position",
    "token",
    "text",
    "start",
    "end",
    "word",
    "segment",
    "score",
    "threshold",
    "keep",
    "forced",
)


def trace_csv(trace: Trace) -> str:
    """One row per layer, from 1, and token, from position 0.

    `text` is the token as it is spelled at characters `start` to `end` of its text, and `word` the number of
    its word; empty for special tokens, as is `score` once a token is gone. `forced` is "keep", "drop" or
    empty. Cells that a spreadsheet would run as a formula begin with an apostrophe.
    """
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(_COLUMNS)
    described = [_described(trace, position) for position in range(len(trace.tokens))]
    forced = trace.forced.by_position
    for layer, threshold in enumerate(trace.thresholds):
        for position, cells in enumerate(described):
            score = trace.scores[layer, position]
            table.writerow(
                [
                    layer + 1,
                    position,
                    *cells,
                    "" if np.isnan(score) else str(score),
                    threshold,
                    "true" if trace.keep[layer, position] else "false",
                    forced.get(position, ""),
                ]
            )
    return file.getvalue()


def _described(trace: Trace, position: int) -> list[object]:
    """Token, text, start, end, word and segment."""
    segment, span, word = trace.segments[position], trace.spans[position], trace.word_ids[position]
    start, end = span or ("", "")
    source = trace.text if segment == 0 else trace.text_pair or ""
    return [
        defused(trace.tokens[position]),
        defused(source[slice(*span)]) if span else "",
        start,
        end,
        "" if word is None else word,
        segment,
    ]


def defused(cell: str) -> str:
    """The cell, behind an apostrophe where a spreadsheet would run it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def python_code(location: str, trace: Trace, relabelled: bool = False) -> str:
    """A program that makes the trace again with the model at `location`, a folder or a hub name.

    `relabelled` says that the trace's labels are not the checkpoint's own.
    """
    arguments = [f"{trace.text!r},"]
    if trace.text_pair is not None:
        arguments.append(f"text_pair={trace.text_pair!r},")
    arguments.append(f"global_scale={trace.global_scale!r},")
    if any(scale != 1 for scale in trace.layer_scales):
        arguments.append(f"layer_scales={list(trace.layer_scales)!r},")
    if trace.forced_keep or trace.forced_drop:
        arguments.append(f"forced=ltp_viz.{trace.forced!r},")
    model = f"model = ltp_viz.load_model({location!r})"
    if relabelled:
        model += f".relabelled({list(trace.labels)!r})"
    return "\n".join(
        [
            "import ltp_viz",
            "",
            model,
            "trace = model.trace(",
            *(f"    {argument}" for argument in arguments),
            ")",
            "print(trace.label, trace.macs, trace.dense_macs)",
            "",
        ]
    )
