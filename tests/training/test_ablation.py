"""The ablation runs real variants from one dense stage and tells them apart."""

import json
from pathlib import Path

import pytest

from ltp_viz.training import ablation


def test_table_means_over_seeds() -> None:
    rows = [
        {"variant": "a", "seed": seed, "accuracy": score, "flops_share": 0.5}
        for seed, score in enumerate((0.7, 0.9))
    ]
    rows.append({"variant": "b", "seed": 0, "accuracy": 0.6, "flops_share": 0.25})
    lines = ablation.table(rows).splitlines()
    assert lines[2] == "| a | 0.8000 | 0.7000 to 0.9000 | 2.00x fewer | 2 |"
    assert lines[3] == "| b | 0.6000 | 0.6000 to 0.6000 | 4.00x fewer | 1 |"


def test_variants_start_from_one_dense_stage(
    base: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("common recipe", "first layer keeps all")
    monkeypatch.setattr(ablation, "VARIANTS", {name: ablation.VARIANTS[name] for name in names})
    command = ["--base", str(base), "--data", str(data), "--output", str(tmp_path), "--seeds", "3"]
    command += ["--target-flops", "0.7", "--dense-epochs", "1"]
    assert ablation.main(command) == 0
    printed = capsys.readouterr().out
    assert all(f"| {name} |" in printed for name in names)
    dense = (tmp_path / "common/dense/model.safetensors").read_bytes()
    for name in names:
        folder = tmp_path / f"{name.replace(' ', '-')}-3"
        assert (folder / "dense/model.safetensors").read_bytes() == dense
        assert json.loads((folder / "result.json").read_text())["seed"] == 3
    first = json.loads((tmp_path / "first-layer-keeps-all-3/hard/config.json").read_text())
    assert first["thresholds"][0] == 0 and first["thresholds"][1] > 0
    # A second call reads what is there.
    assert ablation.main(command) == 0
    assert printed.endswith(capsys.readouterr().out)
