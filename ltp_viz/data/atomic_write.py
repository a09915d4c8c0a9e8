"""Files and folders that are there whole or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """A path to write to, which becomes `target` once all is on the disk and vanishes on any error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield aside
        _to_disk(aside)
        os.replace(aside, target)
        _to_disk(target.parent)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def folder_written_aside(target: Path) -> Iterator[Path]:
    """A new folder to fill, which becomes `target`, not there yet, once all is on the disk.

    What a killed process has left of an earlier try is removed first.
    """
    aside = target.with_name(f"{target.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        readable = aside.stat().st_mode & 0o666  # as new files are: safetensors lets nobody else read its own
        for path in (*aside.rglob("*"), aside):
            if path.is_file():
                path.chmod(readable)
            _to_disk(path)
        aside.rename(target)
        _to_disk(target.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, would survive a power cut."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
