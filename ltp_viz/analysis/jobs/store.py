"""The folder of a job that runs in a separate process.

    spec.json        the job's settings and kind
    progress.json    `JobState` and the process that runs it
    requesters.json  tokens of the visitors who requested the job
    log.txt          output of the process
    cancelled        a mark that requests the job's end

A kind of job may add files of its own (parts, results). A folder is a path or any URL that fsspec supports,
so workers on several machines can fill it. Files are never incomplete: local writes are atomic, remote files
are sent in one piece.
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
_MIN_FREE_BYTES = 64 * 2**10  # with less free space a disk counts as full


class JobStore:
    """The files of one job, at a path or a URL. Raises InputError if no file system supports the URL.

    Each kind of job is a subclass that defines its name, its amount of work and when it is complete.
    """

    kind: ClassVar[str] = "job"
    cancelled_message: ClassVar[str] = "Stopped."
    resume_hint: ClassVar[str] = ""  # appended to the message about an ended process

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
        """Total units of work. Raises InputError if the folder holds no job of this kind."""
        raise NotImplementedError

    @property
    def is_complete(self) -> bool:
        """Whether all results are stored."""
        raise NotImplementedError

    # Files

    def path(self, name: str) -> str:
        """Path of a file in the folder, as the file system names it."""
        return f"{self._path.rstrip('/')}/{name}"

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Store one complete file. Raises InputError if the folder has been removed."""
        if not self.is_local:
            self.files.pipe_file(self.path(name), bytes(content))
            return
        if not os.path.isdir(self._path):
            raise InputError(
                f"The folder {self.place!r} of this {self.kind} has been removed; start it again."
            )
        with atomic_write(Path(self.path(name))) as temporary:
            temporary.write_bytes(content)

    def write_spec(self, record: dict[str, Any]) -> None:
        """Create the folder and write the settings; replaces earlier ones, whose paths may have changed."""
        self.files.makedirs(self._path, exist_ok=True)
        self.write(SPEC, json.dumps({"kind": self.kind, **record}, indent=2).encode())

    def read_spec(self) -> dict[str, Any]:
        """What `write_spec` stored. Raises InputError if it is missing, damaged or of another kind."""
        try:
            record = json.loads(self.files.cat_file(self.path(SPEC)))
        except (OSError, ValueError) as error:
            raise InputError(
                f"{self.place!r} is not the folder of a {self.kind}; give one with {SPEC}."
            ) from error
        if not isinstance(record, dict) or record.pop("kind", None) != self.kind:
            raise InputError(f"{self.place!r} holds another {SPEC}, or a damaged one; remove it.")
        return record

    # Progress

    def write_state(self, state: JobState, process: psutil.Process | None = None) -> None:
        """Store the progress, and the process (this one by default) that runs the job."""
        process = process or psutil.Process()
        # Later calls compare the start time, as process ids are reused.
        record = asdict(state) | {"pid": process.pid, "process_started": process.create_time()}
        self.write(PROGRESS, json.dumps(record).encode())

    def state(self) -> JobState:
        """The progress; "interrupted" if the process ended without writing a final state."""
        total, (progress, _) = self.total(), self._progress()
        is_over = progress is None or progress.status in ("done", "interrupted", "cancelled")
        if is_over and self.is_complete:
            return progress if progress and progress.status == "done" else JobState("done", total, total)
        if progress is None or progress.status == "done":  # the results have been removed
            return JobState("new", 0, total)
        return progress

    def progress(self) -> JobState | None:
        """The content of the progress file, for any kind of job; None if it is missing or damaged."""
        return self._progress()[0]

    def process_id(self) -> int | None:
        """The process that runs the job or waits with it; None if there is none."""
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
        """The likely cause of an end without a message: a full disk has no room for one."""
        if self.is_local and shutil.disk_usage(self._path).free < _MIN_FREE_BYTES:
            return f"The {self.kind} ended because its disk is full; free some space{self.resume_hint}."
        return f"The {self.kind}'s process ended before it was done, perhaps killed{self.resume_hint}."

    # Cancelling

    def request_cancel(self) -> None:
        """Leave the mark that requests the job's end."""
        self.write(_CANCELLED, b"")

    def withdraw_cancel(self) -> None:
        """Remove the mark."""
        with contextlib.suppress(FileNotFoundError):
            self.files.rm(self.path(_CANCELLED))

    def is_cancel_requested(self) -> bool:
        """Whether the mark exists."""
        self.files.invalidate_cache()
        return bool(self.files.exists(self.path(_CANCELLED)))

    def requesters(self) -> list[str]:
        """Tokens of all requesters since the job was started."""
        try:
            return list(map(str, json.loads(self.files.cat_file(self.path(_REQUESTERS)))))
        except (OSError, ValueError, TypeError):
            return []

    def write_requesters(self, tokens: list[str]) -> None:
        """Store the tokens of the requesters."""
        self.write(_REQUESTERS, json.dumps(tokens).encode())


def is_url(place: str) -> bool:
    """Whether it is a URL such as "s3://bucket/folder"."""
    return "://" in place


def default_root() -> Path:
    """The folder of all jobs: `LTP_VIZ_RUNS`, or one in the user's cache folder."""
    if named := settings.RUNS.read():
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "ltp-viz" / "runs"
