"""Small real files and runs over them, shared by several tests of data-set runs."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import ltp_viz
from ltp_viz.analysis.dataset.runs.background import prepare
from ltp_viz.analysis.dataset.runs.engine import make_spec
from ltp_viz.analysis.dataset.runs.store import RESULTS
from ltp_viz.data.tables.chosen_roles import guessed_roles_for
from ltp_viz.data.tables.source import import_table
from tests.conftest import ROOT, SST2_MODEL

SENTENCES = (
    "A warm, funny little film that never wastes a minute.",
    "It is not without charm.",
    "Meh",
    "The library opens at nine on weekdays and stays closed on public holidays.",
    "Not bad at all, I must say; the second half is a dreadful bore, though.",
)
MANY_SCALES = tuple(step / 10 for step in range(31))


def write_csv(path: Path, rows: int) -> Path:
    """Numbered sentences with labels."""
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "label", "kind"])
        for row in range(rows):
            table.writerow([f"{row} {SENTENCES[row % 5]}", row % 2, f"kind {row % 3}"])
    return path


def prepared(
    root: Path,
    source: Path,
    model: Path = SST2_MODEL,
    scales: Sequence[float] = (0.0, 1.0),
    layer_scales: Sequence[float] | None = None,
    block_rows: int = 16,
) -> Path:
    """The folder of a run over a file, ready to start."""
    classifier = ltp_viz.load_model(model)
    table = import_table(source, root / "sources" / f"{source.stem}.parquet")
    roles = guessed_roles_for(classifier, table)
    return prepare(root, make_spec(table, roles, str(model), classifier, scales, layer_scales, block_rows))


def results(folder: Path) -> pa.Table:
    return pq.read_table(folder / RESULTS)


def started(*arguments: str) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ltp_viz", *arguments],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(happened: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "the condition was never met"
        time.sleep(0.02)


def parts(folder: Path) -> list[Path]:
    return sorted((folder / "parts").glob("part-*.parquet"))
