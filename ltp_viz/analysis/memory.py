"""Limits on the memory that libraries retain in long-running processes."""

import ctypes
import os
import sys
from typing import Any

# Option numbers of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def keep_flat_over_batches() -> None:
    """Call once before a run over data. By default glibc puts large allocations into a heap that small ones
    keep from shrinking."""
    _keep_few_kernels()
    if (set_option := _of_glibc("mallopt")) is not None:
        set_option(_MMAP_THRESHOLD, 4 * 2**20)
        set_option(_TRIM_THRESHOLD, 64 * 2**20)


def keep_flat_over_threads() -> None:
    """Call once before serving. Streamlit computes in ever new threads, and glibc gives each thread a pool
    that it hardly ever returns."""
    _keep_few_kernels()
    if (set_option := _of_glibc("mallopt")) is not None:
        set_option(_ARENA_MAX, 2)


def return_memory() -> None:
    """Return freed memory to the system."""
    if (trim := _of_glibc("malloc_trim")) is not None:
        trim(0)


def _keep_few_kernels() -> None:
    """Limit oneDNN's cache: by default it keeps compiled products for the last 1,024 sizes, and texts have
    many."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")


def _of_glibc(name: str) -> Any:
    """A function of the C library, or None."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
