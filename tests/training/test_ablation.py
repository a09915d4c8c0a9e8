"""The ablation runs real variants from one dense stage and reports each."""

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ltp_viz import InputError
from ltp_viz.cli.main import main
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
    assert "| ahead in accuracy, points (95 %) |" in lines[0]


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
    command = ["ablate", "--base", str(base), "--data", str(data), "--output", str(tmp_path), "--seeds", "3"]
    command += ["--target-flops", "0.85", "--dense-epochs", "1", "--buckets", "2"]
    assert main(command) == 0
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
    assert json.loads((tmp_path / "top-k-3/holdout.json").read_text())["flops_share"] < 0.95
    # A second call reads what is there.
    assert main(command) == 0
    assert printed.endswith(capsys.readouterr().out)
    # A damaged result is evaluated again; a seed counts once.
    result = tmp_path / "top-k-3/holdout.json"
    kept = result.read_text()
    result.write_text(kept[:40])
    assert main([*command, "--seeds", "3", "3"]) == 0
    assert printed.endswith(capsys.readouterr().out) and result.read_text() == kept
    # Other evaluation texts are evaluated; other training data are refused.
    other = tmp_path / "other"
    shutil.copytree(data, other)
    pd.read_parquet(data / "holdout.parquet")[:40].to_parquet(other / "validation.parquet")
    command[4] = str(other)
    part = [*command, "--split", "validation"]
    assert main(part) == 0
    before = capsys.readouterr().out
    pd.read_parquet(data / "holdout.parquet")[40:].to_parquet(other / "validation.parquet")
    assert main(part) == 0
    assert capsys.readouterr().out != before
    table = pd.read_parquet(data / "train.parquet")
    table.assign(label=1 - table.label).to_parquet(other / "train.parquet")
    assert main(command) == 2
    assert "give the same data" in capsys.readouterr().err


_KEEPS = "Variant 'first layer keeps all' cannot run: target_flops is 0.5"


def test_texts_of_one_length_stay_together() -> None:
    result = {"variant": "common recipe", "metric": "accuracy", "right": [1] * 5, "tokens": [3, 5, 5, 5, 9]}
    parts = ablation.by_length([{**result, "macs": [1] * 5, "dense_macs": [1] * 5}], 4)
    assert [tokens for tokens, _ in parts] == ["3 to 5", "9 to 9"]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--target-flops", "0"], "pruning 'manual' needs a target cost; give --target-flops too"),
        (["--seeds", "0", "-1"], "seed is -1; it must be from 0"),
        (
            ["--buckets", "-1"],
            "--buckets is -1; give 0 (no tables by length) to 64, the number of evaluation texts",
        ),
        (["--buckets", "65"], "--buckets is 65; give 0"),
        (
            ["--target-flops", "0.5", "--only", "common recipe", "first layer keeps all"],
            "target_flops is 0.5",
        ),
    ],
)
def test_bad_settings_are_refused_before_anything_runs(
    base: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    extra: list[str],
    message: str,
) -> None:
    monkeypatch.setattr(ablation.TrainingRun, "train_dense", lambda run: pytest.fail("something ran"))
    command = ["ablate", "--base", str(base), "--data", str(data), "--output", str(tmp_path / "runs"), *extra]
    assert main(command) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_full_disk(
    base: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(run: ablation.TrainingRun) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ablation.TrainingRun, "train_dense", fail)
    command = [
        "ablate",
        "--base",
        str(base),
        "--data",
        str(data),
        "--output",
        str(tmp_path),
        "--target-flops",
        "0.85",
    ]
    assert main(command) == 1
    assert capsys.readouterr().err.strip().startswith("The disk is full; free some space and run the same")


def test_columns_may_be_named(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"words": ["a film"] * 30, "verdict": ["good", "bad", "so-so"] * 10}
    pd.DataFrame(texts).to_csv(tmp_path / "train.csv", index=False)
    pd.DataFrame(texts).to_csv(tmp_path / "holdout.csv", index=False)
    seen: list[Any] = []

    def stop(run: ablation.TrainingRun) -> None:
        seen.append(run.task)
        raise InputError("enough")

    monkeypatch.setattr(ablation.TrainingRun, "train_dense", stop)
    command = ["ablate", "--base", str(base), "--data", str(tmp_path), "--output", str(tmp_path / "runs")]
    command += ["--task", "custom", "--text-columns", "words", "--label-column", "verdict"]
    assert main([*command, "--target-flops", "0.9"]) == 2
    assert seen[0].text_columns == ("words",) and seen[0].label_names == ("bad", "good", "so-so")
