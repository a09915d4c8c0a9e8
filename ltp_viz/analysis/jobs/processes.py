"""Processes that outlive the app: started here, and identified by id and start time, as ids are reused."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from ltp_viz.resources import IMPORT_ROOT


def start_module(
    module: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Run `python -m module` detached from this process and its terminal; its output is appended to `log`.

    It can import this package from any working folder. `environment` is added to this process's own.
    """
    path = filter(None, (str(IMPORT_ROOT), os.environ.get("PYTHONPATH")))
    with log.open("ab") as printed:
        return subprocess.Popen(  # noqa: S603 - no shell, and the module is one of this package
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), **(environment or {})},
        )


def find_process(pid: int, started: float) -> psutil.Process | None:
    """The running process with this id that began at `started` (seconds since 1970), or None."""
    try:
        process = psutil.Process(pid)
        is_it = abs(process.create_time() - started) < 1
        return process if is_it and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
