"""Measured results as data: `assets/results.json` holds every run that a page or a document shows.

A row names its run (one training with its command) and the bundled model that the run produced, so that
different figures for one task cannot be confused. `ltp-viz evaluate --results` writes rows; Learn and
`docs/results.md` are generated from them.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError


@dataclass(frozen=True)
class Measured:
    """One run's model on one split. Scores are fractions, as `Evaluation` has them."""

    run: str  # name of the training run
    model: str | None  # name of the bundled model that this run made; None: the weights are not bundled
    task: str  # display name, such as "SST-2"
    split: str
    texts: int | None  # None if not recorded
    metric: str  # display name, such as "accuracy" or "F1"
    dense: float  # the run's dense stage, before pruning was trained
    unpruned: float | None  # the pruned model's weights without pruning; None if not recorded
    pruned: float
    flops_reduction: float  # FLOPs without pruning over FLOPs with it
    speed_up: float | None  # over Hugging Face's dense encoder; None: not measured
    seed: int
    date: str  # ISO day on which it was recorded
    training: str  # command of the run
    command: str  # command of the measurement

    @property
    def change(self) -> float:
        """Pruned minus dense."""
        return self.pruned - self.dense


@dataclass(frozen=True)
class Published:
    """One row of a publication. Scores are fractions."""

    source: str
    model: str
    task: str
    split: str
    metric: str
    dense: float
    pruned: float
    flops_reduction: float

    @property
    def change(self) -> float:
        """Pruned minus dense."""
        return self.pruned - self.dense


@dataclass(frozen=True)
class Results:
    """All rows, in the order in which documents show them."""

    measured: tuple[Measured, ...]
    published: tuple[Published, ...]

    def with_row(self, row: Measured) -> "Results":
        """A copy in which `row` replaces the same run's row of the same task and split, or is appended."""
        rows = list(self.measured)
        place = next((k for k, old in enumerate(rows) if _key(old) == _key(row)), len(rows))
        rows[place : place + 1] = [row]
        return Results(tuple(rows), self.published)


def read_results(path: Path) -> Results:
    """The rows of a file that `write_results` wrote.

    Raises InputError if it is missing or holds anything else.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Results(
            tuple(Measured(**row) for row in record["measured"]),
            tuple(Published(**row) for row in record["published"]),
        )
    except OSError:
        raise InputError(f"The results file {path.name} cannot be read; restore it.") from None
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path.name} is not a results file: {error}.") from error


def write_results(results: Results, path: Path) -> None:
    """Write atomically. Raises OSError if the folder is not writable."""
    record: dict[str, Any] = asdict(results)
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _key(row: Measured) -> tuple[str, str, str]:
    return row.run, row.task, row.split
