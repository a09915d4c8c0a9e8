"""Runs that go on by themselves: started as processes of their own, found again by their folders.

A run outlives the app and the tab that started it. It is asked to stop by a mark in its folder, so whoever
sees the folder can ask.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import filelock
import psutil

from ltp_viz.analysis.run_folder import SETTINGS, RunFolder, RunState
from ltp_viz.analysis.run_spec import RunSpec
from ltp_viz.data.errors import InputError

LOG = "log.txt"
PACKAGE_PARENT = Path(__file__).parents[2]


def folder_of(root: Path, spec: RunSpec) -> Path:
    """Where a run lies under `root`: the same settings on the same content always have the same folder."""
    return root / spec.id


def prepare(root: Path, spec: RunSpec) -> Path:
    """Write the settings into the run's folder, which is what `start` needs."""
    folder = folder_of(root, spec)
    RunFolder(folder).create(spec)
    return folder


def start(folder: Path) -> None:
    """Begin a run, or go on with one, in a process of its own; nothing where it is at work or done."""
    with _one_at_a_time(folder):
        _start(folder)


def _start(folder: Path) -> None:
    files = RunFolder(folder)
    state = files.state()
    files.take_back_stop()
    if state.is_active or state.status == "done":
        return
    path = (str(PACKAGE_PARENT), os.environ.get("PYTHONPATH"))
    with open(folder / LOG, "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ltp_viz.analyze", "--resume", str(folder.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))},
        )
    # Until the process has begun to write itself, whoever looks sees that it is on its way.
    sentence = "The run is starting."
    waiting = RunState("waiting", state.rows_done, state.rows_total, sentence=sentence)
    files.write_state(waiting, psutil.Process(process.pid))


def cancel(folder: Path) -> None:
    """Ask a run to stop after its batch; nothing where it is not at work. Its finished rows stay."""
    files = RunFolder(folder)
    if files.state().is_active:
        files.ask_to_stop()


def state(folder: Path) -> RunState:
    """How far a run is. Raises InputError where the folder holds none."""
    return RunFolder(folder).state()


def runs(root: Path) -> list[tuple[RunSpec, RunState]]:
    """Settings and state of every run under `root`, the one started last first."""
    found = []
    for folder in root.iterdir() if root.is_dir() else ():
        try:
            files = RunFolder(folder)
            spec, state = files.spec(), files.state()
            started = (folder / SETTINGS).stat().st_mtime
        except (InputError, OSError):
            continue  # something else, or damaged
        if folder == folder_of(root, spec):
            found.append((started, spec, state))
    return [(spec, state) for _, spec, state in sorted(found, key=lambda run: run[0], reverse=True)]


def remove(folder: Path) -> None:
    """Delete a run with all its results. Raises InputError while it is at work."""
    with _one_at_a_time(folder):
        files = RunFolder(folder)
        files.spec()  # only what is a run is deleted
        if files.state().is_active:
            raise InputError(f"The run {folder.name} is at work; stop it before it is removed.")
        shutil.rmtree(folder)


def _one_at_a_time(folder: Path) -> filelock.FileLock:
    """Held from a look at a run until it is started or removed: tabs may ask for either at once."""
    return filelock.FileLock(folder.parent / ".starting")
