"""Runs take their turns in the order in which they were asked for, whatever becomes of those before them."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from ltp_viz.analysis.dataset.runs import background
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.queue import runs_before
from ltp_viz.analysis.dataset.runs.store import RunFolder, RunState
from tests.analysis.dataset.stored_runs import prepared, wait_until, write_csv
from tests.faults.processes import begun


def at_work(folder: Path) -> None:
    run(RunFolder(folder))


def says(folder: Path, words: str) -> None:
    wait_until(lambda: background.state(folder).sentence == words)


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[list[Path]]:
    """Four runs over one file; whatever still works on one at the end is ended."""
    folders = [prepared(tmp_path, write_csv(tmp_path / "texts.csv", 5))]
    spec = RunFolder(folders[0]).spec()
    folders += [background.prepare(tmp_path, replace(spec, scales=(0.0, 1.0, scale))) for scale in (2, 3, 4)]
    yield folders
    for folder in folders:
        if pid := RunFolder(folder).process_id():
            psutil.Process(pid).kill()


def test_killed_and_cancelled_runs_leave_the_line(folders: list[Path], tmp_path: Path) -> None:
    first, second, third, fourth = folders
    processes: dict[Path, BaseProcess] = {first: begun(at_work, first)}
    wait_until(lambda: background.state(first).status == "running")
    psutil.Process(processes[first].pid).suspend()  # so that it is at work for as long as this takes
    background.start(second)  # in the line from now on, long before its process has got so far
    processes[third] = begun(at_work, third)
    says(third, "2 runs are before this one.")
    processes[fourth] = begun(at_work, fourth)
    says(fourth, "3 runs are before this one.")
    says(second, "1 run is before this one.")
    states = {spec.id: state for spec, state in background.runs(tmp_path)}
    asked = [states[folder.name].asked or 0.0 for folder in folders]
    assert asked == sorted(asked) and min(asked) > 0

    background.cancel(third)
    processes[third].join(30)
    assert background.state(third).status == "stopped"
    says(fourth, "2 runs are before this one.")
    waiting = RunFolder(second).process_id()
    assert waiting is not None
    psutil.Process(waiting).send_signal(signal.SIGKILL)
    says(fourth, "1 run is before this one.")
    processes[third] = begun(at_work, third)  # asked for anew, so at the end
    says(third, "2 runs are before this one.")

    processes[first].kill()
    for folder in (third, fourth):
        processes[folder].join(120)
        assert background.state(folder).status == "done"
    assert [background.state(folder).status for folder in (first, second)] == ["interrupted"] * 2
    ended = [(folder / "results.parquet").stat().st_mtime_ns for folder in (fourth, third)]
    assert ended == sorted(ended), "the fourth was before the third, who had left and come back"


def test_only_living_runs_that_come_first_count(folders: list[Path], tmp_path: Path) -> None:
    one, other, running, _ = (RunFolder(folder) for folder in folders)
    one.write_state(RunState("waiting", asked=20.0))
    other.write_state(RunState("waiting", asked=30.0))
    assert [runs_before(one, 20.0), runs_before(other, 30.0)] == [0, 1]
    running.write_state(RunState("running", asked=40.0))
    assert [runs_before(one, 20.0), runs_before(other, 30.0)] == [1, 2], "who is at work is not overtaken"
    running.write_state(RunState("done", 5, 5, asked=10.0))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/progress.json").write_text("{")
    assert [runs_before(one, 20.0), runs_before(other, 30.0)] == [0, 1]
    other.write_state(RunState("waiting", asked=20.0))  # in the very same moment: one is first, whoever looks
    assert sorted([runs_before(one, 20.0), runs_before(other, 20.0)]) == [0, 1]
    for files in (one, other):  # the test's own process, which the fixture must not end
        files.write_state(RunState("stopped"))
