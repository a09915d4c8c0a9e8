"""What a run shows: bars, curves and the marks of whole checkpoints."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ltp_viz.training.callbacks import (
    last_complete_checkpoint,
    remove_incomplete_checkpoints,
    sparkline,
)
from tests.training.runs import log_of, steps_of


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([1.0, 2.0, 4.0, 8.0], "▂▃▅█"),
        ([0.0, -1.0, 3.0], "··█"),
        ([0.0, 0.0], "··"),
        ([], ""),
        ([1e-9, 1.0], "▁█"),
    ],
)
def test_sparkline(values: list[float], bars: str) -> None:
    assert sparkline(values) == bars


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
