"""Attention and column sums by the C kernel beside this file, for inference on a processor.

Computes `reference.py` faster and is tested against it. Needs a C compiler with OpenMP (gcc or clang, `CC`
names another): `library.py` compiles it once per machine. Where it is not usable, torch computes the same,
and `status` says why. `LTP_VIZ_NATIVE=0` (see `settings.py`) switches it off.
"""

import ctypes
import logging
from functools import lru_cache
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from ltp_viz import settings
from ltp_viz.core.attention.library import KernelError, load_function

logger = logging.getLogger(__name__)

_why_not = ""  # set by `load_kernel`


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
    """As `dispatch.packed_attention` without dropout. Raises MemoryError where scratch space is refused."""
    _, _, heads, width = query_key_value.shape
    total, dtype = sum(lengths), query_key_value.dtype
    projected, rows = query_key_value.contiguous(), None if rows is None else rows.contiguous()
    starts = (ctypes.c_int64 * (len(lengths) + 1))(0, *accumulate(lengths))
    output = torch.empty(total, heads * width, dtype=dtype)
    sums = torch.empty(total, dtype=torch.float32) if with_sums else None
    kernel = load_kernel()
    if kernel is None:
        raise RuntimeError("The C kernel is not available; call `native.status` for the reason.")
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
    global _why_not
    _why_not = ""
    if settings.NATIVE.read() == "0":
        _why_not = f"{settings.NATIVE.name}=0 switches it off"
        return None
    try:
        function = load_function()
    except (KernelError, OSError) as error:
        _why_not = str(error)
        logger.info("attention runs on torch alone: %s", error)
        return None
    pointer, count, flag = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int
    function.argtypes = [pointer, pointer, pointer, count, count, count, flag, pointer, pointer, flag]
    function.restype = flag
    return function


def status() -> str:
    """Whether inference on a processor uses the C kernel, and why not: one line for people."""
    if load_kernel() is not None:
        return "native C kernel"
    return f"torch; the C kernel is not used: {_why_not}"
