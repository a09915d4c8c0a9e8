"""One real run whose stored results several tests query."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.store import RESULTS, RunStore
from tests.analysis.dataset.stored_runs import prepared
from tests.conftest import ROOT

SCALES = (0.0, 0.5, 1.0, 1.5, 2.5)
HOSTILE = "'; DROP TABLE results; --\" %s {0} $1 ?"
# Text, label and kind: no gold label in various ways, SQL, formulas, markup, and a text that is cut.
HARD_ROWS = [
    (HOSTILE, "positive", HOSTILE),
    ('It doesn\'t say "never",\nbut it means 100%_ \\ that.', "negative", "=1+1"),
    ('=HYPERLINK("http://example.org","a lovely film")', "positive", "@kind"),
    ("-2 out of 10, a dreadful bore", None, None),
    ("+1, funny and warm", "no idea", None),
    ("<script>alert('dull')</script>", None, "plain"),
    ("Не плохо, 悪くない \U0001f600", "positive", ""),
    ("A dreadful, dreadful bore of a film. " * 100, "negative", "long"),
]


@dataclass(frozen=True, eq=False)
class QueriedRun:
    """A finished run, and its rows as a plain data frame."""

    folder: Path
    table: pd.DataFrame

    def results(self) -> RunResults:
        return RunResults(self.folder)


@pytest.fixture(scope="session")
def queried_run(tmp_path_factory: pytest.TempPathFactory) -> QueriedRun:
    """The bundled labelled examples and hard rows, with extra columns that have awkward names."""
    root = tmp_path_factory.mktemp("queried")
    rows = pd.read_csv(ROOT / "assets/examples/labelled.csv", dtype=str)
    rows = pd.concat([rows, pd.DataFrame(HARD_ROWS, columns=["text", "label", "kind"])])
    rows["number"] = [f"n{number}" for number in range(len(rows))]
    rows["Dense"] = rows["label"]
    rows["=qu\"o'te"] = "x"
    source = root / "examples.csv"
    rows.to_csv(source, index=False)
    folder = prepared(root, source, scales=SCALES, block_rows=50)
    state = run(RunStore(folder))
    assert state.status == "done", state.message
    return QueriedRun(folder, pq.read_table(folder / RESULTS).to_pandas())
