"""The machine that times are measured on: processor, threads, attention kernel, and best matrix product."""

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import torch

from ltp_viz.analysis.timing import alternate
from ltp_viz.core.attention import native

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_SAMPLE_S = 0.5  # seconds over which other load is measured
_SIZES = (512, 1024, 2048)


@dataclass(frozen=True)
class Machine:
    """The machine of a measurement. `matmul_gflops` holds the rate of the best square product per dtype."""

    processor: str
    threads: int
    torch: str
    attention: str  # "native" if the C kernel runs, otherwise "torch"
    matmul_gflops: dict[str, float]
    cores: int
    system: str
    busy_share: float  # of all cores, used by other processes in the half second before


def machine_facts(dtypes: Sequence[str]) -> Machine:
    """Name, threads and matrix-product peak of this machine; takes about 2 seconds per dtype."""
    busy = psutil.cpu_percent(interval=_SAMPLE_S) / 100  # first, while this process is idle
    return Machine(
        processor=_processor_name(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        attention="torch" if native.load_kernel() is None else "native",
        matmul_gflops={name: round(matmul_gflops(DTYPES[name]), 1) for name in dtypes},
        cores=os.cpu_count() or 1,
        system=platform.system(),
        busy_share=round(busy, 3),
    )


def other_load(sample_s: float = 0.1) -> float:
    """Share of all cores, 0 to 1, that other processes use during a sample in which this one sleeps."""
    own = psutil.Process()
    before, own_before, started = psutil.cpu_times(), own.cpu_times(), time.perf_counter()
    time.sleep(sample_s)
    after, own_after = psutil.cpu_times(), own.cpu_times()
    available = (time.perf_counter() - started) * (os.cpu_count() or 1)
    idle: float = after.idle - before.idle + getattr(after, "iowait", 0.0) - getattr(before, "iowait", 0.0)
    own_s: float = own_after.user + own_after.system - own_before.user - own_before.system
    return min(1.0, max(0.0, (available - idle - own_s) / available))


def matmul_gflops(dtype: torch.dtype, sizes: Sequence[int] = _SIZES, budget_s: float = 0.5) -> float:
    """Best rate of a square matrix product, in GFLOP/s, after about `budget_s` for each size."""
    best = 0.0
    with torch.inference_mode():
        for size in sizes:
            square = torch.randn(size, size, dtype=dtype)
            product = partial(torch.mm, square, square)
            seconds = alternate({"product": product}, budget_s)["product"]
            best = max(best, 2 * size**3 / statistics.median(seconds) / 1e9)
    return best


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine() or f"{os.cpu_count()} cores"
