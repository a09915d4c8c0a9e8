"""`evaluate --results` writes what it measured, under its run."""

import json
from pathlib import Path

import pytest

from ltp_viz.analysis.results import read_results
from ltp_viz.cli.main import main
from tests.conftest import ROOT

MODEL = str(ROOT / "assets/models/sst2")
ROWS = "sentence,label\n" + "".join(
    f"{text},{label}\n" for text, label in (("A wonderful film.", 1), ("A dreadful bore.", 0), ("Meh", 1))
)


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    (tmp_path / "data.csv").write_text(ROWS)
    data, results = str(tmp_path / "data.csv"), str(tmp_path / "results.json")
    command = ["evaluate", "--model", MODEL, "--data", data, "--seconds", "0", "--dense", MODEL]
    return [*command, "--results", results, "--json"]


def test_a_row_is_the_evaluation(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--run", "first", "--training", "ltp-viz train x"]) == 0
    printed = json.loads(capsys.readouterr().out)
    (row,) = read_results(tmp_path / "results.json").measured
    assert (row.run, row.model, row.task, row.metric, row.texts) == ("first", "sst2", "SST-2", "accuracy", 3)
    assert row.pruned == pytest.approx(printed["pruned"]["accuracy"], abs=5e-5)
    assert row.unpruned == pytest.approx(printed["dense"]["accuracy"], abs=5e-5)
    assert row.dense == pytest.approx(printed["dense_stage"]["accuracy"], abs=5e-5)
    assert row.flops_reduction == pytest.approx(printed["flops_reduction"], abs=5e-3)
    assert row.speed_up is None and row.training == "ltp-viz train x" and row.seed == 0
    assert row.command.startswith("ltp-viz evaluate ") and "--run first" in row.command
    assert main([*options, "--run", "first"]) == 0, "a known run needs no command"
    assert main([*options, "--run", "second", "--training", "y"]) == 0
    assert [each.run for each in read_results(tmp_path / "results.json").measured] == ["first", "second"]


def test_what_cannot_be_recorded_is_refused(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more, message in (
        ([], "give --run and --dense"),
        (["--run", "a"], "has no run 'a' yet"),
        (["--run", "a", "--training", "b", "--scale", "2"], "leave --scale out"),
        (["--run", "a", "--sweep"], "does not use --results"),
    ):
        assert main([*options, *more]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "results.json").exists()
