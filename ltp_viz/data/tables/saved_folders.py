"""Data sets of Hugging Face in a folder: saved with `save_to_disk`, or in Parquet shards as on the hub."""

import json
import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.source import SourceTable, import_table

_SHARD = re.compile(r"(.+)-\d+-of-\d+\.parquet")


def saved_parts(folder: Path) -> list[str]:
    """The parts that such a folder holds, sorted; [] where it is none."""
    parts = {match[1] for path in _files(folder) if (match := _SHARD.fullmatch(path.name))}
    return sorted(parts | set(_on_disk(folder)))


def import_saved_part(folder: Path, split: str, target: Path, name: str) -> SourceTable | None:
    """One part of such a folder as a table at `target`; None where the folder has no such part.

    Raises InputError where it cannot be read.
    """
    own = _on_disk(folder).get(split)
    shards = sorted(path for path in _files(folder) if _is_shard(path, split))
    if own is None and not shards:
        return None
    with tempfile.TemporaryDirectory(prefix="ltp-viz-") as scratch:
        whole = Path(scratch) / "part.parquet"
        try:
            if own is not None:
                import datasets  # late: it takes seconds

                datasets.disable_progress_bars()
                datasets.load_from_disk(str(own)).to_parquet(str(whole))
            else:
                _join(shards, whole)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            reason = str(error).strip().split("\n")[0]
            raise InputError(f"{name} cannot be read as a saved data set: {reason}.") from error
        return import_table(whole, target, name=name)


def _on_disk(folder: Path) -> dict[str, Path]:
    """The folders of the parts that `save_to_disk` wrote; a data set of one part alone answers to any usual
    name."""
    if (folder / "dataset_dict.json").is_file():
        try:
            names = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
            return {str(name): folder / str(name) for name in names}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder}/dataset_dict.json is damaged; save the data set again.") from error
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():
        return {_own_split(folder): folder}
    return {}


def _own_split(folder: Path) -> str:
    try:
        return str(json.loads((folder / "state.json").read_text(encoding="utf-8"))["_split"] or "train")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder}/state.json is damaged; save the data set again.") from error


def _files(folder: Path) -> list[Path]:
    return [path for place in (folder, folder / "data") if place.is_dir() for path in place.iterdir()]


def _is_shard(path: Path, split: str) -> bool:
    match = _SHARD.fullmatch(path.name)
    return match is not None and match[1] == split


def _join(shards: list[Path], target: Path) -> None:
    """The row groups of several Parquet files, one after the other, in one."""
    schema = pq.read_schema(shards[0])
    with pq.ParquetWriter(target, schema) as writer:
        for shard in shards:
            with pq.ParquetFile(shard) as file:
                for batch in file.iter_batches(use_threads=False):
                    writer.write_batch(batch.cast(schema))
