"""The process of a background benchmark: `python -m ltp_viz.analysis.benchmark.worker FOLDER`."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ltp_viz.analysis.benchmark.cells import empty_record, growth_with_length, measured, planned_cells
from ltp_viz.analysis.benchmark.measure import Benchmark
from ltp_viz.analysis.benchmark.plan import MAX_TOTAL_SECONDS
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.benchmark.store import RECORD, BenchmarkStore
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.work import Reporter, perform
from ltp_viz.data.checkpoints.load import load_model


def measure(store: BenchmarkStore) -> JobState:
    """Wait until no other job computes, measure the plan, and return the final state."""
    plan, _ = store.plan()
    path = Path(store.path(RECORD))

    def compute(reporter: Reporter, _: Callable[[], bool]) -> None:
        reporter.begin(0)
        classifier = load_model(plan.model)
        benchmark = Benchmark(classifier, plan.dtypes, plan.budget_s, plan.scale)
        cells = list(planned_cells(classifier, plan.lengths, plan.batch_sizes, plan.dtypes))

        def after_cell(record: BenchmarkRecord) -> None:
            record.write(path)
            reporter.advance(1)

        empty = empty_record(benchmark, classifier, plan.model, plan.scale, len(cells), plan.command())
        record = measured(benchmark, empty, cells, MAX_TOTAL_SECONDS, after_cell)
        growth = growth_with_length(record.cells)
        replace(record, finished=True, extras={"growth": growth}).write(path)

    return perform(store, compute)


def main(folder: str) -> int:
    """Measure; the output goes to the benchmark's log."""
    state = measure(BenchmarkStore(folder))
    print(state.message or state.status)
    return 0 if state.status == "done" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
