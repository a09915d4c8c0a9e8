"""The store of a run over a data set: a job's folder with settings, finished parts and results.

spec.json                  the settings, `RunSpec`
parts/part-000000.parquet  results of one block of rows; exists only once complete
results.parquet            all parts in order, once every block is stored
"""

import io
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.jobs.store import JobStore
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError

RESULTS, PARTS = "results.parquet", "parts"
SOURCES = "sources"  # a folder beside the runs: their source tables, named by content
# Incomplete parts and results; a running process may be writing other small files.
_LEFTOVER = re.compile(rf"/({PARTS}/\.part-[^/]*|\.{RESULTS}[^/]*)\.tmp$")
# Memory of a row group when parts are joined: large enough to read fast, small enough to hold.
_GROUP_BYTES = 64 * 2**20


class RunStore(JobStore):
    """The files of one run; the units of its progress are rows of the source."""

    kind: ClassVar[str] = "run"
    cancelled_message: ClassVar[str] = "Stopped. Finished rows are kept; resume the run to continue."
    resume_hint: ClassVar[str] = "; resume it to continue"

    def create(self, spec: RunSpec) -> None:
        """Write the settings; replaces those of an earlier start, whose paths may have changed."""
        self.write_spec(spec.to_dict())

    def spec(self) -> RunSpec:
        """The settings. Raises InputError if they are missing or damaged."""
        return RunSpec.from_dict(self.read_spec())

    def total(self) -> int:
        """Rows of the source."""
        return self.spec().rows

    # Parts and results

    def open_for_parts(self) -> tuple[int, ...]:
        """Remove unfinished files of a killed process; returns the numbers of the stored parts, in order."""
        self.files.invalidate_cache()
        names = [str(name) for name in self.files.find(self._path)]
        for name in filter(_LEFTOVER.search, names):
            self.files.rm(name)
        found = (re.search(rf"/{PARTS}/part-(\d+)\.parquet$", name) for name in names)
        return tuple(sorted(int(match[1]) for match in found if match))

    def part_name(self, block: int) -> str:
        """File name of a block's part in the folder."""
        return f"{PARTS}/part-{block:06d}.parquet"

    def write_part(self, block: int, table: pa.Table) -> None:
        """Store a block's results; writing them again gives the same file."""
        file = io.BytesIO()
        pq.write_table(table, file, compression="zstd")
        self.write(self.part_name(block), file.getbuffer())

    @property
    def is_complete(self) -> bool:
        """Whether all rows are in `results.parquet`."""
        return bool(self.files.exists(self.path(RESULTS)))

    def join_parts(self, blocks: Iterable[int]) -> None:
        """Join the parts, in this order, into `results.parquet`, then remove them. Memory holds one row
        group."""
        if self.is_local:
            with atomic_write(Path(self.path(RESULTS))) as temporary:
                self._join_into(temporary, blocks)
        else:  # an interrupted direct upload might leave half a file
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
        if writer is None:
            raise ValueError("There are no parts to join; a source has at least one row.")
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
        """Remove the parts that the results contain."""
        if self.files.exists(self.path(PARTS)):
            self.files.rm(self.path(PARTS), recursive=True)


def _write_group(writer: pq.ParquetWriter, tables: list[pa.Table]) -> None:
    table = pa.concat_tables(tables)
    writer.write_table(table, row_group_size=max(1, len(table)))
