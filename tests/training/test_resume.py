"""A run that is killed repeatedly ends like an uninterrupted one."""

import signal
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import ltp_viz
from tests.training.runs import Moment, arguments_for, log_of, run_command, steps_of

# Everything that has a state: dropout, a controller, a schedule, a teacher, a stage of partial epochs.
SETTINGS: dict[str, Any] = {
    "dense_epochs": 2,
    "soft_epochs": 1.7,
    "hidden_dropout": 0.1,
    "attention_dropout": 0.1,
    "target_flops": 0.6,
    "temperature_schedule": "annealed",
    "distill": True,
}
# In this order. An epoch has 20 steps, each is logged, every tenth ends in a checkpoint.
MOMENTS = {
    "in the dense stage": Moment("open", "training_log.jsonl", 17),
    "in a checkpoint at an epoch's end": Moment("open", "dense/checkpoint-20/trainer_state.json"),
    "before a checkpoint is marked whole": Moment("open", "dense/checkpoint-30/complete"),
    "before the dense stage gets its name": Moment("os.rename", "dense.partial"),
    "before the dense checkpoints are removed": Moment("shutil.rmtree", "checkpoints/dense"),
    "before the teacher's answers get their name": Moment("os.rename", "teacher.partial"),
    "in the soft stage": Moment("open", "training_log.jsonl", 17),
    "in a checkpoint of the soft stage": Moment("open", "soft/checkpoint-20/trainer_state.json"),
    "late in the soft stage": Moment("open", "training_log.jsonl", 25),
    "while the soft stage is saved": Moment("open", "soft.partial/config.json"),
    "in the hard stage": Moment("open", "training_log.jsonl", 17),
    "while the log goes back": Moment("os.rename", "training_log.partial"),
    "after the hard stage's last step": Moment("open", "hard.partial/config.json"),
}


@pytest.fixture(scope="module")
def unbroken(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("unbroken")
    [done] = run_command(arguments_for(base, data, output, **SETTINGS))
    assert done.code == 0, done.err
    return output


@pytest.fixture(scope="module")
def broken(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("broken")
    arguments = arguments_for(base, data, output, **SETTINGS)
    for name, moment in MOMENTS.items():
        [done] = run_command(arguments, kill_at=moment)
        assert done.code == -signal.SIGKILL, f"not killed {name}: {done.err}"
    [done] = run_command(arguments)
    assert done.code == 0, done.err
    return output


@pytest.mark.parametrize("stage", ["dense", "soft", "hard"])
def test_weights_and_thresholds_are_the_same(unbroken: Path, broken: Path, stage: str) -> None:
    wanted, got = (load_file(run / stage / "model.safetensors") for run in (unbroken, broken))
    assert wanted.keys() == got.keys()
    assert max(float((wanted[name] - got[name]).abs().max()) for name in wanted) == 0
    configs = [ltp_viz.load_model(run / stage).config for run in (unbroken, broken)]
    assert configs[0].thresholds == configs[1].thresholds
    assert configs[0].recipe == configs[1].recipe


def test_the_log_is_the_same(unbroken: Path, broken: Path) -> None:
    def lasting(run: Path) -> list[dict[str, Any]]:
        """What does not depend on the clock. A stage's last entry sums up its last process only."""
        return [
            {name: value for name, value in entry.items() if not name.endswith(("runtime", "_per_second"))}
            for entry in log_of(run)
            if "train_runtime" not in entry
        ]

    assert lasting(broken) == lasting(unbroken)
    steps = [(entry["stage"], entry["step"]) for entry in log_of(broken) if "loss" in entry]
    assert steps == [
        (stage, step)
        for stage, last in (("dense", 40), ("soft", 34), ("hard", 20))
        for step in range(1, last + 1)
    ]


def test_tensorboard_has_each_step_once(broken: Path) -> None:
    for stage, last in (("dense", 40), ("soft", 34), ("hard", 20)):
        events = EventAccumulator(str(broken / "tensorboard" / stage)).Reload()
        assert [point.step for point in events.Scalars("train/loss")] == list(range(1, last + 1))


def test_no_incomplete_file_is_left(broken: Path) -> None:
    assert not list(broken.rglob("*.partial")) and not list(broken.rglob("checkpoint-*"))


def test_entries_that_sum_up_several_steps(base: Path, data: Path, tmp_path: Path) -> None:
    """An entry per two steps of 107, where half an epoch is an odd number of steps."""
    settings = {"batch_size": 3, "dense_epochs": 1, "soft_epochs": 0.01, "hard_epochs": 0.01}
    for name in ("unbroken", "broken"):
        arguments = arguments_for(base, data, tmp_path / name, **settings)
        if name == "broken":
            [killed] = run_command(arguments, kill_at=Moment("open", "training_log.jsonl", 30))
            assert killed.code == -signal.SIGKILL
            assert list(tmp_path.glob("broken/checkpoints/dense/checkpoint-*/complete"))
        [done] = run_command(arguments)
        assert done.code == 0, done.err
    steps = steps_of(tmp_path / "broken", "dense")
    assert steps == steps_of(tmp_path / "unbroken", "dense")
    assert [entry["step"] for entry in steps] == list(range(2, 107, 2))
