"""Command line: `ltp-viz compare`."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ltp_viz.cli.main import main
from tests.conftest import ROOT, SST2_MODEL


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A file to calibrate on and one to evaluate on."""
    folder = tmp_path_factory.mktemp("labelled")
    table = pd.read_csv(ROOT / "assets/examples/labelled.csv")
    table = pd.DataFrame({"sentence": table.text, "label": (table.label == "positive").astype(int)})
    paths = folder / "holdout.csv", folder / "judged.csv"
    table[:40].to_csv(paths[0], index=False)
    table[40:80].to_csv(paths[1], index=False)
    return str(paths[0]), str(paths[1])


def test_calibrates_once_and_compares(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["compare", "--model", str(SST2_MODEL), "--data", files[1]]
    options += ["--rules", "random", "--target-flops", "0.6"]
    saved = ["--calibration", str(tmp_path / "rules.json"), "--output", str(tmp_path / "results.json")]
    assert main([*options, "--holdout", files[0], *saved]) == 0
    first = capsys.readouterr().out
    assert "40 texts" in first and "| Random | " in first and "| Learned thresholds (LTP) | " in first
    assert main([*options, *saved]) == 0, "the calibration is there: no holdout is needed"
    assert capsys.readouterr().out == first
    record = json.loads((tmp_path / "results.json").read_text())
    assert {result["name"] for result in record["results"]} == {"learned", "random"}


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ([], "No --holdout is given"),
        (["--holdout", "nowhere.csv"], "There is no file nowhere.csv"),
        (["--calibration", __file__], "is not a calibration of rules"),
    ],
)
def test_bad_input_gets_one_message(
    extra: list[str], message: str, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "--model", str(SST2_MODEL), "--data", files[1], *extra]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error
