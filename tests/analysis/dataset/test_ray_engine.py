"""Ray's workers give the same numbers as one process, also when one of them is killed in the middle."""

import importlib.util
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ltp_viz import InputError
from ltp_viz.analysis.dataset.runs import ray_engine as engine_module
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.ray_engine import ray_engine
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs.states import JobState
from tests.analysis.dataset.stored_runs import MANY_SCALES, parts, prepared, results, write_csv

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed (requirements-ray.txt)"
)


DEAD = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def ray_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Ray's own folder, with the address of a killed cluster; its name is short, as sockets require."""
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("RAY_TMPDIR", folder)
        monkeypatch.delenv("RAY_ADDRESS", raising=False)
        (Path(folder) / "ray").mkdir()
        (Path(folder) / "ray/ray_current_cluster").write_text(DEAD)
        yield Path(folder)


def actors() -> list[psutil.Process]:
    """Processes that Ray started below this one to hold the model."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "MapWorker" in _command(child)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return ""


@needs_ray
def test_a_killed_worker_loses_and_duplicates_no_row(
    tmp_path: Path, ray_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = write_csv(tmp_path / "texts.csv", 200)
    whole = prepared(tmp_path / "whole", source, scales=MANY_SCALES, block_rows=4)
    run(RunStore(whole))
    folder = prepared(tmp_path / "ray", source, scales=MANY_SCALES, block_rows=4)
    killed: list[int] = []
    states: list[JobState] = []

    def watch(state: JobState) -> None:
        states.append(state)
        at_work = actors()
        if not killed and 0 < state.done < 190 and len(at_work) == 2:
            at_work[0].kill()
            killed.append(at_work[0].pid)

    state = run(RunStore(folder), engine=ray_engine("auto", 2), watch=watch)
    assert state.status == "done", state.message
    assert killed and results(folder).equals(results(whole))
    assert states[-1].done == 200 and not actors()
    said = f"No Ray answers at {DEAD!r} ({ray_folder}/ray/ray_current_cluster); starting workers"
    assert capfd.readouterr().err.count(said) == 1, "a leftover address is no reason to wait"


def test_a_worker_reports_a_cancel_and_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_CANCEL_CHECK_S", 0.0)
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 16), block_rows=4)
    files, spec = RunStore(folder), RunStore(folder).spec()
    worker = engine_module.BlockWorker(str(folder), spec, False)
    assert worker({"block": [2]}) == {"block": [2], "message": [""], "cancelled": [False]}
    files.request_cancel()
    assert worker({"block": [1]})["cancelled"] == [True]
    assert [part.name for part in parts(folder)] == ["part-000002.parquet"]
    files.withdraw_cancel()
    Path(spec.source).unlink()
    assert "texts.parquet" in worker({"block": [1]})["message"][0]
    changed = engine_module.BlockWorker(str(folder), replace(spec, model_fingerprint="0"), False)
    assert "has changed since" in changed({"block": [1]})["message"][0]


def test_only_a_cluster_that_answers_is_connected_to(
    ray_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(address: str) -> str | None:
        return engine_module._running_cluster(address)

    began = time.monotonic()
    assert found("auto") is None and "ray_current_cluster" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as alive:
        here = f"127.0.0.1:{alive.getsockname()[1]}"
        assert found(here) == here and found("local") is None
        monkeypatch.setenv("RAY_ADDRESS", here)
        assert found("auto") == here, "the variable comes before the file"
        assert not capsys.readouterr().err
    assert found("auto") is None and f"{here!r} (RAY_ADDRESS)" in capsys.readouterr().err
    for dead in (here, f"ray://{here}", "nowhere", "127.0.0.1:99999999"):
        with pytest.raises(InputError, match="give HOST:PORT of a running one, or 'auto'"):
            found(dead)
    monkeypatch.setenv("RAY_ADDRESS", "local")
    assert found("auto") is None and not capsys.readouterr().err
    monkeypatch.delenv("RAY_ADDRESS")
    (ray_folder / "ray/ray_current_cluster").unlink()
    assert found("auto") is None and not capsys.readouterr().err
    assert time.monotonic() - began < 20, "an unused address is recognised in seconds"


@needs_ray
def test_what_a_worker_cannot_do_gets_one_message(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 8))
    with pytest.raises(InputError, match="--workers is 0"):
        ray_engine("auto", 0)
    for address in (DEAD, f"ray://{DEAD}", "nowhere"):
        state = run(RunStore(folder), engine=ray_engine(address))
        assert state.status == "failed" and f"No Ray answers at {address!r}" in (state.message or "")


def test_without_ray_one_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"not installed; get it with: pip install 'ltp-viz\[ray\]'"):
        ray_engine("auto")
