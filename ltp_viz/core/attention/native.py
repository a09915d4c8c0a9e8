"""The C kernel beside this file: compiled once per machine, called through ctypes.

`torch_paths.py` asks `is_usable` and otherwise computes the same with torch. Needs a C compiler with OpenMP
(gcc or clang, `CC` names another); the result is kept in the user's cache folder if that may be written to.
`LTP_VIZ_NATIVE=0` (see `settings.py`) switches the kernel off.
"""

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ltp_viz import settings

logger = logging.getLogger(__name__)

_SOURCE = Path(__file__).with_suffix(".c")
_FLAGS = ("-O3", "-fopenmp", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math")
_COMPILE_S = 60


def is_usable(query_key_value: Tensor) -> bool:
    """Whether the kernel can compute attention over this tensor here: on the CPU, without gradients."""
    return (
        query_key_value.device.type == "cpu"
        and query_key_value.dtype in (torch.float32, torch.bfloat16)
        and not torch.is_grad_enabled()
        and load_kernel() is not None
    )


def native_attention(
    query_key_value: Tensor, lengths: tuple[int, ...], with_sums: bool, rows: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """As `attention.packed_attention` without dropout. Raises MemoryError where scratch space is refused."""
    _, _, heads, width = query_key_value.shape
    total, dtype = sum(lengths), query_key_value.dtype
    projected, rows = query_key_value.contiguous(), None if rows is None else rows.contiguous()
    starts = (ctypes.c_int64 * (len(lengths) + 1))(0, *accumulate(lengths))
    output = torch.empty(total, heads * width, dtype=dtype)
    sums = torch.empty(total, dtype=torch.float32) if with_sums else None
    kernel = load_kernel()
    assert kernel is not None
    failed = kernel(
        projected.data_ptr(),
        None if rows is None else rows.data_ptr(),
        starts,
        len(lengths),
        heads,
        width,
        dtype == torch.bfloat16,
        output.data_ptr(),
        None if sums is None else sums.data_ptr(),
        torch.get_num_threads(),
    )
    if failed:
        raise MemoryError(f"No memory for attention over {total} tokens; use a smaller batch.")
    return output, sums


@lru_cache(maxsize=1)
def load_kernel() -> Any:
    """The compiled function, or None where it is switched off or cannot be built."""
    if settings.NATIVE.read() == "0":
        return None
    try:
        with tempfile.TemporaryDirectory() as scratch:
            function: Any = ctypes.CDLL(str(_library(Path(scratch)))).ltp_attention
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:  # RuntimeError: no home folder
        logger.info("attention runs on torch alone: %s", error)
        return None
    pointer, count, flag = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int
    function.argtypes = [pointer, pointer, pointer, count, count, count, flag, pointer, pointer, flag]
    function.restype = flag
    return function


def _library(scratch: Path) -> Path:
    """Path of the shared library for this processor and this source, compiled where it is not there yet."""
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC", ""), "cc", "gcc", "clang"))), None)
    if compiler is None:
        raise OSError("no C compiler found")
    native = "-march=native" if platform.machine() in ("x86_64", "AMD64") else "-mcpu=native"
    command = [compiler, *_FLAGS, native, str(_SOURCE), "-lm"]
    identity = " ".join([*command, _processor()]).encode() + _SOURCE.read_bytes()
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ltp_viz"
    library = folder / f"attention-{hashlib.sha256(identity).hexdigest()[:16]}.so"
    if library.exists():
        return library
    compiled = scratch / library.name
    subprocess.run([*command, "-o", str(compiled)], check=True, capture_output=True, timeout=_COMPILE_S)
    try:
        _keep(compiled, library)
    except OSError as error:  # nobody may write there: good for this process alone
        logger.info("the compiled attention is not kept: %s", error)
        return compiled
    return library


def _keep(compiled: Path, library: Path) -> None:
    """Store it whole or not at all: this process may be killed, and another one may do the same."""
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as aside:
        part = Path(shutil.copy(compiled, aside))
        with part.open("rb") as copy:
            os.fsync(copy.fileno())
        part.replace(library)


def _processor() -> str:
    """What tells processors apart for which -march=native differs."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        return next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return platform.processor()
