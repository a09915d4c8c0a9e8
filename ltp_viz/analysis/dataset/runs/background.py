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
    """The folder of a run under `root`: the same for the same settings on the same content."""
    return root / spec.id


def prepare(root: Path, spec: RunSpec) -> Path:
    """Write the settings into the run's folder, as `start` requires."""
    folder = folder_of(root, spec)
    RunStore(folder).create(spec)
    return folder


def start(folder: Path, requester: str | None = None) -> None:
    """Start or resume a run in a separate process, unless it is active or done.

    `requester`: as in `jobs.background.start`.
    """
    background.start(RunStore(folder), worker, requester)


def may_cancel(folder: Path, requester: str | None = None) -> bool:
    """Whether this visitor may cancel the run; True for None."""
    return background.may_cancel(RunStore(folder), requester)


def cancel(folder: Path, requester: str | None = None) -> bool:
    """Request a run's end after the current batch; returns whether it will end. Finished rows are kept.

    It does not end if it is not active, or if other visitors have requested it too.
    """
    return background.cancel(RunStore(folder), requester)


def state(folder: Path) -> JobState:
    """Progress of a run, in rows. Raises InputError if the folder holds no run."""
    return RunStore(folder).state()


def runs(root: Path) -> list[tuple[RunSpec, JobState]]:
    """Settings and state of every run under `root`, the newest first."""
    found = []
    for folder in root.iterdir() if root.is_dir() else ():
        try:
            store = RunStore(folder)
            spec, state = store.spec(), store.state()
            started = (folder / SPEC).stat().st_mtime
        except (InputError, OSError):
            continue  # another kind of job, or damaged
        if folder == folder_of(root, spec):
            found.append((started, spec, state))
    return [(spec, state) for _, spec, state in sorted(found, key=lambda run: run[0], reverse=True)]


def remove(folder: Path) -> None:
    """Delete a run with all its results, and its source unless another run reads it. Raises InputError while
    the run is active."""
    with background.exclusive(folder.parent):
        store = RunStore(folder)
        spec = store.spec()  # refuses a folder that holds no run
        if store.state().is_active:
            raise InputError(f"The run {folder.name} is running; stop it before it is removed.")
        shutil.rmtree(folder)
        source = folder.parent / SOURCES / Path(spec.source).name
        if all(Path(other.source).name != source.name for other, _ in runs(folder.parent)):
            source.unlink(missing_ok=True)
