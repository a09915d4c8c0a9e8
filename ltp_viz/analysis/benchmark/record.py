"""The record of a benchmark: machine, model, command and cells, as JSON and as a table."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ltp_viz.analysis.benchmark.measure import WAYS, Cell
from ltp_viz.analysis.exports import FORMULA_STARTS
from ltp_viz.analysis.machine import Machine
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError


@dataclass(frozen=True)
class BenchmarkRecord:
    """A benchmark, complete or still running. `extras`: figures that only the command line measures."""

    machine: Machine
    model: str
    model_fingerprint: str  # SHA-256 hex
    num_layers: int
    scale: float
    budget_s: float
    command: str  # repeats the benchmark
    date: str  # of its start, ISO 8601, UTC
    planned: int  # number of planned cells
    finished: bool = False
    cells: tuple[Cell, ...] = ()
    extras: dict[str, Any] = field(default_factory=dict)

    def with_cell(self, cell: Cell) -> "BenchmarkRecord":
        """A copy with one more cell."""
        return replace(self, cells=(*self.cells, cell))

    def write(self, path: Path) -> None:
        """Write atomically, so that the file can be read at any time."""
        with atomic_write(path) as aside:
            aside.write_text(self.to_json())

    def to_json(self) -> str:
        """Everything."""
        record = asdict(self) | {"cells": [cell.to_dict() for cell in self.cells]}
        return json.dumps(record | record.pop("extras"), indent=2)

    @classmethod
    def read(cls, path: str | Path) -> "BenchmarkRecord":
        """Inverse of `write`. Raises InputError if the file is missing or holds anything else."""
        try:
            record = json.loads(Path(path).read_text())
            known = set(cls.__dataclass_fields__) - {"extras"}
            values = {name: record[name] for name in known}
            values["machine"] = Machine(**record["machine"])
            values["cells"] = tuple(map(Cell.from_dict, record["cells"]))
            return cls(**values, extras={name: v for name, v in record.items() if name not in known})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{str(path)!r} is not a benchmark of this version.") from error


def now() -> str:
    """The current time to the second, as records store it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


_COLUMNS = (
    "texts",
    "dtype",
    "batch_size",
    "tokens",
    *(f"{way}_{part}" for way in WAYS for part in ("ms", "quartile_low_ms", "quartile_high_ms", "first_ms")),
    "rounds",
    "packed_speed_up",
    "speed_up",
    "speed_up_low",
    "speed_up_high",
    "flops_reduction",
    "realised",
    "dense_peak_share",
    "pruned_peak_share",
)


def cells_csv(cells: Sequence[Cell]) -> str:
    """A row per cell: median, quartiles and first round in milliseconds per text, and the derived ratios."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(_COLUMNS)
    for cell in cells:
        name = f"'{cell.name}" if cell.name.startswith(FORMULA_STARTS) else cell.name
        times = [t for way in WAYS for t in (cell.ms(way), *cell.spread_ms(way), cell.warm_up_ms(way)[0])]
        ratios = (cell.packed_speed_up, cell.speed_up, *cell.speed_up_spread, cell.flops_reduction)
        shares = (cell.realised, cell.dense_peak_share, cell.pruned_peak_share)
        numbers = [*(f"{t:.4f}" for t in times), cell.rounds, *(f"{x:.4f}" for x in (*ratios, *shares))]
        table.writerow([name, cell.dtype, cell.batch_size, f"{cell.mean_tokens:g}", *numbers])
    return file.getvalue()
