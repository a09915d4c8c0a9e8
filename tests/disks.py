"""Separate disks for tests, mounted and filled."""

import subprocess
from pathlib import Path

import pytest


def mounted(options: str, *rest: str) -> None:
    """Mount, or skip the test where that is not allowed."""
    if subprocess.run(["mount", "-o", options, *rest], check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")


def fill(disk: Path, but: int = 0) -> None:
    """Fill a disk up to this many free bytes."""
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            file.truncate(file.tell() - but)


def make_room(disk: Path) -> None:
    """Remove what `fill` wrote."""
    (disk / "filler").unlink()
