"""Benchmarks in the background: one at a time per machine, found by id, readable while it runs.

A separate process keeps the app's threads and its interpreter lock out of the measured times.
"""

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

from ltp_viz import settings
from ltp_viz.analysis.benchmark import worker
from ltp_viz.analysis.benchmark.plan import BenchmarkPlan
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.benchmark.store import BenchmarkStore
from ltp_viz.analysis.jobs import background
from ltp_viz.analysis.jobs.queue import is_held_from_outside, running_lock
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import SPEC
from ltp_viz.data.errors import InputError

MAX_KEPT = 20
ANOTHER = (
    "Another benchmark is running on this machine; wait until it is done, as two would distort each other."
)
_MACHINE_IN_USE = (
    "Another benchmark, or a run over data, is computing on this machine; wait until it is done, as it would "
    "distort the times."
)
_MAX_ID_CHARACTERS = 40  # a link may name anything, and file systems limit the length of names


@dataclass(frozen=True)
class BenchmarkState:
    """Progress of a benchmark. `record`: None until the machine has been inspected."""

    id: str
    plan: BenchmarkPlan
    job: JobState
    record: BenchmarkRecord | None
    started: float  # seconds since 1970
    expected_s: tuple[float, ...]  # of the start-up, then of every cell

    @property
    def cells_done(self) -> int:
        """Measured cells, of `plan.cells`."""
        return len(self.record.cells) if self.record else 0

    @property
    def seconds_left(self) -> float:
        """Expected time of the remaining cells."""
        return sum(self.expected_s[1 + self.cells_done if self.record else 0 :])


@contextmanager
def exclusive_machine(root: Path) -> Iterator[None]:
    """Hold the queue of all jobs under `root` without a job folder. Raises InputError while a job runs."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = running_lock(root)
        lock.acquire(timeout=1.0)  # `is_held_from_outside` may hold it for a moment
    except filelock.Timeout as error:
        raise InputError(_MACHINE_IN_USE) from error
    except OSError as error:
        raise InputError(
            f"{str(root)!r} is not writable; set {settings.RUNS.name} to a writable folder."
        ) from error
    try:
        yield
    finally:
        lock.release()


def start(root: Path, plan: BenchmarkPlan, expected_s: Sequence[float]) -> str:
    """Queue a benchmark in a separate process and return its id; it waits until no run over data computes.

    `expected_s`: from `estimated_seconds`. Raises InputError while another benchmark is active.
    """
    root.mkdir(parents=True, exist_ok=True)
    store = BenchmarkStore(root / uuid.uuid4().hex[:16])
    with filelock.FileLock(root / ".benchmark"):  # from the check for others until this one is active
        if is_any_active(root):
            raise InputError(ANOTHER)
        _remove_oldest(root)
        store.create(plan, tuple(expected_s))
        background.start(store, worker)
    return Path(store.place).name


def state(root: Path, benchmark_id: str) -> BenchmarkState:
    """Progress of the benchmark with this id. Raises InputError if there is none."""
    is_name = benchmark_id.isalnum() and len(benchmark_id) <= _MAX_ID_CHARACTERS
    store = BenchmarkStore(root / benchmark_id) if is_name else None
    if store is None or not Path(store.path(SPEC)).is_file():
        raise InputError(f"There is no benchmark {benchmark_id[:_MAX_ID_CHARACTERS]!r} on this machine.")
    plan, expected_s = store.plan()
    job = store.state()
    started = Path(store.path(SPEC)).stat().st_mtime
    return BenchmarkState(benchmark_id, plan, job, store.record(), started, expected_s)


def states(root: Path) -> list[BenchmarkState]:
    """Every benchmark under the root, the newest first."""
    found = []
    for folder in root.iterdir() if root.is_dir() else ():
        with suppress(InputError, OSError):  # another kind of job, damaged, or just removed
            found.append(state(root, folder.name))
    return sorted(found, key=lambda state: state.started, reverse=True)


def active(root: Path) -> BenchmarkState | None:
    """The queued or running benchmark, if the app started it."""
    return next((state for state in states(root) if state.job.is_active), None)


def is_any_active(root: Path) -> bool:
    """Whether a benchmark is active, started by the app or by a command."""
    return active(root) is not None or is_held_from_outside(root)


def cancel(root: Path, benchmark_id: str) -> None:
    """End an active benchmark at once; its measured cells are kept."""
    state(root, benchmark_id)
    background.cancel(BenchmarkStore(root / benchmark_id), at_once=True)


def _remove_oldest(root: Path) -> None:
    for old in states(root)[MAX_KEPT - 1 :]:
        shutil.rmtree(root / old.id, ignore_errors=True)
