"""Measured results as data: `assets/results.json` holds every run that a page or a document shows.

A row names its run (one training with its command) and the bundled model that came of it, so that two
figures of one task cannot be taken for the same. `ltp-viz evaluate --results` writes rows; Learn and
`docs/results.md` are made from them.
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
    task: str  # as people write it: "SST-2"
    split: str
    texts: int | None  # None where it was not recorded
    metric: str  # as people write it: "accuracy", "F1"
    dense: float  # the run's dense stage, before pruning was trained
    unpruned: float | None  # the pruned model's weights with nothing dropped; None where not recorded
    pruned: float
    flops_reduction: float  # how many times fewer FLOPs than without pruning
    speed_up: float | None  # how many times faster than Hugging Face's dense encoder; None: not measured
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
        """With `row` in the place of the same run's row of the same task and split, or at the end."""
        rows = list(self.measured)
        place = next((k for k, old in enumerate(rows) if _key(old) == _key(row)), len(rows))
        rows[place : place + 1] = [row]
        return Results(tuple(rows), self.published)


def read_results(path: Path) -> Results:
    """The rows of a file that `write_results` wrote.

    Raises InputError where it is missing or holds anything else.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Results(
            tuple(Measured(**row) for row in record["measured"]),
            tuple(Published(**row) for row in record["published"]),
        )
    except OSError:
        raise InputError(f"The file of results {path.name} cannot be read; restore it.") from None
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path.name} is not a file of results: {error}.") from error


def write_results(results: Results, path: Path) -> None:
    """Write atomically. Raises OSError where the folder is not writable."""
    record: dict[str, Any] = asdict(results)
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _key(row: Measured) -> tuple[str, str, str]:
    return row.run, row.task, row.split
