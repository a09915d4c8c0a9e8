"""The three stages end to end on a tiny encoder and synthetic texts that can be learned."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ltp_viz
from ltp_viz.training.export import export
from ltp_viz.training.stages import TrainingRun
from tests.training.runs import arguments_for, log_of, recipe_for, steps_of

ROOT = Path(__file__).parents[2]


def test_the_pruned_model_learned_the_task_and_drops_tokens(finished: Path, data: Path) -> None:
    classifier = ltp_viz.load_model(finished / "hard")
    holdout = pd.read_parquet(data / "holdout.parquet")
    result = classifier.predict(holdout.sentence.tolist())
    assert (result.probabilities.argmax(1) == holdout.label).mean() > 0.9
    assert result.macs.sum() < 0.95 * result.dense_macs.sum()
    assert classifier.config.thresholds_learned and classifier.labels == ("negative", "positive")
    assert not classifier.config.reads_pairs


def test_thresholds_move_in_the_soft_stage_only(finished: Path) -> None:
    by_stage = {
        stage: [entry["thresholds"] for entry in steps_of(finished, stage)]
        for stage in ("dense", "soft", "hard")
    }
    assert all(thresholds == [0.0, 0.0] for thresholds in by_stage["dense"])
    assert not np.allclose(by_stage["soft"][0], by_stage["soft"][-1], atol=1e-4)
    last = ltp_viz.load_model(finished / "soft").config.thresholds
    assert all(thresholds == last for thresholds in by_stage["hard"])
    assert min(last) >= 0


def test_log_has_what_a_replay_needs(finished: Path) -> None:
    for stage in ("dense", "soft", "hard"):
        steps = steps_of(finished, stage)
        assert len(steps) >= 10
        assert all({"step", "thresholds", "keep_rates", "learning_rate"} <= set(entry) for entry in steps)
    assert all(rate == 1 for entry in steps_of(finished, "dense") for rate in entry["keep_rates"])
    assert any(rate < 1 for entry in steps_of(finished, "hard") for rate in entry["keep_rates"])


def test_each_epoch_ends_with_scores_on_the_holdout(finished: Path) -> None:
    scored = [(entry["stage"], entry["step"]) for entry in log_of(finished) if "eval_accuracy" in entry]
    assert scored == [*(("dense", step) for step in (20, 40, 60)), ("soft", 20), ("soft", 40), ("hard", 20)]


def test_a_finished_run_trains_nothing(finished: Path, base: Path, data: Path) -> None:
    before = (finished / "training_log.jsonl").read_bytes()
    assert TrainingRun(recipe_for(base), [str(data)], finished).run() == finished / "hard"
    assert (finished / "training_log.jsonl").read_bytes() == before


def test_too_short_a_soft_stage_is_reported_before_it_runs(
    base: Path, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    texts = len(pd.read_parquet(data / "train.parquet"))
    TrainingRun(recipe_for(base), [str(data)], tmp_path / "short")
    assert f"The soft stage has {2 * texts // 16} steps" in caplog.text
    needed = 500 / (texts / 16)
    assert f"--soft-epochs {needed:.2g} gives it as many" in caplog.text
    caplog.clear()
    TrainingRun(recipe_for(base, soft_epochs=needed + 1), [str(data)], tmp_path / "long")
    TrainingRun(recipe_for(base, pruning="top_k", target_flops=0.5), [str(data)], tmp_path / "none")
    assert not caplog.text


def test_export_is_half_precision_and_answers_the_same(finished: Path, tmp_path: Path) -> None:
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


def test_the_real_command_killed_from_outside_resumes(base: Path, data: Path, tmp_path: Path) -> None:
    """test_resume.py tests exactness; this tests `python -m` and a signal from another process."""
    output = tmp_path / "run"
    arguments = arguments_for(base, data, output, dense_epochs=6, soft_epochs=0.2, hard_epochs=0.2)
    command = [sys.executable, "-m", "ltp_viz", "train", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    deadline = time.monotonic() + 120
    while not list(output.glob("checkpoints/dense/checkpoint-*/trainer_state.json")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (output / "dense").exists(), "the run ended before it could be killed"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert f"Pruned model: {output / 'hard'}" in done.stdout
    assert [entry["step"] for entry in steps_of(output, "dense")] == list(range(1, 121))
