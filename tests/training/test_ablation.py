"""The ablation runs real variants from one dense stage and tells them apart."""

import json
from pathlib import Path

import pytest

from ltp_viz.training import ablation


def test_table_means_over_seeds() -> None:
    rows = [
        {"variant": "common recipe", "seed": 0, "score": 0.5, "right": [1, 1, 0, 0], "flops_share": 0.5},
        {"variant": "common recipe", "seed": 1, "score": 0.75, "right": [1, 1, 1, 0], "flops_share": 0.5},
        {"variant": "b", "seed": 0, "score": 1.0, "right": [1, 1, 1, 1], "flops_share": 0.25},
    ]
    lines = ablation.table([{"metric": "accuracy", **row} for row in rows]).splitlines()
    assert lines[2] == "| common recipe | 0.6250 | 0.5000 to 0.7500 |  | 2.00x fewer | 2 |"
    # Ahead by 0, 0, a half and a whole text of four: no resampling can fall below none or rise above one.
    assert lines[3].startswith("| b | 1.0000 | 1.0000 to 1.0000 | +37.5 (+0.0 to +")
    assert lines[3].endswith(" | 4.00x fewer | 1 |")


def test_parts_by_length_add_up() -> None:
    result = {
        "variant": "common recipe",
        "seed": 0,
        "metric": "f1",
        "score": 0.6,
        "right": [1, 0, 1, 1],
        "tokens": [9, 3, 4, 8],
        "macs": [50, 10, 20, 30],
        "dense_macs": [100, 20, 20, 100],
        "flops_share": 110 / 240,
    }
    (short, shorts), (long, longs) = ablation.by_length([result], 2)
    assert (short, long) == ("3 to 4", "8 to 9")
    assert shorts[0]["score"] == 0.5 and longs[0]["score"] == 1.0
    assert shorts[0]["flops_share"] == 30 / 40 and longs[0]["flops_share"] == 80 / 200
    assert not ablation.by_length([result], 0) and not ablation.by_length([{**result, "right": None}], 2)


def test_variants_start_from_one_dense_stage(
    base: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("common recipe", "first layer keeps all", "top-k")
    monkeypatch.setattr(ablation, "VARIANTS", {name: ablation.VARIANTS[name] for name in names})
    command = ["--base", str(base), "--data", str(data), "--output", str(tmp_path), "--seeds", "3"]
    command += ["--target-flops", "0.7", "--dense-epochs", "1", "--buckets", "2"]
    assert ablation.main(command) == 0
    printed = capsys.readouterr().out
    assert all(printed.count(f"| {name} |") == 3 for name in names), "whole and two halves by length"
    dense = (tmp_path / "common/dense/model.safetensors").read_bytes()
    for name in names:
        folder = tmp_path / f"{name.replace(' ', '-')}-3"
        assert (folder / "dense/model.safetensors").read_bytes() == dense
        assert json.loads((folder / "holdout.json").read_text())["seed"] == 3
    first = json.loads((tmp_path / "first-layer-keeps-all-3/hard/config.json").read_text())
    assert first["thresholds"][0] == 0 and first["thresholds"][1] > 0
    top_k = json.loads((tmp_path / "top-k-3/hard/config.json").read_text())
    assert top_k["recipe"]["rates"][-1] < 1 and not any(top_k["thresholds"])
    assert json.loads((tmp_path / "top-k-3/holdout.json").read_text())["flops_share"] < 0.85
    # A second call reads what is there.
    assert ablation.main(command) == 0
    assert printed.endswith(capsys.readouterr().out)
