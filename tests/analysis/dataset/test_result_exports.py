"""Exported rows are the rows that are shown."""

import csv
import json
import resource
import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from ltp_viz import InputError
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.exports import defused
from tests.analysis.conftest import HOSTILE, SCALES, QueriedRun

SCALE = 3


@pytest.fixture(scope="module")
def results(queried_run: QueriedRun) -> RunResults:
    return queried_run.results()


def expected_rows(results: RunResults, run: QueriedRun, where: RowFilter) -> pd.DataFrame:
    """The rows that are shown, with the answers of every scale in front of the extra columns."""
    shown = results.rows(where, SCALE, limit=1000)
    table = run.table.set_index("row").loc[shown.row]
    for k, scale in enumerate(SCALES):
        place = len(shown.columns) - len(results.spec.roles.extras)
        names = [results.label_names[label] for label in table[f"label_{k}"]]
        shown.insert(place, f"answer_{scale:g}", names)
        shown.insert(place + 1, f"confidence_{scale:g}", table[f"confidence_{k}"].to_numpy())
    return shown


def plain(cell: Any) -> Any:
    return None if pd.isna(cell) else cell


@pytest.mark.parametrize(
    "where", [EVERYTHING, RowFilter(outcome="lost"), RowFilter(pattern="'; DROP|=")], ids=str
)
def test_parquet_and_json_hold_the_rows(
    results: RunResults, queried_run: QueriedRun, where: RowFilter, tmp_path: Path
) -> None:
    expected = expected_rows(results, queried_run, where)
    results.export(where, SCALE, tmp_path / "rows.parquet", "parquet")
    results.export(where, SCALE, tmp_path / "rows.json", "json")
    for rows in (
        pq.read_table(tmp_path / "rows.parquet").to_pylist(),
        json.loads((tmp_path / "rows.json").read_text()),
    ):
        assert len(rows) == len(expected) > 0
        for row, (_, wanted) in zip(rows, expected.iterrows(), strict=True):
            assert list(row) == list(expected.columns)
            for name, cell in row.items():
                wish = plain(wanted[name])
                assert cell == (pytest.approx(wish, rel=1e-6) if isinstance(wish, float) else wish), name


def test_csv_holds_the_rows_and_no_formula(
    results: RunResults, queried_run: QueriedRun, tmp_path: Path
) -> None:
    expected = expected_rows(results, queried_run, EVERYTHING)
    results.export(EVERYTHING, SCALE, tmp_path / "rows.csv", "csv")
    with open(tmp_path / "rows.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == [defused(name) for name in expected.columns] and "'=qu\"o'te" in header
    assert len(rows) == len(expected)
    texts = [row[header.index("text")] for row in rows]
    assert texts == [defused(text) for text in expected.text] and HOSTILE in texts
    assert sum(text.startswith("'") and text != HOSTILE for text in texts) == 3
    kinds = [row[header.index("kind")] for row in rows]
    assert kinds == [defused(kind) for kind in expected.kind.fillna("")] and "'=1+1" in kinds
    numbers = [float(row[header.index("margin")]) for row in rows]
    assert numbers == pytest.approx(expected.margin.tolist(), rel=1e-6)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_file_appears_whole(results: RunResults, tmp_path: Path) -> None:
    target = tmp_path / "it's [1]* here" / "rows'; --.csv"
    results.export(EVERYTHING, SCALE, target, "csv")
    results.export(RowFilter(gold=0), SCALE, target, "csv")
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    with open(target, newline="") as file:
        assert len(list(csv.reader(file))) - 1 == results.count(RowFilter(gold=0), SCALE)


def test_a_full_disk_is_not_reported_as_damaged_results(results: RunResults, tmp_path: Path) -> None:
    before, signals = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(InputError, match=r"rows.csv' cannot be written .*; choose another place"):
            results.export(EVERYTHING, SCALE, tmp_path / "rows.csv", "csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, signals)
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_gets_one_message(results: RunResults, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match=r"cannot be written \(.+\); choose another place"):
        results.export(EVERYTHING, SCALE, tmp_path / "file" / "rows.csv", "csv")
    with pytest.raises(InputError, match="regular expression"):
        results.export(RowFilter(pattern="("), SCALE, tmp_path / "rows.csv", "csv")
    assert not (tmp_path / "rows.csv").exists()
