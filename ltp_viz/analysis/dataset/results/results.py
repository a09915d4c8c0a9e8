"""The queries of pages and reports over a run's stored results, each implemented in a module of its own."""

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
from ltp_viz.analysis.stats import RunScores, scores, set_scores
from ltp_viz.data.errors import InputError

# Counts by three classes take C^3 numbers: 64 MB at this limit.
MAX_CLASSES = 200
_MEMORY = "1GB"  # of one query


class RunResults:
    """A run's stored results, queried in place with DuckDB. Not thread-safe: one per session and use.

    `scale` is always the index k of the pruned scale, 0 to K - 1. The rows are those stored when the object
    was created or last refreshed, so that the figures of one page agree while a run continues. Every query
    raises InputError for an invalid filter (a broken pattern, an unknown extra column).
    """

    def __init__(self, folder: Path):
        """Raises InputError if the folder holds no run."""
        self._database = RunDatabase(folder, _MEMORY)
        self.spec = self._database.spec
        self.scales = self.spec.scales  # K
        self.label_names = self.spec.label_names  # C

    @property
    def is_complete(self) -> bool:
        """Whether all rows of the run are stored."""
        return self._database.is_complete

    def refresh(self) -> None:
        """Include the parts that the run has finished since."""
        self._database.refresh()

    def count(self, where: RowFilter, scale: int) -> int:
        """Number of filtered rows."""
        condition, values = self._database.condition(where, scale)
        return int(self._database.fetch(f"SELECT count(*) FROM results {condition}", values)[0][0])

    def confusion(self, where: RowFilter, scale: int) -> NDArray[np.int64]:
        """Rows with a gold label by gold, dense and pruned class, (C, C, C)."""
        classes = len(self.label_names)
        if classes > MAX_CLASSES:
            raise InputError(
                f"The model has {classes} classes; its answers are compared with gold up to {MAX_CLASSES}."
            )
        return self._counted(where, scale, ("gold", "label_0", f"label_{scale}"))

    def agreement(self, where: RowFilter, scale: int) -> NDArray[np.int64]:
        """All rows, with or without a gold label, by dense and pruned class, (C, C)."""
        return self._counted(where, scale, ("label_0", f"label_{scale}"))

    def scores(self, where: RowFilter, scale: int) -> RunScores:
        """Scores over the filtered rows with a gold label; NaN where there are none."""
        if self.spec.answer_kind == "class":
            return scores(self.confusion(where, scale))
        condition, values = self._database.condition(where, scale)
        groups = self._database.fetch(
            f"SELECT gold, label_0, label_{scale}, count(*) FROM results {condition} AND gold IS NOT NULL "
            "GROUP BY ALL ORDER BY ALL",
            values,
        )
        return set_scores(np.array(groups, dtype=np.int64).reshape(-1, 4), len(self.label_names))

    def labelled(self, where: RowFilter, scale: int) -> int:
        """Number of filtered rows with a gold label."""
        condition, values = self._database.condition(where, scale)
        return int(self._database.fetch(f"SELECT count(gold) FROM results {condition}", values)[0][0])

    def changed(self, where: RowFilter, scale: int) -> int:
        """Number of filtered rows whose answer differs from the dense one."""
        condition, values = self._database.condition(where, scale)
        terms = f"SELECT count_if(label_0 <> label_{scale}) FROM results {condition}"
        return int(self._database.fetch(terms, values)[0][0] or 0)

    def label_rows(self, where: RowFilter, scale: int) -> tuple[int, ...]:
        """Of a run about sets, the filtered rows whose gold set holds each label, (C,)."""
        condition, values = self._database.condition(where, scale)
        sums = ", ".join(f"count_if((gold >> {index}) & 1 = 1)" for index in range(len(self.label_names)))
        return tuple(
            int(rows or 0)
            for rows in self._database.fetch(f"SELECT {sums} FROM results {condition}", values)[0]
        )

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
        (with "_" appended to a name that is taken)."""
        return rows.rows(self._database, where, scale, order, descending, limit, offset)

    def row(self, number: int) -> StoredRow:
        """One row of the file, from 1. Raises InputError if it is not among the results."""
        return rows.row(self._database, number)

    def curve(self, where: RowFilter, scale: int) -> Curve:
        """The rows that match the filter at `scale`, under every scale."""
        return aggregates.curve(self._database, where, scale)

    def cost(self, where: RowFilter, scale: int) -> Cost:
        """MACs, and the distribution of savings and lengths."""
        return aggregates.cost(self._database, where, scale)

    def length_buckets(self, where: RowFilter, scale: int, count: int = 4) -> tuple[LengthBucket, ...]:
        """Accuracy and cost in each quantile of length; rows of the same length share a bucket."""
        return aggregates.length_buckets(self._database, where, scale, count)

    def extra_values(self, name: str, limit: int = 50) -> tuple[tuple[str, int], ...]:
        """Values of an extra column with their numbers of rows, most frequent first; "" is an empty cell."""
        return aggregates.extra_values(self._database, name, limit)

    def by_extra(self, name: str, where: RowFilter, scale: int, limit: int = 50) -> tuple[ValueBucket, ...]:
        """Accuracy and cost for each of an extra column's most frequent values."""
        return aggregates.by_extra(self._database, name, where, scale, limit)

    def token_fate(
        self, where: RowFilter, scale: int, by: Grouping, limit: int = 40, least: int = 5
    ) -> pd.DataFrame:
        """The fate of the tokens of each group with at least `least` tokens, most frequent groups first,
        positions in order.

        Columns: group, tokens, mean_depth (layers survived), survive (share kept after the last layer),
        dropped_1 .. dropped_L (share dropped in each layer), lost_tokens (number in rows that dense gets
        right and pruned wrong), lift (mean layers that the group's tokens miss in those rows, divided by the
        same mean in rows that both get right: above 1 if they are dropped earlier in lost rows; NaN if either
        mean is unknown). Raises InputError if the run's model is no longer available.
        """
        return token_fate.token_fate(self._database, where, scale, by, limit, least)

    def survival(self, where: RowFilter, scale: int) -> Survival:
        """Share of tokens kept after each layer: in all rows, right ones, lost ones."""
        return token_fate.survival(self._database, where, scale)

    def export(self, where: RowFilter, scale: int, path: Path, kind: ExportKind) -> None:
        """Write every filtered row with the columns of `rows` and, for every scale, `answer_S` and
        `confidence_S`. In CSV, cells that a spreadsheet would run as a formula begin with an apostrophe."""
        exports.export(self._database, where, scale, path, kind)

    def _counted(self, where: RowFilter, scale: int, columns: tuple[str, ...]) -> NDArray[np.int64]:
        """Rows by classes, one axis per column; rows without one of the classes are left out."""
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
