"""Processes found again by number and start: numbers of processes are given out again."""

import psutil


def find_process(pid: int, started: float) -> psutil.Process | None:
    """The very process that began at `started` (seconds since 1970), while it lives."""
    try:
        process = psutil.Process(pid)
        is_it = abs(process.create_time() - started) < 1
        return process if is_it and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
