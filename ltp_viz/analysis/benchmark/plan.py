"""What a benchmark is to measure: within limits, with an estimate of its time and the command for it."""

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
MOST_SCALE = 3.0
LONGEST_S = 1800  # a benchmark stops before the cell that would begin later
_START_S = 12.0  # Python, libraries, model
_PEAK_S = 2.0  # per dtype: the machine's best matrix product
# Of the peak that a whole forward reaches, and what a batch costs whatever it holds: of the right order.
_SHARE, _CALL_S = 0.6, 0.006


@dataclass(frozen=True)
class BenchmarkPlan:
    """Everything that decides what is measured. `model`: folder or hub name. Raises InputError where it is
    out of bounds."""

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
        if not 0 < self.scale <= MOST_SCALE:
            raise InputError(f"The scale is {self.scale:g}; give one above 0 and up to {MOST_SCALE:g}.")
        if not 0 < self.budget_s <= BUDGETS_S[-1]:
            raise InputError(f"The time per cell is {self.budget_s:g} s; give at most {BUDGETS_S[-1]:g} s.")

    @property
    def cells(self) -> int:
        """Combinations of length, batch size and dtype."""
        return len(self.lengths) * len(self.batch_sizes) * len(self.dtypes)

    def arguments(self) -> list[str]:
        """What `ltp-viz bench` is to be given, without a file to write."""
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
        """The command line that measures the same again, with a bundled model by its name."""
        words = replace(self, model=shareable_name(self.model)).arguments()
        return shlex.join(["ltp-viz", "bench", *words, "--output", "bench.json"])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "BenchmarkPlan":
        """Read what `to_dict` wrote. Raises InputError where it is something else."""
        try:
            values: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
            }
            return cls(**values)
        except (AttributeError, TypeError) as error:
            raise InputError(f"The settings of a benchmark are damaged ({error}).") from error


def texts_per_cell(batch_size: int) -> int:
    """Several texts even where they run one by one: a single one may be a happy case."""
    return max(batch_size, 4)


def lengths_for(config: LTPConfig) -> tuple[int, ...]:
    """The lengths that a model can read."""
    return tuple(length for length in LENGTHS if length <= config.max_text_tokens) or LENGTHS[:1]


@cache
def rough_gflops() -> float:
    """Of this machine in fp32, from a quarter of a second of small products, once per process.

    The best of some looks: the first ones start the threads and are ten times slower, and others may work
    on the machine for a moment.
    """
    return max(matmul_gflops(DTYPES["float32"], (512,), 0.04) for _ in range(6))


def estimated_seconds(plan: BenchmarkPlan, config: LTPConfig, gflops: float) -> tuple[float, ...]:
    """How long a plan takes where matrix products run at `gflops`: the start, then cell by cell in order.

    bf16 is taken to be as fast as fp32, which errs on the long side.
    """
    seconds = [_START_S + _PEAK_S * len(plan.dtypes)]
    for _ in plan.dtypes:
        for batch_size in plan.batch_sizes:
            texts = texts_per_cell(batch_size)
            for length in plan.lengths:
                forward = 2 * dense_macs(length, config) / (_SHARE * gflops * 1e9)
                # Dense, packed and pruned, which is about half of either.
                one_round = 2.5 * texts * forward + 3 * _CALL_S * texts / batch_size
                # The first round is not in the budget, and at least six more are run whatever they take.
                seconds.append(one_round + max(plan.budget_s, 6 * one_round))
    return tuple(seconds)


def _check(what: str, values: Sequence[object], allowed: Sequence[object]) -> None:
    if not values:
        raise InputError(f"There are no {what}; give some of {', '.join(map(str, allowed))}.")
    if wrong := [value for value in values if value not in allowed]:
        raise InputError(
            f"The {what} hold {', '.join(map(str, wrong))}; give some of {', '.join(map(str, allowed))}."
        )
