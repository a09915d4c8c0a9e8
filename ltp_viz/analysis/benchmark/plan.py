"""What a benchmark measures: checked settings, the estimated time, and the equivalent command."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from ltp_viz.analysis.machine import DTYPES, matmul_gflops
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.flops import dense_macs
from ltp_viz.data.checkpoints.model_files import shareable_name
from ltp_viz.data.errors import InputError

LENGTHS = (8, 16, 32, 64, 128, 256, 512)
BATCH_SIZES = (1, 4, 8, 16, 32)
BUDGETS_S = (0.5, 1.0, 2.0, 4.0)
MAX_SCALE = 3.0
MAX_TOTAL_SECONDS = 1800  # a benchmark starts no cell after this time
_START_S = 12.0  # Python, libraries, model
_PEAK_S = 2.0  # per dtype: the machine's best matrix product
# Rough values: the share of the peak that a whole forward reaches, and the fixed cost of a batch.
_SHARE, _CALL_S = 0.6, 0.006


@dataclass(frozen=True)
class BenchmarkPlan:
    """All settings of a benchmark. `model`: folder or hub name. Raises InputError if a value is out of
    range."""

    model: str
    lengths: tuple[int, ...]
    batch_sizes: tuple[int, ...]
    dtypes: tuple[str, ...] = ("float32",)
    scale: float = 1.0
    budget_s: float = 1.0  # per cell, about

    def __post_init__(self) -> None:
        _check("lengths", self.lengths, LENGTHS)
        _check("batch sizes", self.batch_sizes, BATCH_SIZES)
        _check("number formats", self.dtypes, tuple(DTYPES))
        if not 0 < self.scale <= MAX_SCALE:
            raise InputError(f"The scale is {self.scale:g}; give one above 0 and up to {MAX_SCALE:g}.")
        if not 0 < self.budget_s <= BUDGETS_S[-1]:
            raise InputError(f"The time per cell is {self.budget_s:g} s; give at most {BUDGETS_S[-1]:g} s.")

    @property
    def cells(self) -> int:
        """Combinations of length, batch size and dtype."""
        return len(self.lengths) * len(self.batch_sizes) * len(self.dtypes)

    def arguments(self) -> list[str]:
        """The arguments of `ltp-viz bench` for this plan, without an output file."""
        return [
            *("--model", self.model),
            *("--lengths", *map(str, self.lengths)),
            *("--batch-size", *map(str, self.batch_sizes)),
            *("--dtype", *self.dtypes),
            *("--scale", f"{self.scale:g}"),
            *("--seconds", f"{self.budget_s:g}"),
            "--cells-only",
        ]

    def command(self) -> str:
        """The command line that repeats the benchmark; a bundled model appears by name."""
        words = replace(self, model=shareable_name(self.model)).arguments()
        return shlex.join(["ltp-viz", "bench", *words, "--output", "bench.json"])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "BenchmarkPlan":
        """Inverse of `to_dict`. Raises InputError for anything else."""
        try:
            values: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
            }
            return cls(**values)
        except (AttributeError, TypeError) as error:
            raise InputError(f"The settings of a benchmark are damaged ({error}).") from error


def texts_per_cell(batch_size: int) -> int:
    """Texts of a cell. Several even at batch size 1, as a single text may not be typical."""
    return max(batch_size, 4)


def lengths_for(config: LTPConfig) -> tuple[int, ...]:
    """Those of `LENGTHS` that the model can read."""
    return tuple(length for length in LENGTHS if length <= config.max_text_tokens) or LENGTHS[:1]


@cache
def estimated_gflops() -> float:
    """This machine's fp32 rate from small products, measured for a quarter of a second, once per process.

    The best of several measurements: the first ones start the threads and are ten times slower, and other
    work may disturb some.
    """
    return max(matmul_gflops(DTYPES["float32"], (512,), 0.04) for _ in range(6))


def estimated_seconds(plan: BenchmarkPlan, config: LTPConfig, gflops: float) -> tuple[float, ...]:
    """Expected seconds of a plan at `gflops` GFLOP/s: the start-up, then each cell in order.

    Assumes that bf16 is as fast as fp32, so the estimate may be too long.
    """
    seconds = [_START_S + _PEAK_S * len(plan.dtypes)]
    for _ in plan.dtypes:
        for batch_size in plan.batch_sizes:
            texts = texts_per_cell(batch_size)
            for length in plan.lengths:
                forward = 2 * dense_macs(length, config) / (_SHARE * gflops * 1e9)
                # Dense, packed, and pruned at about half the cost of either.
                one_round = 2.5 * texts * forward + 3 * _CALL_S * texts / batch_size
                # The first round is outside the budget, and at least six more always run.
                seconds.append(one_round + max(plan.budget_s, 6 * one_round))
    return tuple(seconds)


def _check(what: str, values: Sequence[object], allowed: Sequence[object]) -> None:
    if not values:
        raise InputError(f"No {what} are given; choose from {', '.join(map(str, allowed))}.")
    if wrong := [value for value in values if value not in allowed]:
        raise InputError(
            f"The {what} include {', '.join(map(str, wrong))}; choose from {', '.join(map(str, allowed))}."
        )
