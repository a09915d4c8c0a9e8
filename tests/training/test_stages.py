"""The three stages end to end on a tiny encoder and synthetic texts that can be learned."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

import ltp_viz
from ltp_viz.training.export import export
from ltp_viz.training.recipe import Recipe
from ltp_viz.training.stages import TrainingRun

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def base(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    tokenizer = AutoTokenizer.from_pretrained(encoder_folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    chance = random.Random(0)
    fillers = ["the", "a", "of", "it", "film", "was", "and", "in", "on", "that", "this", "for"]
    for name, count in (("train", 320), ("holdout", 64)):
        rows = []
        for _ in range(count):
            label = chance.randrange(2)
            words = chance.choices(fillers, k=chance.randrange(4, 14))
            words.insert(chance.randrange(len(words)), ("awful", "great")[label])
            rows.append({"sentence": " ".join(words), "label": label})
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")
    return folder


def recipe_for(base: Path, **changes: Any) -> Recipe:
    settings: dict[str, Any] = {
        "task": "sst2",
        "base": str(base),
        "dense_epochs": 3.0,
        "soft_epochs": 2.0,
        "hard_epochs": 1.0,
        "batch_size": 16,
        "dense_learning_rate": 5e-3,
        "soft_learning_rate": 1e-3,
        "hard_learning_rate": 1e-3,
        "regularizer_weight": 0.5,
        "distillation_weight": 1.0,
    }
    return Recipe(**settings | changes)


def log_of(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "training_log.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def finished(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("run")
    TrainingRun(recipe_for(base), data, output).run()
    return output


def test_the_pruned_model_learned_the_task_and_drops_tokens(finished: Path, data: Path) -> None:
    classifier = ltp_viz.load_model(finished / "hard")
    holdout = pd.read_parquet(data / "holdout.parquet")
    result = classifier.predict(holdout.sentence.tolist())
    assert (result.probabilities.argmax(1) == holdout.label).mean() > 0.9
    assert result.macs.sum() < 0.95 * result.dense_macs.sum()
    assert classifier.config.thresholds_learned and classifier.labels == ("negative", "positive")


def test_thresholds_move_in_the_soft_stage_only(finished: Path) -> None:
    by_stage = {
        stage: [
            entry["thresholds"] for entry in log_of(finished) if entry["stage"] == stage and "loss" in entry
        ]
        for stage in ("dense", "soft", "hard")
    }
    assert all(thresholds == [0.0, 0.0] for thresholds in by_stage["dense"])
    assert not np.allclose(by_stage["soft"][0], by_stage["soft"][-1], atol=1e-4)
    last = ltp_viz.load_model(finished / "soft").config.thresholds
    assert all(thresholds == last for thresholds in by_stage["hard"])
    assert min(last) >= 0


def test_log_has_what_a_replay_needs(finished: Path) -> None:
    log = log_of(finished)
    for stage in ("dense", "soft", "hard"):
        entries = [entry for entry in log if entry["stage"] == stage]
        steps = [entry for entry in entries if "loss" in entry]
        assert len(steps) >= 10
        assert all({"step", "thresholds", "keep_rates", "learning_rate"} <= set(entry) for entry in steps)
        assert any("eval_accuracy" in entry for entry in entries)
    assert all(
        rate == 1 for entry in log if entry["stage"] == "dense" for rate in entry.get("keep_rates", [])
    )


def test_a_finished_run_trains_nothing(finished: Path, base: Path, data: Path) -> None:
    before = (finished / "training_log.jsonl").read_bytes()
    assert TrainingRun(recipe_for(base), data, finished).run() == finished / "hard"
    assert (finished / "training_log.jsonl").read_bytes() == before


def test_export_is_half_precision_and_says_the_same(finished: Path, tmp_path: Path) -> None:
    export(finished, tmp_path / "model")
    small, full = ltp_viz.load_model(tmp_path / "model"), ltp_viz.load_model(finished / "hard")
    np.testing.assert_allclose(
        small.trace("a great film").logits, full.trace("a great film").logits, atol=0.02
    )
    assert (tmp_path / "model/training_log.jsonl").is_file()
    sizes = [
        (folder / "model.safetensors").stat().st_size for folder in (tmp_path / "model", finished / "hard")
    ]
    assert sizes[0] < 0.6 * sizes[1]
    with pytest.raises(ltp_viz.InputError, match="no finished stage"):
        export(tmp_path, tmp_path / "other")


def test_a_killed_run_goes_on_from_its_checkpoint(base: Path, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    # fmt: off
    command = [
        sys.executable, "-m", "ltp_viz.training", "--task", "sst2", "--base", str(base), "--data", str(data),
        "--output", str(output), "--dense-epochs", "12", "--soft-epochs", "0.2", "--hard-epochs", "0.2",
        "--batch-size", "8", "--distillation-weight", "1",
    ]
    # fmt: on
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(output.glob("checkpoints/dense/checkpoint-*/trainer_state.json")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (output / "dense").exists(), "the run was over before it could be killed"
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=os.environ)
    assert (output / "hard/model.safetensors").is_file()
    steps = [entry["step"] for entry in log_of(output) if entry["stage"] == "dense" and "loss" in entry]
    restart = (
        next(i for i in range(1, len(steps)) if steps[i] <= steps[i - 1])
        if len(set(steps)) < len(steps)
        else None
    )
    # Either no step was logged twice, or the log went back to the checkpoint: never to the start.
    assert restart is None or steps[restart] > 20
    assert max(steps) == 480


def test_bad_input_is_one_sentence(base: Path, tmp_path: Path) -> None:
    # fmt: off
    done = subprocess.run(
        [sys.executable, "-m", "ltp_viz.training", "--task", "sst2", "--base", str(base),
         "--data", str(tmp_path), "--output", str(tmp_path / "run")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    # fmt: on
    assert done.returncode == 2
    assert "There is no file" in done.stderr and "Traceback" not in done.stderr
