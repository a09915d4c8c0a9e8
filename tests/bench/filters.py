"""Time of queries over stored results: `python -m tests.bench.filters [FILE] [--rows 600000]`.

A real run of the bundled model at 31 scales over FILE (by default the bundled labelled examples) is repeated
to that many rows; every figure of the Dataset page is then computed over all rows and with filters.
Wall time depends on other load, so the processor time of all threads is printed beside it.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.store import RESULTS, RunStore
from ltp_viz.analysis.stats import scores
from tests.analysis.dataset.stored_runs import MANY_SCALES, prepared
from tests.conftest import ROOT

REPEATS = 5
GROUP_ROWS = 50_000
FILTERS = {
    "all rows": EVERYTHING,
    "pattern": RowFilter(pattern=r"\b(not|never|movie)\b"),
    "lost": RowFilter(outcome="lost"),
}


def repeated(folder: Path, rows: int) -> None:
    """Replace a run's results by that many rows: the real ones repeated under new numbers."""
    real = pq.read_table(folder / RESULTS)
    written = folder / "repeated.parquet"
    with pq.ParquetWriter(written, real.schema, compression="zstd") as writer:
        for first in range(0, rows, GROUP_ROWS):
            count = min(GROUP_ROWS, rows - first)
            group = pa.concat_tables([real] * -(-count // len(real))).slice(0, count)
            numbers = pa.array(range(first + 1, first + count + 1), pa.int64())
            writer.write_table(group.set_column(0, "row", numbers).combine_chunks(), row_group_size=count)
    os.replace(written, folder / RESULTS)


def all_queries(results: RunResults, where: RowFilter, scale: int) -> dict[str, Callable[[], Any]]:
    """Every query that a figure needs."""
    queries: dict[str, Callable[[], Any]] = {
        "count": lambda: results.count(where, scale),
        "confusion and scores": lambda: scores(results.confusion(where, scale)),
        "agreement": lambda: results.agreement(where, scale),
        "curve": lambda: results.curve(where, scale),
        "cost": lambda: results.cost(where, scale),
        "length_buckets": lambda: results.length_buckets(where, scale),
        "survival": lambda: results.survival(where, scale),
    }
    for order in ("row", "margin", "flip scale"):
        queries[f"rows by {order}"] = lambda order=order: results.rows(where, scale, order)  # type: ignore[misc]
    for by in ("token", "class", "position", "special"):
        queries[f"token_fate by {by}"] = lambda by=by: results.token_fate(where, scale, by)  # type: ignore[misc]
    if results.spec.roles.extras:
        name = results.spec.roles.extras[0]
        queries["extra_values"] = lambda: results.extra_values(name)
        queries["by_extra"] = lambda: results.by_extra(name, where, scale)
    return queries


def seconds(query: Callable[[], Any]) -> dict[str, float]:
    """Wall time of the first and of the best repeat, and processor time of the best."""
    times = []
    for _ in range(REPEATS):
        wall, work = time.perf_counter(), time.process_time()
        query()
        times.append((time.perf_counter() - wall, time.process_time() - work))
    best = min(times)
    return {"first": round(times[0][0], 3), "best": round(best[0], 3), "processor": round(best[1], 3)}


def main() -> None:
    """Print seconds for each query and filter as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=ROOT / "assets/examples/labelled.csv")
    parser.add_argument("--rows", type=int, default=600_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        folder = prepared(Path(root), options.file, scales=MANY_SCALES, block_rows=1024)
        state = run(RunStore(folder))
        assert state.status == "done", state.message
        repeated(folder, options.rows)
        results = RunResults(folder)
        scale = results.scales.index(1.0)
        report = {
            "rows": options.rows,
            "megabytes": round((folder / RESULTS).stat().st_size / 2**20),
            "processors": len(os.sched_getaffinity(0)),
            "filters": {
                name: {
                    "rows": results.count(where, scale),
                    **{
                        name_of_query: seconds(query)
                        for name_of_query, query in all_queries(results, where, scale).items()
                    },
                }
                for name, where in FILTERS.items()
            },
            "one row": seconds(lambda: results.row(options.rows // 2)),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
