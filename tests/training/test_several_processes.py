"""Two processes share every batch and end where one does."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from ltp_viz.training.flops_target import FlopsController, LambdaController
from tests.training.runs import Moment, arguments_for, log_of, run_command, steps_of

ROOT = Path(__file__).parents[2]
# Without dropout, whose random numbers differ by process, and with masks so soft that no single token
# decides anything, only rounding differs.
SETTINGS: dict[str, Any] = {"hidden_dropout": 0, "target_flops": 0.6, "distill": True, "temperature": 0.01}


@pytest.fixture(scope="module")
def alone(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("alone")
    [done] = run_command(arguments_for(base, data, output, **SETTINGS))
    assert done.code == 0, done.err
    return output


@pytest.fixture(scope="module")
def together(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("together")
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
        *("-m", "ltp_viz", "train", *arguments_for(base, data, output, **SETTINGS)),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Pruned model: ") == 1
    return output


def test_losses_and_scores_are_those_of_one_process(alone: Path, together: Path) -> None:
    """Measured: up to 0.004 apart in the dense and 0.006 in the soft stage, of losses that start near 0.7.

    bf16 products round differently in batches of other shapes, and the soft stage's regulariser takes its
    mean over each process's tokens. Under another order of the texts losses differ by 0.05 and more.
    """
    for stage, tolerance in (("dense", 0.02), ("soft", 0.02), ("hard", 0.02)):
        wanted, got = (steps_of(run, stage) for run in (alone, together))
        assert [entry["step"] for entry in got] == [entry["step"] for entry in wanted]
        losses = [[entry["loss"] for entry in entries] for entries in (wanted, got)]
        np.testing.assert_allclose(losses[1], losses[0], atol=tolerance, err_msg=stage)
    scores = [
        [(entry["eval_accuracy"], entry["eval_loss"]) for entry in log_of(run) if "eval_loss" in entry]
        for run in (alone, together)
    ]
    np.testing.assert_allclose(scores[1], scores[0], atol=0.02)
    assert scores[1][-1][0] > 0.9
    thresholds = [steps_of(run, "soft")[-1]["thresholds"] for run in (alone, together)]
    np.testing.assert_allclose(thresholds[1], thresholds[0], rtol=0.05)


def test_one_set_of_files_is_written(alone: Path, together: Path) -> None:
    def files(run: Path) -> list[str]:
        names = [str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()]
        return sorted(name.split(".tfevents.")[0] for name in names)

    assert files(together) == files(alone)
    steps = [(entry["stage"], entry["step"]) for entry in log_of(together) if "loss" in entry]
    assert len(steps) == len(set(steps)) == 120


def note_lambdas(folder: Path) -> None:
    """Let every process write down each lambda that its controller sets."""
    update = LambdaController.update
    notes = folder / f"{os.environ['RANK']}.jsonl"

    def update_and_note(controller: FlopsController, *macs_and_steps: float) -> float:
        weight = update(controller, *macs_and_steps)
        with notes.open("a") as file:
            file.write(json.dumps(weight) + "\n")
        return weight

    LambdaController.update = update_and_note  # type: ignore


def test_lambda_is_the_same_in_both_and_after_a_restart(base: Path, data: Path, tmp_path: Path) -> None:
    settings = {"dense_epochs": 0.5, "soft_epochs": 1.5, "hard_epochs": 0.1, "target_flops": 0.6}
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        arguments = arguments_for(base, data, tmp_path / name / "run", **settings)
        prepare = partial(note_lambdas, tmp_path / name)
        if name == "killed":
            # In the checkpoint at the end of the first epoch: the run resumes from the one in its middle.
            moment = Moment("open", "soft/checkpoint-20/trainer_state.json")
            killed = run_command(arguments, kill_at=moment, num_processes=2)
            assert killed[0].code == -signal.SIGKILL
        done = run_command(arguments, prepare=prepare, num_processes=2)
        assert [part.code for part in done] == [0, 0], done[0].err + done[1].err
    whole, killed_twice = (tmp_path / name for name in ("whole", "killed"))
    lambdas = [(whole / f"{rank}.jsonl").read_text().splitlines() for rank in (0, 1)]
    assert lambdas[0] == lambdas[1] and len(lambdas[0]) == 30 and len(set(lambdas[0])) > 10
    # The restarted run took the last 20 of 30 soft steps with the same lambdas, dropout and texts.
    assert (killed_twice / "0.jsonl").read_text().splitlines() == lambdas[0][10:]
    weights = [load_file(run / "run/hard/model.safetensors") for run in (whole, killed_twice)]
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"batch_size": 15},
            "batch_size is 15, which 2 processes cannot share evenly; give a multiple of their number.",
        ),
        (
            {"data": "none"},
            "There is no data folder 'none'; give a folder with a train file, or a hub name 'owner/name'.",
        ),
    ],
)
def test_bad_input_is_reported_once(
    base: Path, data: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    settings = {"base": base, "data": data, "output": tmp_path / "run"} | changes
    done = run_command(arguments_for(**settings), num_processes=2)
    assert [part.code for part in done] == [2, 2]
    assert done[0].err == message + "\n" and done[1].err == ""
    assert not (tmp_path / "run").exists()
