"""What a run shows: bars, curves and the marks of complete checkpoints."""

import math
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import TrainerControl, TrainerState, TrainingArguments

from ltp_viz import InputError
from ltp_viz.training.callbacks import (
    StopAtNaN,
    last_complete_checkpoint,
    remove_incomplete_checkpoints,
    sparkline,
)
from tests.training.runs import log_of, steps_of

NAN = math.nan


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([1.0, 2.0, 4.0, 8.0], "▂▃▅█"),
        ([0.0, -1.0, 3.0], "··█"),
        ([0.0, 0.0], "··"),
        ([], ""),
        ([1e-9, 1.0], "▁█"),
        ([float("nan"), 1.0], "·█"),
    ],
)
def test_sparkline(values: list[float], bars: str) -> None:
    assert sparkline(values) == bars


@pytest.mark.parametrize("entry", [{"loss": NAN}, {"grad_norm": NAN}, {"thresholds": [0.1, NAN]}])
def test_training_stops_at_nan(entry: dict[str, Any], tmp_path: Path) -> None:
    arguments, control = TrainingArguments(output_dir=str(tmp_path)), TrainerControl()
    at = TrainerState(global_step=7)
    StopAtNaN().on_log(arguments, at, control, logs={"loss": 0.5, "grad_norm": 1.0, "thresholds": [0.1]})
    with pytest.raises(InputError, match="is NaN at step 7; lower the learning rates"):
        StopAtNaN().on_log(arguments, at, control, logs=entry)


def test_the_log_has_no_entry_that_a_kill_would_change(finished: Path) -> None:
    assert log_of(finished) and not any("train_runtime" in entry for entry in log_of(finished))


def test_others_on_the_machine_may_read_a_stage(finished: Path) -> None:
    usual = (finished / "recipe.json").stat().st_mode
    assert {file.stat().st_mode for file in (finished / "hard").iterdir()} == {usual}


def test_tensorboard_holds_every_curve_of_the_log(finished: Path) -> None:
    events = EventAccumulator(str(finished / "tensorboard/soft")).Reload()
    steps = steps_of(finished, "soft")
    for layer in (1, 2):
        for name in ("thresholds", "keep_rates"):
            points = events.Scalars(f"train/{name}/layer_{layer}")
            logged = [entry[name][layer - 1] for entry in steps]
            if name == "keep_rates":  # scores on the holdout come with thresholds too
                assert [point.step for point in points] == [entry["step"] for entry in steps]
                assert [point.value for point in points] == pytest.approx(logged, rel=1e-6)
            else:
                assert {point.step for point in points} == {entry["step"] for entry in steps}
                assert points[-1].value == pytest.approx(logged[-1], rel=1e-6)
    scores = [entry["eval_accuracy"] for entry in log_of(finished) if "eval_accuracy" in entry]
    assert [point.value for point in events.Scalars("eval/accuracy")] == pytest.approx(scores[3:5], rel=1e-6)


def test_only_whole_checkpoints_count(tmp_path: Path) -> None:
    assert last_complete_checkpoint(tmp_path / "none") is None
    for step, is_whole in ((90, True), (100, True), (110, False)):
        checkpoint = tmp_path / f"checkpoint-{step}"
        checkpoint.mkdir()
        (checkpoint / "model.safetensors").touch()
        if is_whole:
            (checkpoint / "complete").touch()
    assert last_complete_checkpoint(tmp_path) == tmp_path / "checkpoint-100"
    remove_incomplete_checkpoints(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-100", "checkpoint-90"]
