"""Exports of a trace: a table for spreadsheets, and Python code that reproduces the trace."""

import csv
import io
import pkgutil
from collections.abc import Iterator, Sequence
from importlib import import_module

import numpy as np

from ltp_viz.core import rules
from ltp_viz.core.trace import Trace
from ltp_viz.data.checkpoints.model_files import shareable_name

# Characters with which a formula may begin; some spreadsheets also accept full-width signs.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
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
    "carrier",
)


def trace_csv(trace: Trace) -> str:
    """One row per layer, from 1, and token, from position 0.

    `text` is the token as spelled at characters `start` to `end` of its text, and `word` the index of its
    word; all are empty for special tokens, and `score` is empty once a token is dropped. `threshold` is empty
    under rules without thresholds. `forced` is "keep", "drop" or empty. `carrier` is the position of the
    token that carries this one after the layer, empty once it is dropped. Cells that a spreadsheet would run
    as a formula begin with an apostrophe.
    """
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(_COLUMNS)
    table.writerows(_rows(trace))
    return file.getvalue()


def traces_csv(traces: Sequence[Trace], titles: Sequence[str]) -> str:
    """The tables of several traces one after the other, with `title` before the columns of `trace_csv`."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(("title", *_COLUMNS))
    for trace, title in zip(traces, titles, strict=True):
        table.writerows([defused(title), *row] for row in _rows(trace))
    return file.getvalue()


def _rows(trace: Trace) -> Iterator[list[object]]:
    described = [_described(trace, position) for position in range(len(trace.tokens))]
    forced = trace.forced.by_position
    for layer, threshold in enumerate(trace.thresholds or ("",) * trace.num_layers):
        for position, cells in enumerate(described):
            score, carrier = trace.scores[layer, position], trace.carriers[layer, position]
            yield [
                layer + 1,
                position,
                *cells,
                "" if np.isnan(score) else str(score),
                threshold,
                "true" if trace.keep[layer, position] else "false",
                forced.get(position, ""),
                "" if carrier < 0 else int(carrier),
            ]


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
    """The cell, with an apostrophe in front if a spreadsheet would run it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def python_code(location: str, trace: Trace, relabelled: bool = False, asked_label: str | None = None) -> str:
    """A program that reproduces the trace with the model at `location`, a folder or a hub name.

    `asked_label` is the only label that the model is asked about (`TextClassifier.for_label`); `relabelled`
    says that the trace's labels are not the checkpoint's own. Raises ValueError for a trace under a rule that
    is not defined in `core.rules`.
    """
    arguments = [f"{trace.text!r},"]
    if trace.text_pair is not None:
        arguments.append(f"text_pair={trace.text_pair!r},")
    imports = ["import ltp_viz"]
    if trace.rule:
        name = trace.rule.split("(")[0]
        imports.append(f"from {_module_of(name)} import {name}")
        arguments.append(f"rule={trace.rule},")
    else:
        arguments.append(f"global_scale={trace.global_scale!r},")
    if any(scale != 1 for scale in trace.layer_scales):
        arguments.append(f"layer_scales={list(trace.layer_scales)!r},")
    if trace.forced_keep or trace.forced_drop:
        arguments.append(f"forced=ltp_viz.{trace.forced!r},")
    model = f"model = ltp_viz.load_model({shareable_name(location)!r})"
    if asked_label is not None:
        model += f".for_label({asked_label!r})"
    if relabelled:
        model += f".relabelled({list(trace.labels)!r})"
    return "\n".join(
        [
            *imports,
            "",
            model,
            "trace = model.trace(",
            *(f"    {argument}" for argument in arguments),
            ")",
            "print(trace.label, trace.macs, trace.dense_macs)",
            "",
        ]
    )


def _module_of(rule: str) -> str:
    """The module of `core.rules` that defines the class of that name, found without a list of rules."""
    for found in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        if getattr(getattr(import_module(found.name), rule, None), "__module__", None) == found.name:
            return found.name
    raise ValueError(f"There is no rule {rule!r} in {rules.__name__}; write the code for this trace by hand.")
