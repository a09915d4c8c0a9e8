"""`docs/results.md` read back: our figures and the paper's, task by task, as they stand there."""

import re
from dataclasses import dataclass
from pathlib import Path

from ltp_viz.data.errors import InputError


@dataclass(frozen=True)
class Result:
    """One row of a table. Scores in percent; `flops_reduction`: how many times fewer FLOPs than dense."""

    task: str
    split: str  # empty where the table names none
    metric: str
    dense: float
    pruned: float
    change: float
    flops_reduction: float
    time: str  # as written; empty in a table without times


@dataclass(frozen=True)
class TaskResults:
    """Ours, and the paper's where it has the task."""

    task: str
    ours: Result
    paper: Result | None


def read_results(path: Path) -> tuple[TaskResults, ...]:
    """The tasks of the first table, each with its row of the second one.

    Raises InputError where the document is not there or has not these two tables.
    """
    try:
        tables = _tables(path.read_text())
    except OSError:
        raise InputError("docs/results.md is not there, so its figures cannot be shown.") from None
    found = [rows for rows in map(_results, tables) if rows]
    if len(found) < 2:
        raise InputError("docs/results.md has not the two tables of results that this step shows.")
    ours, paper = found[:2]
    published = {row.task: row for row in paper}
    return tuple(TaskResults(row.task, row, published.get(row.task)) for row in ours)


def _tables(text: str) -> list[list[dict[str, str]]]:
    """Every Markdown table, row by row, cells by the name of their column."""
    tables: list[list[dict[str, str]]] = []
    for block in re.findall(r"(?:^\|.*\|[ \t]*\n?)+", text, flags=re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in row.strip().strip("|").split("|")] for row in block.strip().splitlines()
        ] + [[]] * 2
        tables.append([dict(zip(head, row, strict=False)) for row in rows if len(row) == len(head)])
    return tables


def _results(rows: list[dict[str, str]]) -> list[Result]:
    """A table of results; empty where it is a table of something else."""
    found = []
    for row in rows:
        dense = next((row[name] for name in ("dense", "dense stage") if name in row), None)
        task = next((value for name, value in row.items() if name.startswith("task")), None)
        if dense is None or task is None or not {"pruned", "change", "FLOPs", "metric"} <= row.keys():
            return []
        name, _, split = task.replace("`", "").partition(", ")
        numbers = [_number(cell) for cell in (dense, row["pruned"], row["change"], row["FLOPs"])]
        if any(number is None for number in numbers):
            continue  # a row that is yet to be measured
        first, second, third, fourth = (number or 0.0 for number in numbers)
        found.append(Result(name, split, row["metric"], first, second, third, fourth, row.get("time", "")))
    return found


def _number(cell: str) -> float | None:
    """The first number in a cell, of which "−", "**" and "x" are part of the writing."""
    match = re.search(r"[-+]?\d+(?:\.\d+)?", cell.replace("−", "-").replace(",", ""))
    return float(match.group()) if match else None
