"""Benchmarks in processes of their own: one at a time on a machine, found again by their folders.

    plan.json      what is measured, `BenchmarkPlan`
    process.json   which process is at it
    bench.json     the record so far, written anew after every cell
    log.txt        what the process printed
    cancelled      a mark: it was stopped on purpose

A process apart, so that the app's own threads and its lock on the interpreter are in nobody's times.
"""

import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock
import psutil

from ltp_viz import settings
from ltp_viz.analysis.benchmark.plan import LONGEST_S, BenchmarkPlan
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.jobs.processes import find_process, start_module
from ltp_viz.data.atomic_write import written_aside
from ltp_viz.data.errors import InputError

RECORD, LOG, CANCELLED = "bench.json", "log.txt", "cancelled"
_PLAN, _PROCESS, _LOCK = "plan.json", "process.json", ".benchmark"
MOST_KEPT = 20
ANOTHER = (
    "Another benchmark is running on this machine; two would spoil each other, so wait until it is done."
)

Status = Literal["running", "done", "stopped", "failed"]


@dataclass(frozen=True)
class BenchmarkState:
    """How far a benchmark is. `record`: None before the first look at the machine is done."""

    id: str
    plan: BenchmarkPlan
    status: Status
    record: BenchmarkRecord | None
    started: float  # seconds since 1970
    expected_s: tuple[float, ...]  # of the start, then of every cell
    sentence: str | None = None  # what went wrong

    @property
    def cells_done(self) -> int:
        """Of `plan.cells`."""
        return len(self.record.cells) if self.record else 0

    @property
    def seconds_left(self) -> float:
        """By what was expected of the cells that are to come."""
        return sum(self.expected_s[1 + self.cells_done if self.record else 0 :])


@contextmanager
def machine_to_itself(root: Path) -> Iterator[None]:
    """Held while times are taken. Raises InputError where somebody else holds it.

    Benchmarks that share `root`, as all of one user's do, cannot run at once.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(root / _LOCK)
        lock.acquire(timeout=1.0)  # `is_taken` may hold it for a moment
    except filelock.Timeout as error:
        raise InputError(ANOTHER) from error
    except OSError as error:
        raise InputError(
            f"Nothing can be written in {str(root)!r}; name a folder by {settings.RUNS.name}."
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_taken(root: Path) -> bool:
    """Whether a benchmark runs, started by whomever."""
    if not (root / _LOCK).exists():
        return False
    try:
        with filelock.FileLock(root / _LOCK).acquire(timeout=0):
            return False
    except filelock.Timeout:
        return True


def folders(root: Path) -> Path:
    """Where benchmarks are kept under the root of all runs."""
    return root / "benchmarks"


def start(root: Path, plan: BenchmarkPlan, expected_s: Sequence[float]) -> str:
    """Begin in a process of its own; the benchmark's id. `expected_s`: as `estimated_seconds` gives it.
    Raises InputError while another one is at work."""
    folders(root).mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folders(root) / ".starting"):
        if active(root) is not None or is_taken(root):
            raise InputError(ANOTHER)
        _forget_the_oldest(root)
        benchmark_id = uuid.uuid4().hex[:16]
        folder = folders(root) / benchmark_id
        folder.mkdir()
        _write(folder / _PLAN, {"plan": plan.to_dict(), "expected_s": list(expected_s)})
        arguments = ["bench", *plan.arguments(), "--output", str(folder / RECORD)]
        arguments += ["--max-seconds", str(LONGEST_S)]
        process = start_module("ltp_viz", arguments, folder / LOG, {settings.RUNS.name: str(root)})
        told = psutil.Process(process.pid)
        # Later looks compare the process's start, as numbers of processes are given out again.
        _write(folder / _PROCESS, {"pid": told.pid, "started": told.create_time()})
    return benchmark_id


_LONGEST_ID = 40  # a link may name anything, and no file system takes names of any length


def state(root: Path, benchmark_id: str) -> BenchmarkState:
    """How far it is. Raises InputError where there is none of that id."""
    folder = folders(root) / benchmark_id
    is_name = benchmark_id.isalnum() and len(benchmark_id) <= _LONGEST_ID
    if not is_name or not (folder / _PLAN).is_file():
        raise InputError(f"There is no benchmark {benchmark_id[:_LONGEST_ID]!r} on this machine.")
    try:
        told = json.loads((folder / _PLAN).read_text())
        plan, expected_s = BenchmarkPlan.from_dict(told["plan"]), tuple(told["expected_s"])
        process = json.loads((folder / _PROCESS).read_text()) if (folder / _PROCESS).exists() else None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"The benchmark {benchmark_id!r} is damaged; run it again.") from error
    is_alive = _process(process) is not None
    record = None
    with suppress(InputError):
        record = BenchmarkRecord.read(folder / RECORD)  # after the look at the process: it may just end
    started = (folder / _PLAN).stat().st_mtime
    status: Status = "failed"
    if record and record.finished:
        status = "done"
    elif is_alive:
        status = "running"
    elif (folder / CANCELLED).exists():
        status = "stopped"
    sentence = _last_words(folder) if status == "failed" else None
    return BenchmarkState(benchmark_id, plan, status, record, started, expected_s, sentence)


def states(root: Path) -> list[BenchmarkState]:
    """Every benchmark under the root, the one started last first."""
    found = []
    for folder in folders(root).iterdir() if folders(root).is_dir() else ():
        with suppress(InputError, OSError):  # something else, damaged, or just removed
            found.append(state(root, folder.name))
    return sorted(found, key=lambda state: state.started, reverse=True)


def active(root: Path) -> BenchmarkState | None:
    """The benchmark that is at work, if it was started by the app."""
    return next((state for state in states(root) if state.status == "running"), None)


def cancel(root: Path, benchmark_id: str) -> None:
    """End a benchmark at once; the cells that it has measured stay. Nothing where it is not at work."""
    folder = folders(root) / benchmark_id
    if state(root, benchmark_id).status != "running":
        return
    (folder / CANCELLED).touch()
    if process := _process(json.loads((folder / _PROCESS).read_text())):
        with suppress(psutil.Error):
            process.terminate()
            process.wait(5)


def _process(told: dict[str, float] | None) -> psutil.Process | None:
    """The benchmark's process, while it lives."""
    return None if told is None else find_process(int(told["pid"]), told["started"])


def _last_words(folder: Path) -> str:
    try:
        lines = (folder / LOG).read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    # What the command has to say is a sentence; rows of its table and warnings of libraries are not.
    if lines and lines[-1].endswith(".") and not lines[-1].startswith(("|", "[")):
        return lines[-1][:500]
    return "The benchmark's process ended before it was done, perhaps killed."


def _forget_the_oldest(root: Path) -> None:
    for old in states(root)[MOST_KEPT - 1 :]:
        shutil.rmtree(folders(root) / old.id, ignore_errors=True)


def _write(path: Path, record: dict[str, object]) -> None:
    with written_aside(path) as aside:
        aside.write_text(json.dumps(record, indent=2))
