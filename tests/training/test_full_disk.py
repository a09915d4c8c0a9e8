"""A disk that others fill while a training runs on it: one sentence, and the same command goes on later."""

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.training.runs import Moment, arguments_for, call_at, run_command, steps_of


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB, more than a run of the tiny model needs."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def leave_free(folder: Path, size: int) -> None:
    """Fill the disk but for so many bytes."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            file.truncate(file.tell() - size)


def fill_at(moment: Moment, folder: Path, size: int) -> None:
    call_at(moment, partial(leave_free, folder, size))


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
    assert last_line.startswith("The disk is full; make room and start the same command again"), done.err[
        -900:
    ]
    assert done.code == 2 and "Traceback" not in done.err
    subprocess.run(["mount", "-o", "remount,size=9m", str(small_disk)], check=True)
    [done] = run_command(arguments)
    assert done.code == 0, done.err
    assert [entry["step"] for entry in steps_of(output, "dense")] == list(range(1, 21))
    assert (output / "hard/model.safetensors").is_file()
