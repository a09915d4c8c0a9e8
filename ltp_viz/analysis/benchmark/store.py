"""The store of a benchmark: a job's folder with the plan and the record.

spec.json   the `BenchmarkPlan`, and the expected seconds of each part
bench.json  the record so far, rewritten after every cell
"""

from contextlib import suppress
from typing import ClassVar

from ltp_viz.analysis.benchmark.plan import BenchmarkPlan
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.jobs.store import JobStore
from ltp_viz.data.errors import InputError

RECORD = "bench.json"


class BenchmarkStore(JobStore):
    """The files of one benchmark; the units of its progress are cells."""

    kind: ClassVar[str] = "benchmark"

    def create(self, plan: BenchmarkPlan, expected_s: tuple[float, ...]) -> None:
        """Write the plan; expected seconds are of the start-up, then of every cell."""
        self.write_spec({"plan": plan.to_dict(), "expected_s": list(expected_s)})

    def plan(self) -> tuple[BenchmarkPlan, tuple[float, ...]]:
        """What `create` stored. Raises InputError if it is missing or damaged."""
        record = self.read_spec()
        try:
            return BenchmarkPlan.from_dict(record["plan"]), tuple(map(float, record["expected_s"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"The benchmark {self.place!r} is damaged; run it again.") from error

    def record(self) -> BenchmarkRecord | None:
        """The record so far; None until the machine has been inspected."""
        with suppress(InputError):
            return BenchmarkRecord.read(self.path(RECORD))
        return None

    def total(self) -> int:
        """Cells of the plan."""
        return self.plan()[0].cells

    @property
    def is_complete(self) -> bool:
        """Whether all cells are measured."""
        record = self.record()
        return record is not None and record.finished
