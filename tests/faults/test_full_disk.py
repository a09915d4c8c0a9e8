"""A full disk: one message, finished work is kept, and after making room the work resumes."""

import shutil
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz import InputError
from ltp_viz.analysis.dataset.runs import background, worker
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.cli.main import main
from ltp_viz.data.tables.source import import_table
from tests.analysis.dataset.stored_runs import MANY_SCALES, parts, prepared, results, wait_until, write_csv
from tests.app.seen import APP
from tests.conftest import SST2_MODEL
from tests.disks import fill, make_room


def test_a_run_in_the_background(tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("LTP_VIZ_RUNS", str(small_disk))
    source = write_csv(tmp_path / "texts.csv", 48)
    folder = prepared(small_disk, source, scales=MANY_SCALES, block_rows=3)
    whole = tmp_path / "whole" / folder.name
    shutil.copytree(folder, whole)
    run(RunStore(whole))

    page = AppTest.from_file(str(APP), default_timeout=60)
    page.switch_page("pages/Dataset.py")
    page.query_params["run"] = folder.name
    page.run()
    fill(small_disk)
    page.button(key="lab_resume").click().run()
    assert not page.exception and ["disk is full" in error.value for error in page.error] == [True]
    assert not [child for child in psutil.Process().children() if worker.__name__ in child.cmdline()]
    assert background.state(folder).status == "new"
    make_room(small_disk)

    background.start(folder)
    wait_until(lambda: len(parts(folder)) >= 2)
    fill(small_disk)
    wait_until(lambda: not background.state(folder).is_active)
    state = background.state(folder)
    assert state.status in ("failed", "interrupted") and "disk is full" in (state.message or "")
    done = {part: part.stat().st_mtime_ns for part in parts(folder)}
    assert 2 <= len(done) < 16
    make_room(small_disk)
    written: dict[Path, int] = {}

    def look() -> bool:
        written.update({part: part.stat().st_mtime_ns for part in parts(folder)})
        return False

    assert run(RunStore(folder), should_stop=look).status == "done"
    assert done.items() <= written.items(), "finished blocks are not computed again"
    assert results(folder).equals(results(whole))


def test_an_imported_file(tmp_path: Path, small_disk: Path) -> None:
    source, target = write_csv(tmp_path / "texts.csv", 5000), small_disk / "sources/texts.parquet"
    fill(small_disk, but=8192)
    with pytest.raises(InputError, match=r"^texts.csv cannot be imported: the disk is full; make room"):
        import_table(source, target)
    assert list(target.parent.iterdir()) == []
    make_room(small_disk)
    assert import_table(source, target).rows == 5000


def test_the_command_line(tmp_path: Path, small_disk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = write_csv(tmp_path / "texts.csv", 20)
    command = [
        "analyze",
        "--data",
        str(source),
        "--model",
        str(SST2_MODEL),
        "--output",
        str(small_disk),
        "--block-rows",
        "8",
    ]
    fill(small_disk, but=12_288)  # for the table, and no more
    assert main(command) == 1
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert "disk is full" in last and "Traceback" not in last
    make_room(small_disk)
    assert main(command) == 0
    assert not [path for path in small_disk.rglob("*") if path.name.endswith(".tmp")]
