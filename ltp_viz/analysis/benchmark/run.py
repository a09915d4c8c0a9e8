"""Benchmarks in the background: one on a machine, found again by its id, and its record read while it grows.

A process of its own, so that the app's own threads and its lock on the interpreter are in nobody's times.
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

MOST_KEPT = 20
ANOTHER = (
    "Another benchmark is running on this machine; two would spoil each other, so wait until it is done."
)
_MACHINE_IN_USE = (
    "Another benchmark, or a run over data, is computing on this machine; wait until it is done, as times "
    "beside it mean nothing."
)
_LONGEST_ID = 40  # a link may name anything, and no file system takes names of any length


@dataclass(frozen=True)
class BenchmarkState:
    """How far a benchmark is. `record`: None before the machine's facts are known."""

    id: str
    plan: BenchmarkPlan
    job: JobState
    record: BenchmarkRecord | None
    started: float  # seconds since 1970
    expected_s: tuple[float, ...]  # of the start, then of every cell

    @property
    def cells_done(self) -> int:
        """Of `plan.cells`."""
        return len(self.record.cells) if self.record else 0

    @property
    def seconds_left(self) -> float:
        """The expected time of the cells that are left."""
        return sum(self.expected_s[1 + self.cells_done if self.record else 0 :])


@contextmanager
def machine_to_itself(root: Path) -> Iterator[None]:
    """Hold the queue of all jobs under `root` without a job's folder. Raises InputError while a job runs."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = running_lock(root)
        lock.acquire(timeout=1.0)  # `is_held_from_outside` may hold it for a moment
    except filelock.Timeout as error:
        raise InputError(_MACHINE_IN_USE) from error
    except OSError as error:
        raise InputError(
            f"Nothing can be written in {str(root)!r}; name a folder by {settings.RUNS.name}."
        ) from error
    try:
        yield
    finally:
        lock.release()


def start(root: Path, plan: BenchmarkPlan, expected_s: Sequence[float]) -> str:
    """Queue a benchmark in a process of its own and return its id; it waits until no run over data computes.

    `expected_s`: as `estimated_seconds` gives it. Raises InputError while another benchmark is active.
    """
    root.mkdir(parents=True, exist_ok=True)
    store = BenchmarkStore(root / uuid.uuid4().hex[:16])
    with filelock.FileLock(root / ".benchmark"):  # from the look at others until this one is active
        if is_taken(root):
            raise InputError(ANOTHER)
        _remove_the_oldest(root)
        store.create(plan, tuple(expected_s))
        background.start(store, worker)
    return Path(store.place).name


def state(root: Path, benchmark_id: str) -> BenchmarkState:
    """How far it is. Raises InputError where there is none of that id."""
    is_name = benchmark_id.isalnum() and len(benchmark_id) <= _LONGEST_ID
    store = BenchmarkStore(root / benchmark_id) if is_name else None
    if store is None or not Path(store.path(SPEC)).is_file():
        raise InputError(f"There is no benchmark {benchmark_id[:_LONGEST_ID]!r} on this machine.")
    plan, expected_s = store.plan()
    job = store.state()
    started = Path(store.path(SPEC)).stat().st_mtime
    return BenchmarkState(benchmark_id, plan, job, store.record(), started, expected_s)


def states(root: Path) -> list[BenchmarkState]:
    """Every benchmark under the root, the one started last first."""
    found = []
    for folder in root.iterdir() if root.is_dir() else ():
        with suppress(InputError, OSError):  # something else, damaged, or just removed
            found.append(state(root, folder.name))
    return sorted(found, key=lambda state: state.started, reverse=True)


def active(root: Path) -> BenchmarkState | None:
    """The benchmark that is queued or running, if it was started by the app."""
    return next((state for state in states(root) if state.job.is_active), None)


def is_taken(root: Path) -> bool:
    """Whether a benchmark is active, whoever started it."""
    return active(root) is not None or is_held_from_outside(root)


def cancel(root: Path, benchmark_id: str) -> None:
    """End a benchmark at once; the cells that it has measured stay. Nothing where it is not active."""
    state(root, benchmark_id)
    background.cancel(BenchmarkStore(root / benchmark_id), at_once=True)


def _remove_the_oldest(root: Path) -> None:
    for old in states(root)[MOST_KEPT - 1 :]:
        shutil.rmtree(root / old.id, ignore_errors=True)
