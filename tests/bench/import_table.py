"""Time and memory of importing a file: `python -m tests.bench.import_table [ROWS]`; Linux, default 200,000.

The rows repeat the bundled labelled examples, each with its number before it, as CSV, TSV, JSON lines and
Parquet. A small file is imported first, so that libraries are loaded before memory is read.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from ltp_viz.data.tables.source import import_table
from tests.conftest import ROOT
from tests.data.tables.test_datasets import KINDS, write


def main() -> None:
    """Print size, seconds and peak memory above the level before the import, per kind, as JSON."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    examples = pd.read_csv(ROOT / "assets/examples/labelled.csv")
    frame = examples.iloc[[i % len(examples) for i in range(count)]].reset_index(drop=True)
    frame["text"] = [f"{number} {text}" for number, text in enumerate(frame["text"], start=1)]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {kind: write(frame, Path(folder) / f"texts.{kind}") for kind in KINDS}
        del frame
        for kind in KINDS:
            import_table(write(examples, Path(folder) / f"few.{kind}"), Path(folder) / "few.parquet.in")
        for kind, path in files.items():
            Path("/proc/self/clear_refs").write_text("5")  # resets the peak to the current resident memory
            before, started = _peak_mb(), time.perf_counter()
            table = import_table(path, Path(folder) / "in.parquet")
            found[kind] = {
                "rows": table.rows,
                "file_mb": round(path.stat().st_size / 1e6, 1),
                "seconds": round(time.perf_counter() - started, 2),
                "extra_mb": round(_peak_mb() - before),
            }
    print(json.dumps(found, indent=1))


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
