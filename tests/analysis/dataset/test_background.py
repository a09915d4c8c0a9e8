"""Runs in separate processes: watched, stopped, killed and resumed by anyone who can see their folder."""

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock
import psutil
import pytest

import ltp_viz
from ltp_viz import InputError
from ltp_viz.analysis.dataset.runs import background
from ltp_viz.analysis.dataset.runs.engine import make_spec, run
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs import processes
from ltp_viz.analysis.jobs.queue import running_lock
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import LOG, PROGRESS, default_root
from ltp_viz.cli.main import main
from ltp_viz.data.tables.source import import_table
from tests.analysis.dataset.stored_runs import MANY_SCALES, parts, prepared, results, wait_until, write_csv
from tests.conftest import SST2_MODEL


def worker(folder: Path) -> psutil.Process:
    pid = RunStore(folder).process_id()
    assert pid is not None
    return psutil.Process(pid)


def wait_for_end(folder: Path) -> JobState:
    wait_until(lambda: not background.state(folder).is_active)
    return background.state(folder)


def test_a_run_killed_in_the_middle_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    source = write_csv(tmp_path / "texts.csv", 160)
    whole = prepared(tmp_path / "whole", source, scales=MANY_SCALES, block_rows=8)
    run(RunStore(whole))
    folder = prepared(tmp_path / "broken", source, scales=MANY_SCALES, block_rows=8)
    assert background.state(folder).status == "new"

    background.start(folder)
    process = worker(folder)
    assert background.state(folder).status == "queued"
    assert os.getsid(process.pid) != os.getsid(0)  # closing the terminal or the app does not end it
    background.start(folder)  # a second press of the button
    assert worker(folder) == process
    with pytest.raises(InputError, match="is running"):
        background.remove(folder)
    wait_until(lambda: len(parts(folder)) >= 2 or not background.state(folder).is_active)
    assert background.state(folder).is_active, background.state(folder).message
    process.send_signal(signal.SIGKILL)
    state = wait_for_end(folder)
    assert state.status == "interrupted" and "resume" in (state.message or "")
    assert 2 <= len(parts(folder)) < 20

    background.start(folder)
    assert wait_for_end(folder).status == "done"
    assert results(folder).equals(results(whole))
    background.start(folder)
    assert background.state(folder).status == "done"
    assert (folder / LOG).read_text().count("Results: ") == 1
    background.remove(folder)
    assert background.runs(tmp_path / "broken") == []


def test_a_cancel_ends_the_run_after_its_batch(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 160)
    folder = prepared(tmp_path, source, scales=MANY_SCALES, block_rows=8)
    background.cancel(folder)
    assert not RunStore(folder).is_cancel_requested()  # nothing is running
    ended: list[JobState] = []
    working = threading.Thread(target=lambda: ended.append(run(RunStore(folder))))
    working.start()
    wait_until(lambda: len(parts(folder)) >= 1)
    background.cancel(folder)
    working.join()
    assert ended == [background.state(folder)] and ended[0].status == "cancelled"
    assert 1 <= len(parts(folder)) < 20
    assert ended[0].done == 8 * len(parts(folder)), "rows of an unfinished block are not kept"
    with filelock.FileLock(tmp_path / ".running"):  # of another run
        waits = threading.Thread(target=lambda: ended.append(run(RunStore(folder))))
        waits.start()
        wait_until(lambda: background.state(folder).status == "queued")
        assert background.state(folder).done == ended[0].done
        background.cancel(folder)
        waits.join()
    assert ended[1].status == "cancelled" and ended[1].done == ended[0].done
    assert not RunStore(folder).is_cancel_requested()


def test_two_starts_at_once_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 5))
    begun: list[int] = []
    popen = subprocess.Popen

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.3)  # both have looked by then, unless something prevents it
        process = popen(*arguments, **options)
        begun.append(process.pid)
        return process

    monkeypatch.setattr(processes.subprocess, "Popen", slow)
    tabs = [threading.Thread(target=background.start, args=(folder,)) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert begun == [worker(folder).pid]
    worker(folder).kill()
    wait_for_end(folder)


def test_a_start_withdraws_an_earlier_cancel(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 5))
    RunStore(folder).request_cancel()  # of a process that was killed before it saw it
    background.start(folder)
    assert not RunStore(folder).is_cancel_requested()
    worker(folder).kill()
    assert wait_for_end(folder).status == "interrupted"


def test_visitors_who_share_a_run_cannot_cancel_it_for_each_other(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 5))
    store = RunStore(folder)
    with running_lock(tmp_path):  # of another job, so that the run is queued for as long as this takes
        background.start(folder, "one")
        process = worker(folder)
        assert background.may_cancel(folder, "one") and not background.may_cancel(folder, "two")
        assert not background.cancel(folder, "two") and not store.is_cancel_requested()
        background.start(folder, "two")
        assert worker(folder) == process, "both share it"
        assert not background.cancel(folder, "one"), "only withdrawn"
        assert not store.is_cancel_requested() and not background.may_cancel(folder, "one")
        assert not background.cancel(folder, "one"), "a second press ends nothing either"
        assert background.cancel(folder, "two")
        assert wait_for_end(folder).status == "cancelled"

        background.start(folder)  # by somebody who does not share the machine
        background.start(folder, "one")
        assert not background.cancel(folder, "one") and not store.is_cancel_requested()
        assert background.cancel(folder), "anyone who has the link may, where the app is private"
        assert wait_for_end(folder).status == "cancelled"
        background.start(folder, "two")
        assert not background.may_cancel(folder, "one"), "tokens count from the last start"
        worker(folder).kill()
        wait_for_end(folder)


def test_a_reused_process_id_does_not_count_as_active(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 5))
    RunStore(folder).write_state(JobState("running", 2, 5))
    assert background.state(folder).status == "running"
    record = json.loads((folder / PROGRESS).read_text())
    (folder / PROGRESS).write_text(json.dumps(record | {"process_started": record["process_started"] - 60}))
    assert background.state(folder).status == "interrupted"
    (folder / PROGRESS).write_text('{"status": "runn')
    assert background.state(folder).status == "new"


def test_runs_are_listed_newest_first_and_broken_ones_left_out(tmp_path: Path) -> None:
    assert background.runs(tmp_path / "nothing") == []
    source = write_csv(tmp_path / "texts.csv", 5)
    folders = [prepared(tmp_path, source, scales=(0.0, 1.0, scale)) for scale in (2.0, 3.0, 4.0)]
    for age, folder in enumerate(folders):
        os.utime(folder / "spec.json", (time.time() - age,) * 2)
    (folders[1] / "spec.json").write_text('{"scales": 3')
    (tmp_path / "something.txt").write_text("else")
    listed = background.runs(tmp_path)
    assert [spec.id for spec, _ in listed] == [folders[0].name, folders[2].name]
    assert [background.folder_of(tmp_path, spec) for spec, _ in listed] == [folders[0], folders[2]]
    with pytest.raises(InputError, match="is not the folder of a run"):
        background.remove(tmp_path / "sources")
    assert (tmp_path / "sources").exists()


def test_a_source_is_removed_with_its_last_run(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 5))
    spec = RunStore(folder).spec()
    other = background.prepare(tmp_path, replace(spec, scales=(0.0, 1.0, 2.0)))
    elsewhere = background.prepare(tmp_path, replace(spec, source=str(tmp_path / "texts.csv"), block_rows=3))
    background.remove(folder)
    assert Path(spec.source).exists()
    background.remove(other)
    assert not Path(spec.source).exists()
    background.remove(elsewhere)
    assert (tmp_path / "texts.csv").exists(), "only the imported copy is removed"


def test_the_command_line_and_the_page_mean_the_same_run(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 5)
    command = ["analyze", "--data", str(source), "--model", str(SST2_MODEL), "--output", str(tmp_path)]
    assert main(command) == 0
    [(spec, _)] = background.runs(tmp_path)
    classifier = ltp_viz.load_model(SST2_MODEL)
    table = import_table(source, tmp_path / "table.parquet")
    assert make_spec(table, spec.roles, str(SST2_MODEL), classifier, (0.0, 1.0)).id == spec.id
    assert Path(spec.source) == tmp_path / "sources" / f"{table.fingerprint}.parquet"


def test_where_runs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "own"))
    assert default_root() == tmp_path / "own"
    monkeypatch.delenv("LTP_VIZ_RUNS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_root() == tmp_path / "ltp-viz/runs"
