"""The questions that pages and reports ask of a run's stored results, and where each is answered."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ltp_viz.analysis.dataset.results import aggregates, exports, rows, token_fate
from ltp_viz.analysis.dataset.results.database import RunDatabase
from ltp_viz.analysis.dataset.results.exports import ExportKind
from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.records import (
    Cost,
    Curve,
    LengthBucket,
    StoredRow,
    Survival,
    ValueBucket,
)
from ltp_viz.analysis.dataset.results.rows import Order
from ltp_viz.analysis.dataset.results.token_fate import Grouping
from ltp_viz.data.errors import InputError

# Counts by three classes take C^3 numbers: 64 MB.
MOST_CLASSES = 200
_MEMORY = "1GB"  # that a query may take


class RunResults:
    """A run's stored results, queried in place with DuckDB. Not thread-safe: one per session and use.

    `scale` is always the index k of the pruned scale, 0 to K - 1. The rows are those that were there when it
    was opened or last refreshed, so that the figures of one page agree while a run goes on.
    Every query raises InputError for a filter that cannot be (a broken pattern, an unknown extra column).
    """

    def __init__(self, folder: Path):
        """Raises InputError where the folder holds no run."""
        self._database = RunDatabase(folder, _MEMORY)
        self.spec = self._database.spec
        self.scales = self.spec.scales  # K
        self.label_names = self.spec.label_names  # C

    @property
    def is_complete(self) -> bool:
        """Whether all rows of the run are there."""
        return self._database.is_complete

    def refresh(self) -> None:
        """Take in the parts that a run has finished since."""
        self._database.refresh()

    def count(self, where: RowFilter, scale: int) -> int:
        """How many rows the filter has."""
        condition, values = self._database.condition(where, scale)
        return int(self._database.fetch(f"SELECT count(*) FROM results {condition}", values)[0][0])

    def confusion(self, where: RowFilter, scale: int) -> NDArray[np.int64]:
        """Rows with a gold label by gold, dense and pruned class, (C, C, C)."""
        classes = len(self.label_names)
        if classes > MOST_CLASSES:
            raise InputError(
                f"The model has {classes} classes; its answers are compared with gold up to {MOST_CLASSES}."
            )
        return self._counted(where, scale, ("gold", "label_0", f"label_{scale}"))

    def agreement(self, where: RowFilter, scale: int) -> NDArray[np.int64]:
        """All rows by dense and pruned class, (C, C), those without a gold label too."""
        return self._counted(where, scale, ("label_0", f"label_{scale}"))

    def rows(
        self,
        where: RowFilter,
        scale: int,
        order: Order = "row",
        descending: bool = False,
        limit: int = 200,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Rows to show: row, text, text_pair, gold, dense, pruned (names), dense_confidence, dense_margin,
        margin, confidence, length, cut, flops_saved, flip_scale and the extra columns under their own names
        (with "_" behind one that is taken)."""
        return rows.rows(self._database, where, scale, order, descending, limit, offset)

    def row(self, number: int) -> StoredRow:
        """One row of the file, from 1. Raises InputError where it is not among the results."""
        return rows.row(self._database, number)

    def curve(self, where: RowFilter, scale: int) -> Curve:
        """The rows that the filter has at `scale`, under every scale."""
        return aggregates.curve(self._database, where, scale)

    def cost(self, where: RowFilter, scale: int) -> Cost:
        """MACs and how savings and lengths are spread."""
        return aggregates.cost(self._database, where, scale)

    def length_buckets(self, where: RowFilter, scale: int, count: int = 4) -> tuple[LengthBucket, ...]:
        """Accuracy and cost in each quantile of length; rows of one length stay together."""
        return aggregates.length_buckets(self._database, where, scale, count)

    def extra_values(self, name: str, limit: int = 50) -> tuple[tuple[str, int], ...]:
        """Values of an extra column and how many rows have each, most frequent first; "" is an empty cell."""
        return aggregates.extra_values(self._database, name, limit)

    def by_extra(self, name: str, where: RowFilter, scale: int, limit: int = 50) -> tuple[ValueBucket, ...]:
        """Accuracy and cost for each of an extra column's most frequent values."""
        return aggregates.by_extra(self._database, name, where, scale, limit)

    def token_fate(
        self, where: RowFilter, scale: int, by: Grouping, limit: int = 40, least: int = 5
    ) -> pd.DataFrame:
        """What becomes of the tokens of each group that has at least `least`, most frequent groups first,
        positions in order.

        Columns: group, tokens, mean_depth (layers survived), survive (share alive after the last layer),
        dropped_1 .. dropped_L (share dropped in each layer), lost_tokens (how many are in rows that dense
        gets right and pruned wrong), lift (layers that the group's tokens miss in those rows, on average,
        over those that they miss in rows that both get right: above 1 where they die earlier as pruning goes
        wrong; NaN where either is unknown). Raises InputError where the run's model is gone.
        """
        return token_fate.token_fate(self._database, where, scale, by, limit, least)

    def survival(self, where: RowFilter, scale: int) -> Survival:
        """Share of the tokens that live after each layer: all rows, right ones, lost ones."""
        return token_fate.survival(self._database, where, scale)

    def export(self, where: RowFilter, scale: int, path: Path, kind: ExportKind) -> None:
        """Write every row of the filter with the columns of `rows` and, for every scale, `answer_S` and
        `confidence_S`. In CSV, cells that a spreadsheet would run as a formula begin with an apostrophe."""
        exports.export(self._database, where, scale, path, kind)

    def _counted(self, where: RowFilter, scale: int, columns: tuple[str, ...]) -> NDArray[np.int64]:
        """Rows by classes, one axis a column; those without one of them are left out."""
        condition, values = self._database.condition(where, scale)
        named = ", ".join(f"{column} AS class_{axis}" for axis, column in enumerate(columns))
        groups = self._database.fetch(
            f"SELECT {named}, count(*) FROM results {condition} GROUP BY ALL", values
        )
        counts = np.zeros((len(self.label_names),) * len(columns), dtype=np.int64)
        for *classes, count in groups:
            if None not in classes:
                counts[tuple(classes)] = count
        return counts
