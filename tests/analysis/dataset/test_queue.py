"""Runs compute in the order of their requests, whatever happens to those ahead of them."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from ltp_viz.analysis.dataset.runs import background
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs.queue import jobs_ahead
from ltp_viz.analysis.jobs.states import JobState
from tests.analysis.dataset.stored_runs import prepared, wait_until, write_csv
from tests.faults.processes import begun


def at_work(folder: Path) -> None:
    run(RunStore(folder))


def says(folder: Path, words: str) -> None:
    wait_until(lambda: background.state(folder).message == words)


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[list[Path]]:
    """Four runs over one file; processes that still run at the end are ended."""
    folders = [prepared(tmp_path, write_csv(tmp_path / "texts.csv", 5))]
    spec = RunStore(folders[0]).spec()
    folders += [background.prepare(tmp_path, replace(spec, scales=(0.0, 1.0, scale))) for scale in (2, 3, 4)]
    yield folders
    for folder in folders:
        if pid := RunStore(folder).process_id():
            psutil.Process(pid).kill()


def test_killed_and_cancelled_runs_leave_the_queue(folders: list[Path], tmp_path: Path) -> None:
    first, second, third, fourth = folders
    processes: dict[Path, BaseProcess] = {first: begun(at_work, first)}
    wait_until(lambda: background.state(first).status == "running")
    psutil.Process(processes[first].pid).suspend()  # so that it runs for as long as this takes
    background.start(second)  # queued from now on, long before its process has started
    processes[third] = begun(at_work, third)
    says(third, "Queued: 2 jobs ahead.")
    processes[fourth] = begun(at_work, fourth)
    says(fourth, "Queued: 3 jobs ahead.")
    says(second, "Queued: 1 job ahead.")
    states = {spec.id: state for spec, state in background.runs(tmp_path)}
    queued = [states[folder.name].queued_at or 0.0 for folder in folders]
    assert queued == sorted(queued) and min(queued) > 0

    background.cancel(third)
    processes[third].join(30)
    assert background.state(third).status == "cancelled"
    says(fourth, "Queued: 2 jobs ahead.")
    waiting = RunStore(second).process_id()
    assert waiting is not None
    psutil.Process(waiting).send_signal(signal.SIGKILL)
    says(fourth, "Queued: 1 job ahead.")
    processes[third] = begun(at_work, third)  # requested again, so at the end
    says(third, "Queued: 2 jobs ahead.")

    processes[first].kill()
    for folder in (third, fourth):
        processes[folder].join(120)
        assert background.state(folder).status == "done"
    assert [background.state(folder).status for folder in (first, second)] == ["interrupted"] * 2
    ended = [(folder / "results.parquet").stat().st_mtime_ns for folder in (fourth, third)]
    assert ended == sorted(ended), "the fourth was ahead of the third, which had left and come back"


def test_only_active_runs_ahead_in_the_queue_count(folders: list[Path], tmp_path: Path) -> None:
    one, other, running, _ = (RunStore(folder) for folder in folders)
    one.write_state(JobState("queued", queued_at=20.0))
    other.write_state(JobState("queued", queued_at=30.0))
    assert [jobs_ahead(one, 20.0), jobs_ahead(other, 30.0)] == [0, 1]
    running.write_state(JobState("running", queued_at=40.0))
    assert [jobs_ahead(one, 20.0), jobs_ahead(other, 30.0)] == [1, 2], "a running job is not overtaken"
    running.write_state(JobState("done", 5, 5, queued_at=10.0))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/progress.json").write_text("{")
    assert [jobs_ahead(one, 20.0), jobs_ahead(other, 30.0)] == [0, 1]
    other.write_state(JobState("queued", queued_at=20.0))  # in the same moment: one is first
    assert sorted([jobs_ahead(one, 20.0), jobs_ahead(other, 20.0)]) == [0, 1]
    for files in (one, other):  # the test's own process, which the fixture must not end
        files.write_state(JobState("cancelled"))
