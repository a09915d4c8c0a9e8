"""What is kept of a run over a data set: its settings, finished parts, how far it is, and the results.

    run.json                   the settings, `RunSpec`
    parts/part-000000.parquet  results of one block of rows; there only when whole
    results.parquet            all parts in order, once every block is there
    progress.json              how far it is, `RunState`
    log.txt                    what a run in the background printed
    cancelled                  a mark: whoever works on the run is asked to stop

A folder is a path or any URL that fsspec knows, so that workers on several machines can fill one. Every file
appears whole or not at all: written aside and renamed here, sent in one piece elsewhere.
"""

import contextlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import fsspec
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from ltp_viz import settings
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.jobs.processes import find_process
from ltp_viz.data.atomic_write import written_aside
from ltp_viz.data.errors import InputError

SETTINGS, PROGRESS, RESULTS, PARTS = "run.json", "progress.json", "results.parquet", "parts"
CANCELLED = "cancelled"
SOURCES = "sources"  # a folder beside those of runs: the tables that they read, named by their content
# Begun parts and results; other small files may be in the hands of a living process.
_LEFTOVER = re.compile(rf"/({PARTS}/\.part-[^/]*|\.{RESULTS}[^/]*)\.tmp$")
# Rows are joined into groups of about so much memory: large enough to read fast, small enough to hold.
_GROUP_BYTES = 64 * 2**20
_LITTLE_BYTES = 64 * 2**10  # of room on a disk, too little to go on with

Status = Literal["new", "waiting", "running", "done", "stopped", "interrupted", "failed"]


@dataclass(frozen=True)
class RunState:
    """How far a run is. Rows are those of the source; times are None while nothing is known of them."""

    status: Status
    rows_done: int = 0
    rows_total: int = 0
    rows_per_second: float | None = None
    seconds_left: float | None = None
    sentence: str | None = None  # what went wrong, or what it waits for
    asked: float | None = None  # since when it stands in the line of runs, seconds since 1970

    @property
    def is_active(self) -> bool:
        """Whether a process works on it or waits for its turn."""
        return self.status in ("waiting", "running")


class RunFolder:
    """The files of one run, at a path or a URL. Raises InputError where no file system knows the URL."""

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

    def path(self, name: str) -> str:
        """Of a file in the folder, as the file system names it."""
        return f"{self._path.rstrip('/')}/{name}"

    # Settings

    def create(self, spec: RunSpec) -> None:
        """Write the settings, also over those of an earlier start, whose paths may have changed."""
        self.files.makedirs(self._path, exist_ok=True)
        self.write(SETTINGS, json.dumps(spec.to_dict(), indent=2).encode())

    def spec(self) -> RunSpec:
        """The settings. Raises InputError where there are none, or damaged ones."""
        try:
            record = json.loads(self.files.cat_file(self.path(SETTINGS)))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.place!r} is no run's folder; give one that holds {SETTINGS}.") from error
        if not isinstance(record, dict):
            raise InputError(f"{self.place!r} holds a damaged {SETTINGS}; remove the folder and run again.")
        return RunSpec.from_dict(record)

    # Parts and results

    def open_for_parts(self) -> tuple[int, ...]:
        """Sweep away what a killed process had begun to write, and say which parts are there, in order."""
        self.files.invalidate_cache()
        names = [str(name) for name in self.files.find(self._path)]
        for name in filter(_LEFTOVER.search, names):
            self.files.rm(name)
        found = (re.search(rf"/{PARTS}/part-(\d+)\.parquet$", name) for name in names)
        return tuple(sorted(int(match[1]) for match in found if match))

    def part_name(self, block: int) -> str:
        """Of the file in the folder."""
        return f"{PARTS}/part-{block:06d}.parquet"

    def write_part(self, block: int, table: pa.Table) -> None:
        """Store a block's results; a second time gives the same file."""
        file = io.BytesIO()
        pq.write_table(table, file, compression="zstd")
        self.write(self.part_name(block), file.getbuffer())

    @property
    def is_whole(self) -> bool:
        """Whether all rows are in `results.parquet`."""
        return bool(self.files.exists(self.path(RESULTS)))

    def join_parts(self, blocks: Iterable[int]) -> None:
        """Join the parts, in this order, into `results.parquet`, then remove them. Holds one row group."""
        if self.is_local:
            with written_aside(Path(self.path(RESULTS))) as aside:
                self._join_into(aside, blocks)
        else:  # not into the store itself, where an upload that breaks off may leave what has come so far
            with tempfile.TemporaryDirectory() as scratch:
                joined = Path(scratch) / RESULTS
                self._join_into(joined, blocks)
                self.files.put_file(str(joined), self.path(RESULTS))
        self.drop_parts()

    def _join_into(self, file: Path, blocks: Iterable[int]) -> None:
        writer, held, held_bytes = None, [], 0
        for block in blocks:
            held.append(self._read_part(block))
            held_bytes += held[-1].nbytes
            writer = writer or pq.ParquetWriter(file, held[0].schema, compression="zstd")
            if held_bytes >= _GROUP_BYTES:
                _write_group(writer, held)
                held, held_bytes = [], 0
        assert writer is not None, "a source has at least one row"
        if held:
            _write_group(writer, held)
        writer.close()

    def _read_part(self, block: int) -> pa.Table:
        path = self.path(self.part_name(block))
        try:
            with self.files.open(path, "rb") as part:
                return pq.read_table(part)
        except pa.ArrowException as error:
            raise InputError(f"The part {path!r} is damaged; remove it, and resume the run.") from error

    def drop_parts(self) -> None:
        """Remove parts that are in the results."""
        if self.files.exists(self.path(PARTS)):
            self.files.rm(self.path(PARTS), recursive=True)

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Store one file whole. Raises InputError where somebody has removed the folder."""
        if not self.is_local:
            self.files.pipe_file(self.path(name), bytes(content))
            return
        if not os.path.isdir(self._path):
            raise InputError(f"The run's folder {self.place!r} is gone; start the run anew.")
        with written_aside(Path(self.path(name))) as aside:
            aside.write_bytes(content)

    # Progress

    def write_state(self, state: RunState, process: psutil.Process | None = None) -> None:
        """Store how far it is, and which process (this one unless said otherwise) is at it."""
        process = process or psutil.Process()
        # Later calls compare the process's start with this one, as numbers of processes are given out again.
        record = asdict(state) | {"pid": process.pid, "process_started": process.create_time()}
        self.write(PROGRESS, json.dumps(record).encode())

    def state(self) -> RunState:
        """How far it is; "interrupted" where its process is gone without having said how it ended."""
        return self._read_state()[0]

    def process_id(self) -> int | None:
        """The process that works on the run or waits with it; None where there is none."""
        state, pid = self._read_state()
        return pid if state.is_active else None

    def _read_state(self) -> tuple[RunState, int]:
        total = self.spec().rows
        try:
            record = json.loads(self.files.cat_file(self.path(PROGRESS)))
            pid, started = int(record.pop("pid")), float(record.pop("process_started"))
            state = RunState(**record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return (RunState("done", total, total) if self.is_whole else RunState("new", 0, total)), 0
        if state.status == "done" and not self.is_whole:  # somebody has removed them
            return RunState("new", 0, total), pid
        if state.is_active and find_process(pid, started) is None:
            return RunState("interrupted", state.rows_done, state.rows_total, sentence=self._why_ended()), pid
        return state, pid

    def _why_ended(self) -> str:
        """What is known of a process that is gone without a word: on a full disk there is no room for one."""
        if self.is_local and shutil.disk_usage(self._path).free < _LITTLE_BYTES:
            return "The run ended as its disk is full; make room and resume it to go on."
        return "The run's process ended before it was done, perhaps killed; resume it to go on."

    def ask_to_stop(self) -> None:
        """Leave a mark at which the run stops after its batch."""
        self.write(CANCELLED, b"")

    def take_back_stop(self) -> None:
        """Remove the mark."""
        with contextlib.suppress(FileNotFoundError):
            self.files.rm(self.path(CANCELLED))

    def is_asked_to_stop(self) -> bool:
        """Whether the mark is there."""
        self.files.invalidate_cache()
        return bool(self.files.exists(self.path(CANCELLED)))


def is_url(place: str) -> bool:
    """Whether it names a file system, as "s3://bucket/folder" does."""
    return "://" in place


def _write_group(writer: pq.ParquetWriter, tables: list[pa.Table]) -> None:
    table = pa.concat_tables(tables)
    writer.write_table(table, row_group_size=max(1, len(table)))


def default_root() -> Path:
    """Where runs are kept: the folder that `settings.RUNS` names, or the user's cache folder."""
    if named := settings.RUNS.read():
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "ltp-viz" / "runs"
