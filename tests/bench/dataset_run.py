"""Rows per second and memory of data set runs: `python -m tests.bench.dataset_run FILE [--rows N]`.

Unpruned, pruned and a sweep of 31 scales, each over the same N rows of FILE; the sweep also as a multiple.
Then runs of N and 10 N rows, rows repeated where the file has fewer, each in a separate process whose peak
of memory is read: it should not grow with the rows.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import ltp_viz
from ltp_viz.analysis.dataset.runs.block import run_block
from ltp_viz.analysis.dataset.runs.engine import make_spec, run
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.memory import keep_flat_over_batches
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.tables.guessed_roles import guess_roles
from ltp_viz.data.tables.source import SourceTable, import_table
from tests.conftest import SST2_MODEL

SWEEP = tuple(step / 10 for step in range(31))


def rates(classifier: TextClassifier, table: SourceTable) -> dict[str, float]:
    """Rows per second, tokenizing and reading included; the fastest of three passes over all blocks."""
    roles = guess_roles(table, classifier.labels, classifier.config.reads_pairs)
    spec = make_spec(table, roles, str(SST2_MODEL), classifier, SWEEP)
    seconds: dict[str, list[float]] = {"dense": [], "pruned": [], "sweep": []}
    for _ in range(3):
        for name, scales in (("dense", (0.0,)), ("pruned", (1.0,)), ("sweep", SWEEP)):
            # A run always holds the unpruned answer too; here each is measured alone.
            object.__setattr__(spec, "scales", scales)
            begun = time.perf_counter()
            for block in range(spec.num_blocks):
                run_block(classifier, spec, block)
            seconds[name].append(time.perf_counter() - begun)
    best = {name: min(times) for name, times in seconds.items()}
    return {f"{name}_rows_per_second": round(table.rows / best[name], 1) for name in best} | {
        "sweep_in_pruned_runs": round(best["sweep"] / best["pruned"], 2),
        "sweep_in_dense_runs": round(best["sweep"] / best["dense"], 2),
    }


def peak_mb(source: Path, rows: int, scratch: Path) -> float:
    """Peak of a process that runs this many rows under 2 scales, joining the results included."""
    repeated = scratch / f"{rows}.parquet"
    table = pq.read_table(source)
    pq.write_table(pa.concat_tables([table] * -(-rows // len(table))).slice(0, rows), repeated)
    child = [sys.executable, "-m", "tests.bench.dataset_run", str(repeated), "--peak-in", str(scratch)]
    return float(subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout)


def run_and_print_peak(source: Path, scratch: Path) -> None:
    """The child's part."""
    classifier = ltp_viz.load_model(SST2_MODEL)
    table = import_table(source, scratch / f"taken-{source.name}")
    roles = guess_roles(table, classifier.labels, classifier.config.reads_pairs)
    spec = make_spec(table, roles, str(SST2_MODEL), classifier, (0.0, 1.0))
    folder = RunStore(scratch / spec.id)
    folder.create(spec)
    state = run(folder)
    assert state.status == "done", state.message
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Print the measurements as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dataset_run", description=__doc__)
    parser.add_argument("file", type=Path, help="Parquet file of texts")
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--peak-in", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak_in:
        run_and_print_peak(options.file, options.peak_in)
        return
    keep_flat_over_batches()  # as every run does
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        start = scratch / "start.parquet"
        pq.write_table(pq.read_table(options.file).slice(0, options.rows), start)
        table = import_table(start, scratch / "start-taken.parquet")
        result = {"file": options.file.name, "rows": table.rows}
        result |= rates(ltp_viz.load_model(SST2_MODEL), table)
        for rows in (options.rows, 10 * options.rows):
            result[f"peak_mb_at_{rows}_rows"] = round(peak_mb(options.file, rows, scratch))
        print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
