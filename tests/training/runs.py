"""Run the training command as users do: in a separate process, which may be killed at a chosen moment."""

import gc
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ltp_viz.cli.main import main
from ltp_viz.training.recipe import Recipe
from tests.processes import FORKED, settle_in

SETTINGS: dict[str, Any] = {
    "task": "sst2",
    "dense_epochs": 3.0,
    "soft_epochs": 2.0,
    "hard_epochs": 1.0,
    "batch_size": 16,
    "dense_learning_rate": 5e-3,
    "soft_learning_rate": 1e-3,
    "hard_learning_rate": 1e-3,
    "threshold_learning_rate": 0.1,
    "regularizer_weight": 0.5,
}


def recipe_for(base: Path, **changes: Any) -> Recipe:
    """Settings under which the tiny encoder learns the synthetic texts in seconds."""
    return Recipe(**SETTINGS | {"base": str(base)} | changes)


def arguments_for(base: Path | None, data: Any, output: Path, **changes: Any) -> list[str]:
    """The same settings as flags of the command; None leaves one out."""
    settings = SETTINGS | {"base": base, "data": data, "output": output} | changes
    arguments: list[str] = []
    for name, value in settings.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            arguments.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            values = value if isinstance(value, list | tuple) else [value]
            arguments += [f"--{flag}", *map(str, values)]
    return arguments


@dataclass(frozen=True)
class Moment:
    """The `count`-th time that Python opens, renames or removes (`event`) a path that ends in `ending`.

    These are the names of Python's audit events.
    """

    event: str
    ending: str
    count: int = 1


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int  # negative: the signal that killed it
    out: str
    err: str


def run_command(
    arguments: Sequence[str],
    kill_at: Moment | None = None,
    prepare: Callable[[], None] | None = None,
    num_processes: int = 1,
    limit_s: float = 120.0,
) -> list[Done]:
    """Run the command in one or several cooperating processes, to the end or until killed.

    `prepare` is called in each process before the command.
    """
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        processes = []
        for rank in range(num_processes):
            environment = dict(os.environ)
            if num_processes > 1:
                environment |= {
                    "RANK": str(rank),
                    "LOCAL_RANK": str(rank),
                    "WORLD_SIZE": str(num_processes),
                    "LOCAL_WORLD_SIZE": str(num_processes),
                    "MASTER_ADDR": "127.0.0.1",
                    "MASTER_PORT": str(port),
                }
            streams = Path(folder) / str(rank)
            process = FORKED.Process(
                target=_run_here, args=(list(arguments), streams, kill_at, prepare, environment)
            )
            process.start()
            processes.append(process)
        for process in processes:
            process.join(limit_s)
            if process.exitcode is None or process.exitcode < 0:  # the others would wait for it
                for other in processes:
                    other.kill()
                    other.join()
        done = []
        for rank, process in enumerate(processes):
            assert process.exitcode is not None
            out, err = (Path(folder) / f"{rank}.{name}" for name in ("out", "err"))
            done.append(Done(process.exitcode, out.read_text(), err.read_text()))
        return done


def _run_here(
    arguments: list[str],
    streams: Path,
    kill_at: Moment | None,
    prepare: Callable[[], None] | None,
    environment: dict[str, str],
) -> None:
    settle_in(environment, Path(f"{streams}.out"), Path(f"{streams}.err"))
    torch.set_num_threads(1)  # sums in a fixed order
    gc.freeze()  # Trainer collects garbage often; what was loaded before is none of it
    if prepare is not None:
        prepare()
    if kill_at is not None:
        call_at(kill_at, partial(os.kill, os.getpid(), signal.SIGKILL))
    sys.exit(main(["train", *arguments]))


def call_at(moment: Moment, action: Callable[[], None]) -> None:
    """Call something once, in this process, at a moment of its run."""
    left = moment.count

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if left > 0 and event == moment.event and str(arguments[0]).endswith(moment.ending):
            left -= 1
            if left == 0:
                action()

    sys.addaudithook(watch)


def log_of(output: Path) -> list[dict[str, Any]]:
    """All entries of a run's log."""
    return [json.loads(line) for line in (output / "training_log.jsonl").read_text().splitlines()]


def steps_of(output: Path, stage: str) -> list[dict[str, Any]]:
    """The log's entries of training steps of a stage."""
    return [entry for entry in log_of(output) if entry["stage"] == stage and "loss" in entry]
