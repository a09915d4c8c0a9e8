"""Why short texts gain little: time as a fixed cost per call and a cost per FLOP, fitted to measured cells.

    time of a call = a + b * FLOPs of the call

A call is one batch through all layers. `a` does not depend on the texts: it pays for reading the weights and
starting about a hundred operations. Dropping tokens reduces the second part and leaves the first unchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltp_viz.analysis.benchmark.measure import Cell


@dataclass(frozen=True)
class CostLine:
    """The line fitted to cells of one dtype and one way. `misses`: each cell's relative error, predicted over
    measured time minus 1, in the order of the cells."""

    way: str
    fixed_ms: float  # a, per call
    ms_per_gflop: float  # b
    misses: tuple[float, ...]

    def call_ms(self, gflops: float) -> float:
        """Predicted time of a call of `gflops` GFLOPs, in ms."""
        return self.fixed_ms + self.ms_per_gflop * gflops

    def fixed_share(self, cell: Cell) -> float:
        """Share of the cell's predicted time that is fixed, 0 to 1."""
        return self.fixed_ms / self.call_ms(call_gflops(cell, self.way))

    @property
    def largest_error(self) -> float:
        """The largest relative error of a cell."""
        return max(map(abs, self.misses))


def call_gflops(cell: Cell, way: str) -> float:
    """GFLOPs of one call, a batch through all layers."""
    return cell.batch_size * cell.mflops(way) / 1e3


def call_ms(cell: Cell, way: str) -> float:
    """Measured time of one call."""
    return cell.batch_size * cell.ms(way)


def cost_line(cells: Sequence[Cell], way: str) -> CostLine | None:
    """The line fitted to the cells by relative error; neither part is negative. None if all cells have about
    the same FLOPs, which leaves the slope undefined."""
    work = np.array([call_gflops(cell, way) for cell in cells])
    times = np.array([call_ms(cell, way) for cell in cells])
    if len(cells) < 2 or work.max() < 1.2 * work.min():
        return None
    columns = np.stack([1 / times, work / times], axis=1)  # of a and b, in a / t + b F / t = 1
    fixed, slope = np.linalg.lstsq(columns, np.ones(len(cells)), rcond=None)[0]
    if fixed < 0:
        fixed, slope = 0.0, columns[:, 1].sum() / (columns[:, 1] ** 2).sum()
    elif slope < 0:
        fixed, slope = columns[:, 0].sum() / (columns[:, 0] ** 2).sum(), 0.0
    misses = (fixed + slope * work) / times - 1
    return CostLine(way, float(fixed), float(slope), tuple(misses.tolist()))
