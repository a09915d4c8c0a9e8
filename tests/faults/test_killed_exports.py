"""A process killed while writing leaves the old file, the new one or none, never half of one."""

import csv
import json
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import ltp_viz
from ltp_viz import InputError
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.results import ExportKind, RunResults
from ltp_viz.cli.main import main
from ltp_viz.core.attention import native
from ltp_viz.data.tables.source import import_table, open_source
from ltp_viz.training.export import export
from tests.analysis.conftest import QueriedRun, queried_run  # noqa: F401
from tests.analysis.dataset.stored_runs import write_csv
from tests.faults.processes import Growth, killed_at
from tests.training.runs import Moment

GOLD = RowFilter(gold=0)


def rows_in(path: Path) -> int:
    """Rows of a complete file; raises where it is incomplete."""
    if path.suffix == ".parquet":
        return int(pq.read_table(path).num_rows)
    if path.suffix == ".json":
        return len(json.loads(path.read_text()))
    with path.open(newline="", encoding="utf-8") as file:
        return len(list(csv.reader(file))) - 1


def export_rows(folder: Path, where: RowFilter, path: Path, kind: ExportKind) -> None:
    RunResults(folder).export(where, 0, path, kind)


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_exported_rows(queried_run: QueriedRun, tmp_path: Path, kind: ExportKind) -> None:  # noqa: F811
    target, results = tmp_path / f"rows.{kind}", queried_run.results()
    everything, some = results.count(EVERYTHING, 0), results.count(GOLD, 0)
    assert everything > some > 0
    moments: list[Moment | Growth] = [Moment("open", ".tmp"), 2000, Moment("os.rename", ".tmp")]
    for moment in moments:
        killed_at(moment, export_rows, queried_run.folder, EVERYTHING, target, kind)
        assert not target.exists(), f"half a file, {moment}"
    killed_at(Moment("open", tmp_path.name), export_rows, queried_run.folder, EVERYTHING, target, kind)
    assert rows_in(target) == everything, "killed after the file had its name"
    killed_at(2000, export_rows, queried_run.folder, GOLD, target, kind)
    assert rows_in(target) == everything, "the old file is lost"
    results.export(GOLD, 0, target, kind)
    assert rows_in(target) == some


def test_an_imported_table(tmp_path: Path) -> None:
    source, target = write_csv(tmp_path / "texts.csv", 2000), tmp_path / "sources/texts.parquet"
    for moment in (5000, Moment("os.rename", ".tmp")):
        killed_at(moment, import_table, source, target)
        assert not target.exists(), f"half a table, {moment}"
    assert import_table(source, target) == open_source(target)


def test_a_model_that_is_exported(finished_training: Path, tmp_path: Path) -> None:
    target = tmp_path / "model"
    moments: list[Moment | Growth] = [
        100_000,  # bytes of the weights are written
        Moment("open", "model.partial/tokenizer.json"),
        Moment("open", "model.partial/recipe.json"),
        Moment("os.rename", "model.partial"),
    ]
    for moment in moments:
        killed_at(moment, export, finished_training, target)
        assert not target.exists(), f"half a model, {moment}"
    export(finished_training, target)
    model, trained = ltp_viz.load_model(target), ltp_viz.load_model(finished_training / "hard")
    assert model.config.thresholds == trained.config.thresholds
    assert {path.name for path in tmp_path.iterdir()} == {"model", "run"}, "leftovers of killed attempts"
    with pytest.raises(InputError, match="already; name a new folder"):
        export(finished_training, target)  # a card that somebody has written may be there


def test_a_model_card(tmp_path: Path, small_models: Path) -> None:
    card, texts = tmp_path / "README.md", tmp_path / "texts.csv"
    card.write_text("An earlier card.")
    texts.write_text("sentence,label\nA warm film.,1\nA dull film.,0\n")
    arguments = ["evaluate", "--model", str(small_models / "deep"), "--data", str(texts)]
    arguments += ["--task", "sst2", "--seconds", "0"]
    for moment in (Moment("open", ".tmp", 2), Moment("os.rename", ".tmp")):
        killed_at(moment, main, [*arguments, "--card", str(card)])
        assert card.read_text() == "An earlier card."


def compile_kernel(cache: Path) -> None:
    os.environ["XDG_CACHE_HOME"] = str(cache)
    native.load_kernel.cache_clear()
    native.load_kernel()


def test_the_compiled_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("no C compiler here")
    for moment in (Moment("subprocess.Popen", "cc"), Moment("open", ".so"), Moment("os.rename", ".so")):
        killed_at(moment, compile_kernel, tmp_path)
        assert not list(tmp_path.glob("ltp_viz/native/*.so")), f"half a library, {moment}"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    native.load_kernel.cache_clear()
    assert native.load_kernel() is not None
    assert len(list(tmp_path.glob("ltp_viz/native/*.so"))) == 1
    native.load_kernel.cache_clear()
