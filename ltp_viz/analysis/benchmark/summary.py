"""What a benchmark's cells say: the counts and extremes that its conclusions are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from ltp_viz.analysis.benchmark.cost_line import CostLine, call_gflops, cost_line
from ltp_viz.analysis.benchmark.measure import WAYS, Cell


@dataclass(frozen=True)
class BenchmarkReading:
    """Of the cells of one dtype. `lines`: where the cells differ enough to fit one."""

    cells: tuple[Cell, ...]
    lines: tuple[CostLine, ...]

    @property
    def smallest(self) -> Cell:
        """The cell whose calls hold the least work."""
        return min(self.cells, key=lambda cell: call_gflops(cell, "dense"))

    @property
    def largest(self) -> Cell:
        """The cell whose calls hold the most work."""
        return max(self.cells, key=lambda cell: call_gflops(cell, "dense"))

    @property
    def fastest(self) -> Cell:
        """The cell that pruning speeds up most."""
        return max(self.cells, key=lambda cell: cell.speed_up)

    @property
    def faster(self) -> tuple[Cell, ...]:
        """Cells that pruning speeds up in three rounds of four at least."""
        return tuple(cell for cell in self.cells if cell.speed_up_spread[0] > 1)

    @property
    def slower(self) -> tuple[Cell, ...]:
        """Cells that pruning slows down in three rounds of four at least."""
        return tuple(cell for cell in self.cells if cell.speed_up_spread[1] < 1)

    @property
    def beyond_flops(self) -> tuple[Cell, ...]:
        """Cells whose speed-up is more than the FLOPs reduction, beyond the spread."""
        return tuple(cell for cell in self.cells if cell.speed_up_spread[0] > cell.flops_reduction)

    def line(self, way: str) -> CostLine | None:
        """The line of one of `WAYS`, where there is one."""
        return next((line for line in self.lines if line.way == way), None)

    def same_length_batched(self) -> tuple[Cell, Cell] | None:
        """The shortest length at its smallest and its largest batch size; None where there is only one."""
        shortest = min(cell.mean_tokens for cell in self.cells)
        same = sorted((c for c in self.cells if c.mean_tokens == shortest), key=lambda c: c.batch_size)
        return (same[0], same[-1]) if len(same) > 1 else None


def read_cells(cells: Sequence[Cell], dtype: str) -> BenchmarkReading:
    """Of the cells of a dtype, at least one."""
    chosen = tuple(cell for cell in cells if cell.dtype == dtype)
    lines = (cost_line(chosen, way) for way in WAYS)
    return BenchmarkReading(chosen, tuple(line for line in lines if line is not None))


def timing_sentence(cell: Cell, processor: str, threads: int) -> str:
    """Measured time in one sentence."""
    number = "1 thread" if threads == 1 else f"{threads} threads"
    return (
        f"Measured on {processor}, {number}, {cell.dtype}, batches of {cell.batch_size} sorted by length, "
        f"{cell.texts:,} texts: {cell.dense_ms:.2f} ms per text dense (Hugging Face, sdpa), "
        f"{cell.pruned_ms:.2f} ms pruned, {cell.speed_up:.2f} times faster."
    )
