"""The folder of a job that runs in a process of its own.

    spec.json        what to do, and the kind of job
    progress.json    `JobState` and the process that works on it
    requesters.json  who asked for the job, where visitors share it
    log.txt          what the process printed
    cancelled        a mark: the job is to end

What a kind of job adds (parts, results) lies beside them. A folder is a path or any URL that fsspec knows, so
that workers on several machines can fill one. Every file appears whole or not at all: atomic writes here,
sent in one piece elsewhere.
"""

import contextlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import psutil

from ltp_viz import settings
from ltp_viz.analysis.jobs.processes import find_process
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError

SPEC, PROGRESS, LOG = "spec.json", "progress.json", "log.txt"
_CANCELLED, _REQUESTERS = "cancelled", "requesters.json"
_LITTLE_BYTES = 64 * 2**10  # of free space on a disk, too little to go on with


class JobStore:
    """The files of one job, at a path or a URL. Raises InputError where no file system knows the URL.

    A kind of job is a subclass: it names itself and says how much work there is and whether it is complete.
    """

    kind: ClassVar[str] = "job"
    cancelled_message: ClassVar[str] = "Stopped."
    resume_hint: ClassVar[str] = ""  # after the message on a process that ended

    def __init__(self, place: str | Path):
        self.place = str(place)
        if self.place.startswith("file://"):
            self.place = fsspec.core.strip_protocol(self.place)
        self.is_local = not is_url(self.place)
        if self.is_local:
            self.place = os.path.abspath(os.path.expanduser(self.place))
            self.files, self._path = fsspec.filesystem("file"), self.place
        else:
            try:
                self.files, self._path = fsspec.core.url_to_fs(self.place)
            except (ImportError, ValueError) as error:
                raise InputError(f"{self.place!r} cannot be reached: {error}.") from error

    def total(self) -> int:
        """Units of work in all. Raises InputError where the folder holds no job of this kind."""
        raise NotImplementedError

    @property
    def is_complete(self) -> bool:
        """Whether all results are there."""
        raise NotImplementedError

    # Files

    def path(self, name: str) -> str:
        """Of a file in the folder, as the file system names it."""
        return f"{self._path.rstrip('/')}/{name}"

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Store one file whole. Raises InputError where somebody has removed the folder."""
        if not self.is_local:
            self.files.pipe_file(self.path(name), bytes(content))
            return
        if not os.path.isdir(self._path):
            raise InputError(f"The folder {self.place!r} of this {self.kind} is gone; start it again.")
        with atomic_write(Path(self.path(name))) as temporary:
            temporary.write_bytes(content)

    def write_spec(self, record: dict[str, Any]) -> None:
        """Make the folder with what is to be done, also over an earlier one, whose paths may have changed."""
        self.files.makedirs(self._path, exist_ok=True)
        self.write(SPEC, json.dumps({"kind": self.kind, **record}, indent=2).encode())

    def read_spec(self) -> dict[str, Any]:
        """What `write_spec` stored. Raises InputError where there is none of this kind, or a damaged one."""
        try:
            record = json.loads(self.files.cat_file(self.path(SPEC)))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.place!r} is no {self.kind}'s folder; give one with {SPEC}.") from error
        if not isinstance(record, dict) or record.pop("kind", None) != self.kind:
            raise InputError(f"{self.place!r} holds another {SPEC}, or a damaged one; remove it.")
        return record

    # Progress

    def write_state(self, state: JobState, process: psutil.Process | None = None) -> None:
        """Store how far it is, and which process (this one by default) works on it."""
        process = process or psutil.Process()
        # Later calls compare the process's start with this one, as numbers of processes are given out again.
        record = asdict(state) | {"pid": process.pid, "process_started": process.create_time()}
        self.write(PROGRESS, json.dumps(record).encode())

    def state(self) -> JobState:
        """How far it is; "interrupted" where its process is gone without having said how it ended."""
        total, (progress, _) = self.total(), self._progress()
        is_over = progress is None or progress.status in ("done", "interrupted", "cancelled")
        if is_over and self.is_complete:
            return progress if progress and progress.status == "done" else JobState("done", total, total)
        if progress is None or progress.status == "done":  # somebody has removed the results
            return JobState("new", 0, total)
        return progress

    def progress(self) -> JobState | None:
        """What the progress file says, of a job of any kind; None where there is none, or a damaged one."""
        return self._progress()[0]

    def process_id(self) -> int | None:
        """The process that works on the job or waits with it; None where there is none."""
        progress, pid = self._progress()
        return pid if progress and progress.is_active else None

    def _progress(self) -> tuple[JobState | None, int]:
        try:
            record = json.loads(self.files.cat_file(self.path(PROGRESS)))
            pid, started = int(record.pop("pid")), float(record.pop("process_started"))
            state = JobState(**record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None, 0
        if not state.is_active or find_process(pid, started) is not None:
            return state, pid
        if self.is_cancel_requested():
            return JobState("cancelled", state.done, state.total, message=self.cancelled_message), pid
        return JobState("interrupted", state.done, state.total, message=self._why_ended()), pid

    def _why_ended(self) -> str:
        """What is known of a process that ended without a message: a full disk has no room for one."""
        if self.is_local and shutil.disk_usage(self._path).free < _LITTLE_BYTES:
            return f"The {self.kind} ended as its disk is full; make room{self.resume_hint}."
        return f"The {self.kind}'s process ended before it was done, perhaps killed{self.resume_hint}."

    # Cancelling

    def request_cancel(self) -> None:
        """Leave a mark at which the job ends."""
        self.write(_CANCELLED, b"")

    def withdraw_cancel(self) -> None:
        """Remove the mark."""
        with contextlib.suppress(FileNotFoundError):
            self.files.rm(self.path(_CANCELLED))

    def is_cancel_requested(self) -> bool:
        """Whether the mark is there."""
        self.files.invalidate_cache()
        return bool(self.files.exists(self.path(_CANCELLED)))

    def requesters(self) -> list[str]:
        """Tokens of those who asked for the job since it was started."""
        try:
            return list(map(str, json.loads(self.files.cat_file(self.path(_REQUESTERS)))))
        except (OSError, ValueError, TypeError):
            return []

    def write_requesters(self, tokens: list[str]) -> None:
        """Store them."""
        self.write(_REQUESTERS, json.dumps(tokens).encode())


def is_url(place: str) -> bool:
    """Whether it names a file system, as "s3://bucket/folder" does."""
    return "://" in place


def default_root() -> Path:
    """Where jobs are kept: `LTP_VIZ_RUNS`, or the user's cache folder."""
    if named := settings.RUNS.read():
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "ltp-viz" / "runs"
