"""Runs that go on by themselves: started as processes of their own, found again by their folders.

A run outlives the app and the tab that started it. It is asked to stop by a mark in its folder, so whoever
sees the folder can ask.
"""

import shutil
import time
from pathlib import Path

import filelock
import psutil

from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.dataset.runs.store import SETTINGS, SOURCES, RunFolder, RunState
from ltp_viz.analysis.jobs.processes import start_module
from ltp_viz.data.errors import InputError

LOG = "log.txt"


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
    asked = time.time()  # its place in the line, however long the process takes to begin
    process = start_module("ltp_viz", ["analyze", "--resume", str(folder.resolve())], folder / LOG)
    # Until the process has begun to write itself, whoever looks sees that it is on its way.
    sentence = "The run is starting."
    waiting = RunState("waiting", state.rows_done, state.rows_total, sentence=sentence, asked=asked)
    try:
        files.write_state(waiting, psutil.Process(process.pid))
    except BaseException:  # a run that nobody can find again
        process.kill()
        process.wait()
        raise


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
    """Delete a run with all its results, and what it read where no other run reads it. Raises InputError
    while it is at work."""
    with _one_at_a_time(folder):
        files = RunFolder(folder)
        spec = files.spec()  # only what is a run is deleted
        if files.state().is_active:
            raise InputError(f"The run {folder.name} is at work; stop it before it is removed.")
        shutil.rmtree(folder)
        source = folder.parent / SOURCES / Path(spec.source).name
        if all(Path(other.source).name != source.name for other, _ in runs(folder.parent)):
            source.unlink(missing_ok=True)


def _one_at_a_time(folder: Path) -> filelock.FileLock:
    """Held from a look at a run until it is started or removed: tabs may ask for either at once."""
    return filelock.FileLock(folder.parent / ".starting")
