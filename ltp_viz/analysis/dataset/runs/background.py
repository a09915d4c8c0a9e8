"""Runs in the background: prepared, started, cancelled, listed and removed under the root of all jobs."""

import shutil
from pathlib import Path

from ltp_viz.analysis.dataset.runs import worker
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.dataset.runs.store import SOURCES, RunStore
from ltp_viz.analysis.jobs import background
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import SPEC
from ltp_viz.data.errors import InputError


def folder_of(root: Path, spec: RunSpec) -> Path:
    """Where a run lies under `root`: the same settings on the same content always have the same folder."""
    return root / spec.id


def prepare(root: Path, spec: RunSpec) -> Path:
    """Write the settings into the run's folder, which is what `start` needs."""
    folder = folder_of(root, spec)
    RunStore(folder).create(spec)
    return folder


def start(folder: Path, requester: str | None = None) -> None:
    """Start or resume a run in a process of its own; nothing where it is active or done.

    `requester`: as for `jobs.background.start`.
    """
    background.start(RunStore(folder), worker, requester)


def may_cancel(folder: Path, requester: str | None = None) -> bool:
    """Whether it is for this visitor to cancel the run; for None, always."""
    return background.may_cancel(RunStore(folder), requester)


def cancel(folder: Path, requester: str | None = None) -> bool:
    """Have a run end after its batch, and say whether it will. Its finished rows stay.

    It does not where it is not active, or where other visitors have asked for it.
    """
    return background.cancel(RunStore(folder), requester)


def state(folder: Path) -> JobState:
    """How far a run is, in rows. Raises InputError where the folder holds none."""
    return RunStore(folder).state()


def runs(root: Path) -> list[tuple[RunSpec, JobState]]:
    """Settings and state of every run under `root`, the one started last first."""
    found = []
    for folder in root.iterdir() if root.is_dir() else ():
        try:
            store = RunStore(folder)
            spec, state = store.spec(), store.state()
            started = (folder / SPEC).stat().st_mtime
        except (InputError, OSError):
            continue  # something else, or damaged
        if folder == folder_of(root, spec):
            found.append((started, spec, state))
    return [(spec, state) for _, spec, state in sorted(found, key=lambda run: run[0], reverse=True)]


def remove(folder: Path) -> None:
    """Delete a run with all its results, and its source where no other run reads it. Raises InputError
    while it is active."""
    with background.exclusive(folder.parent):
        store = RunStore(folder)
        spec = store.spec()  # only what is a run is deleted
        if store.state().is_active:
            raise InputError(f"The run {folder.name} is running; stop it before it is removed.")
        shutil.rmtree(folder)
        source = folder.parent / SOURCES / Path(spec.source).name
        if all(Path(other.source).name != source.name for other, _ in runs(folder.parent)):
            source.unlink(missing_ok=True)
