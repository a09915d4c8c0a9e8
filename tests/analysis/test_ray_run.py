"""Ray's workers give the numbers of one process, also when one of them is killed in the middle."""

import importlib.util
import sys
from pathlib import Path

import psutil
import pytest

from ltp_viz import InputError
from ltp_viz.analysis.dataset_run import run
from ltp_viz.analysis.ray_run import ray_engine
from ltp_viz.analysis.run_folder import RunFolder, RunState
from tests.analysis.stored_runs import parts, prepared, results, write_csv

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed (requirements-ray.txt)"
)


def actors() -> list[psutil.Process]:
    """Processes that Ray started below this one to hold the model."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "MapWorker" in " ".join(child.cmdline())]


@needs_ray
def test_a_killed_worker_loses_and_doubles_no_row(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 320)
    whole = prepared(tmp_path / "whole", source, block_rows=4)
    run(RunFolder(whole))
    folder = prepared(tmp_path / "ray", source, block_rows=4)
    killed: list[int] = []
    states: list[RunState] = []

    def watch(state: RunState) -> None:
        states.append(state)
        if not killed and 0 < state.rows_done < 160:
            at_work = actors()
            assert len(at_work) == 2
            at_work[0].kill()
            killed.append(at_work[0].pid)

    assert run(RunFolder(folder), engine=ray_engine("auto", 2), watch=watch).status == "done"
    assert killed and results(folder).equals(results(whole))
    assert states[-1].rows_done == 320 and not actors()

    # Stopped, then gone on with by the other engine.
    mixed = prepared(tmp_path / "mixed", source, block_rows=4)
    stop = RunFolder(mixed)

    def stop_early(state: RunState) -> None:
        if state.rows_done:
            stop.ask_to_stop()

    assert run(stop, engine=ray_engine("auto", 2), watch=stop_early).status == "stopped"
    assert 0 < len(parts(mixed)) < 80
    assert run(stop).status == "done" and results(mixed).equals(results(whole))


@needs_ray
def test_what_a_worker_cannot_do_is_one_sentence(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 8))
    with pytest.raises(InputError, match="--workers is 0"):
        ray_engine("auto", 0)
    for address in ("127.0.0.1:1", "ray://127.0.0.1:1", "nowhere"):
        state = run(RunFolder(folder), engine=ray_engine(address))
        assert state.status == "failed" and f"No Ray answers at {address!r}" in (state.sentence or "")


def test_without_ray_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"not installed; get it with 'pip install -r requirements-ray.txt'"):
        ray_engine("auto")
