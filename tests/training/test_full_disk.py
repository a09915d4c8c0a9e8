"""A disk that fills up during a training: one message, and the same command resumes later."""

import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.disks import fill
from tests.training.runs import Moment, arguments_for, call_at, run_command, steps_of


def fill_at(moment: Moment, folder: Path, size: int) -> None:
    call_at(moment, partial(fill, folder, size))


@pytest.mark.parametrize(
    ("moment", "size"),
    [
        (Moment("open", "training_log.jsonl", 5), 0),
        (Moment("open", "dense/checkpoint-10/config.json"), 8_192),  # too little for the weights
        (Moment("open", "dense/checkpoint-10/config.json"), 163_840),  # for the optimizer
        (Moment("open", "dense/checkpoint-10/trainer_state.json"), 0),
        (Moment("open", "soft.partial/config.json"), 8_192),
    ],
)
def test_a_full_disk(base: Path, data: Path, small_disk: Path, moment: Moment, size: int) -> None:
    output = small_disk / "run"
    arguments = arguments_for(base, data, output, dense_epochs=1, soft_epochs=0.5, hard_epochs=0.1)
    [done] = run_command(arguments, prepare=partial(fill_at, moment, small_disk, size))
    last_line = done.err.replace("\r", "\n").rstrip().splitlines()[-1]
    assert last_line.startswith("The disk is full; free some space and run the same command again"), done.err[
        -900:
    ]
    assert done.code == 1 and "Traceback" not in done.err
    subprocess.run(["mount", "-o", "remount,size=9m", str(small_disk)], check=True)
    [done] = run_command(arguments)
    assert done.code == 0, done.err
    assert [entry["step"] for entry in steps_of(output, "dense")] == list(range(1, 21))
    assert (output / "hard/model.safetensors").is_file()
