"""`ltp-viz why`: figures over a data set, and one message for bad input."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ltp_viz.analysis.why import timing
from ltp_viz.cli.main import main
from tests.conftest import ROOT, SST2_MODEL

COMMAND = ["why", "--model", str(SST2_MODEL)]
EXAMPLES = ROOT / "assets/examples/labelled.csv"


def test_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "why.json"
    assert main([*COMMAND, "--data", str(EXAMPLES), "--max-texts", "6", "--output", str(file)]) == 0
    printed, found = capsys.readouterr().out, json.loads(file.read_text())
    assert found["texts"] == len(found["records"]) == 6 == len({each["row"] for each in found["records"]})
    for side in ("pruned", "dense"):
        figures = found["predictions"][side]
        rhos = [each["rho"][side] for each in found["records"] if each["rho"][side] is not None]
        assert figures["correlation"]["value"] == pytest.approx(sum(rhos) / len(rhos))
        assert figures["convergence_delta"]["largest_share"] < 0.05
        assert f"{side} prediction" in printed and f"{figures['correlation']['value']:+.3f}" in printed
    assert "convergence delta: mean" in printed and "tokens" in printed.split("seconds per text")[1]


def test_occlusion_and_scale(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*COMMAND, "--data", str(EXAMPLES), "--max-texts", "4", "--method", "occlusion"]
    assert main([*arguments, "--scale", "0"]) == 0
    printed = capsys.readouterr().out
    assert "delta" not in printed and "have no correlation" in printed  # all words survive


def test_regression_and_pairs(small_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "pairs.csv"
    pairs = [("The dog barks.", "A dog is barking.", 0.9), ("It rains.", "The sun shines today.", 0.1)]
    pd.DataFrame(pairs * 2, columns=["sentence1", "sentence2", "score"]).to_csv(data, index=False)
    assert main(["why", "--model", str(small_models / "similarity"), "--data", str(data)]) == 0
    assert "no label" in capsys.readouterr().out


def test_times(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "REPEATS", 1)
    assert main([*COMMAND, "--time", "--lengths", "12", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-2:]] == ["12", "20"]
    assert all(float(value) > 0 for line in lines[-2:] for value in line.split()[1:])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["why", "--model", "nowhere", "--data", str(EXAMPLES)], "nowhere"),
        (COMMAND, "No --data is given"),
        ([*COMMAND, "--data", "missing.csv"], "There is no file missing.csv"),
        ([*COMMAND, "--data", str(EXAMPLES), "--scale", "-1"], "--scale is -1.0"),
        ([*COMMAND, "--data", str(EXAMPLES), "--max-texts", "-3"], "--max-texts is -3"),
        ([*COMMAND, "--time", "--lengths", "4"], "--lengths contains 4; give 8 to 512"),
    ],
)
def test_bad_input_gets_one_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert message in said.err and len(said.err.strip().splitlines()) == 1 and not said.out
