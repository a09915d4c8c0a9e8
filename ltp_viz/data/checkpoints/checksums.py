"""Checksums of a model's files, as `sha256sum --check` reads them; verified whenever the model is loaded."""

import hashlib
import re
from pathlib import Path

from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\\\0]+)")


def write_checksums(folder: Path) -> None:
    """Of every file but the model card, which is written and mended after the model."""
    files = sorted(file for file in folder.iterdir() if file.name not in (SUMS, "README.md"))
    with atomic_write(folder / SUMS) as aside:
        aside.write_text("".join(f"{_sum(file)}  {file.name}\n" for file in files))


def verify_checksums(folder: Path) -> None:
    """Where the folder has checksums, compare them. Raises InputError at the first file that differs."""
    sums = folder / SUMS
    if not sums.is_file():
        return
    for line in sums.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = _LINE.fullmatch(line)
        if entry is None:
            raise InputError(f"{str(sums)!r} has a line that is no checksum, {line[:80]!r}; copy it again.")
        file = folder / entry[2]
        if not file.is_file() or _sum(file) != entry[1]:
            raise InputError(
                f"{str(file)!r} is missing or not what {SUMS} beside it promises; copy the model again, or "
                f"remove {SUMS} if you have changed the model yourself."
            )


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
