"""Compile, cache and load the C kernel beside this file.

The compiled library is kept in the user's cache folder under a name that holds a hash of how it was compiled
and one of its content. It runs in this process, so it is loaded only where nobody but the user can have
written it, and only where its content is whole; otherwise it is compiled again, once.
"""

import ctypes
import hashlib
import logging
import os
import platform
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

SYMBOL = "ltp_attention"
_SOURCE = Path(__file__).with_name("native.c")
_FLAGS = ("-O3", "-fopenmp", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math")
_COMPILE_S = 60
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class KernelError(Exception):
    """Why the C kernel cannot run here."""


def load_function() -> Any:
    """The kernel's function, from the cache or compiled. Raises KernelError where neither works."""
    commands = list(_commands())
    if not commands:
        raise KernelError("no C compiler found: neither CC nor cc, gcc, clang")
    folder = cache_folder()
    identity = hashlib.sha256(f"{commands} {_processor()}".encode() + _SOURCE.read_bytes()).hexdigest()[:16]
    if (cached := _from_cache(folder, identity)) is not None:
        return cached
    with tempfile.TemporaryDirectory() as scratch:
        compiled = _compile(commands, Path(scratch))
        try:
            library = _keep(compiled, folder, identity)
        except OSError as error:
            logger.info("the compiled attention serves this process alone: %s", error)
            library = compiled
        try:
            return getattr(ctypes.CDLL(str(library)), SYMBOL)
        except (AttributeError, OSError) as error:
            raise KernelError(f"the compiled library cannot be loaded: {error}") from error


def cache_folder() -> Path:
    """Where compiled libraries are kept. Raises KernelError for a user without a home folder."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ltp_viz" / "native"
    except RuntimeError as error:
        raise KernelError(f"no cache folder: {error}") from error


def _commands() -> Iterator[list[str]]:
    """Ways to compile, best first: each compiler for this very processor, then for any of its kind.

    `CC` may be a command with arguments, such as `ccache gcc`.
    """
    try:
        chosen = shlex.split(os.environ.get("CC", ""))
    except ValueError as error:
        logger.info("CC is not a command line: %s", error)
        chosen = []
    native = "-march=native" if platform.machine() in ("x86_64", "AMD64") else "-mcpu=native"
    for compiler in (chosen, ["cc"], ["gcc"], ["clang"]):
        found = shutil.which(compiler[0]) if compiler else None
        if found is not None:
            command = [found, *compiler[1:], *_FLAGS]
            yield [*command, native]
            yield command


def _compile(commands: list[list[str]], scratch: Path) -> Path:
    """The library from the first command that works, in `scratch`."""
    compiled = scratch / "attention.so"
    failures: dict[str, str] = {}
    for command in commands:
        try:
            subprocess.run(  # noqa: S603 - no shell, and the commands are those of `_commands`
                [*command, str(_SOURCE), "-lm", "-o", str(compiled)],
                check=True,
                capture_output=True,
                timeout=_COMPILE_S,
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
            failures[command[0]] = said[0] if said else str(error)
        else:
            return compiled
    raise KernelError("; ".join(f"{compiler} failed: {reason}" for compiler, reason in failures.items()))


def _from_cache(folder: Path, identity: str) -> Any | None:
    """The function of a library that this user compiled before, or None. Damaged ones are removed."""
    for library in sorted(folder.glob(f"attention-{identity}-*.so")):
        if not (_is_ours_alone(folder) and _is_ours_alone(library)):
            logger.info("%s is not loaded: others may have written it", library)
            continue
        try:
            if _content_hash(library) not in library.stem:
                raise OSError("it is damaged")
            return getattr(ctypes.CDLL(str(library)), SYMBOL)
        except (AttributeError, OSError) as error:
            logger.info("%s is compiled again: %s", library, error)
            library.unlink(missing_ok=True)
    return None


def _keep(compiled: Path, folder: Path, identity: str) -> Path:
    """Store a library whole or not at all: this process may be killed, and another may do the same.

    Raises OSError where the folder cannot be written, or can be written by others.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours_alone(folder):
        raise PermissionError(f"{folder} belongs to another user or may be written by others")
    library = folder / f"attention-{identity}-{_content_hash(compiled)}.so"
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        part = Path(shutil.copy(compiled, aside))
        part.chmod(0o700)
        with part.open("rb") as copy:
            os.fsync(copy.fileno())
        part.replace(library)
    return library


def _is_ours_alone(path: Path) -> bool:
    """Whether a file or folder, itself and not by a link, belongs to this user, who alone may write to it."""
    found = path.lstat()
    if not hasattr(os, "getuid"):  # Windows: permissions are not in these bits
        return True
    return (
        not stat.S_ISLNK(found.st_mode)
        and found.st_uid == os.getuid()
        and not found.st_mode & _WRITABLE_BY_OTHERS
    )


def _content_hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:32]


def _processor() -> str:
    """What distinguishes processors for which -march=native differs."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        return next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return platform.processor()
