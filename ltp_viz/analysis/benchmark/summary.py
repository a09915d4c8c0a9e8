"""Summary of a benchmark's cells: the counts and extremes on which its conclusions rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from ltp_viz.analysis.benchmark.cost_line import CostLine, call_gflops, cost_line
from ltp_viz.analysis.benchmark.measure import WAYS, Cell


@dataclass(frozen=True)
class BenchmarkSummary:
    """Summary of the cells of one dtype. `lines`: one per way whose cells differ enough for a fit."""

    cells: tuple[Cell, ...]
    lines: tuple[CostLine, ...]

    @property
    def smallest(self) -> Cell:
        """The cell with the fewest FLOPs per call."""
        return min(self.cells, key=lambda cell: call_gflops(cell, "dense"))

    @property
    def largest(self) -> Cell:
        """The cell with the most FLOPs per call."""
        return max(self.cells, key=lambda cell: call_gflops(cell, "dense"))

    @property
    def fastest(self) -> Cell:
        """The cell that pruning speeds up most."""
        return max(self.cells, key=lambda cell: cell.speed_up)

    @property
    def faster(self) -> tuple[Cell, ...]:
        """Cells that pruning speeds up in at least three of four rounds."""
        return tuple(cell for cell in self.cells if cell.speed_up_spread[0] > 1)

    @property
    def slower(self) -> tuple[Cell, ...]:
        """Cells that pruning slows down in at least three of four rounds."""
        return tuple(cell for cell in self.cells if cell.speed_up_spread[1] < 1)

    @property
    def beyond_flops(self) -> tuple[Cell, ...]:
        """Cells whose speed-up exceeds the FLOPs reduction by more than the spread."""
        return tuple(cell for cell in self.cells if cell.speed_up_spread[0] > cell.flops_reduction)

    def line(self, way: str) -> CostLine | None:
        """The fitted line of one of `WAYS`, or None."""
        return next((line for line in self.lines if line.way == way), None)

    def same_length_batched(self) -> tuple[Cell, Cell] | None:
        """The shortest length at its smallest and its largest batch size; None if there is only one size."""
        shortest = min(cell.mean_tokens for cell in self.cells)
        same = sorted((c for c in self.cells if c.mean_tokens == shortest), key=lambda c: c.batch_size)
        return (same[0], same[-1]) if len(same) > 1 else None


def summarize_cells(cells: Sequence[Cell], dtype: str) -> BenchmarkSummary:
    """Summarize the cells of a dtype, at least one."""
    chosen = tuple(cell for cell in cells if cell.dtype == dtype)
    lines = (cost_line(chosen, way) for way in WAYS)
    return BenchmarkSummary(chosen, tuple(line for line in lines if line is not None))


def timing_words(cell: Cell, processor: str, threads: int) -> str:
    """The measured time in words."""
    number = "1 thread" if threads == 1 else f"{threads} threads"
    dense = f"dense (Hugging Face, {cell.dense_attention})"
    return (
        f"Measured on {processor}, {number}, {cell.dtype}, batches of {cell.batch_size} sorted by length, "
        f"{cell.texts:,} texts: {cell.dense_ms:.2f} ms per text {dense}, "
        f"{cell.pruned_ms:.2f} ms pruned, {cell.speed_up:.2f} times faster."
    )
