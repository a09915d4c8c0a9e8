"""Processes that outlive the app: begun, and found again by number and start, as numbers are reused."""

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
    """Run `python -m module` apart from this process and its terminal; what it prints is added to `log`.

    It finds this package wherever the app was started. `environment` is set beside this process's own.
    """
    path = filter(None, (str(IMPORT_ROOT), os.environ.get("PYTHONPATH")))
    with log.open("ab") as printed:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), **(environment or {})},
        )


def find_process(pid: int, started: float) -> psutil.Process | None:
    """The very process that began at `started` (seconds since 1970), while it lives."""
    try:
        process = psutil.Process(pid)
        is_it = abs(process.create_time() - started) < 1
        return process if is_it and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
