"""The result of every query, compared with pandas and scikit-learn over the same rows."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ltp_viz import InputError
from ltp_viz.analysis.dataset.results.database import RunDatabase
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs.store import PARTS, RESULTS, RunStore
from ltp_viz.analysis.stats import scores
from ltp_viz.data.tables.datasets import parts_by_length
from tests.analysis.conftest import HOSTILE, SCALES, QueriedRun

SCALE = 3  # the pruned one, by its number
NOWHERE = RowFilter(pattern="found nowhere")


def matches(table: pd.DataFrame, pattern: str) -> pd.Series:
    return table.text.map(lambda text: re.search(pattern, text, re.IGNORECASE) is not None)


MASKS: dict[str, tuple[RowFilter, Callable[[pd.DataFrame], Any]]] = {
    "everything": (EVERYTHING, lambda t: t.text.notna()),
    "pattern": (RowFilter(pattern=r"\bnot\b|NEVER"), lambda t: matches(t, r"\bnot\b|never")),
    "pattern of SQL": (RowFilter(pattern=re.escape(HOSTILE)), lambda t: t.text == HOSTILE),
    "not ASCII": (RowFilter(pattern="не плохо"), lambda t: matches(t, "не плохо")),
    "lengths": (RowFilter(lengths=(5, 12)), lambda t: t.length.between(5, 12)),
    "gold": (RowFilter(gold=1), lambda t: t.gold == 1),
    "dense": (RowFilter(dense=0), lambda t: t.label_0 == 0),
    "pruned": (RowFilter(pruned=0), lambda t: t.label_3 == 0),
    "lost": (
        RowFilter(outcome="lost"),
        lambda t: (t.label_0 == t.gold) & t.gold.notna() & (t.label_3 != t.gold),
    ),
    "won": (
        RowFilter(outcome="won"),
        lambda t: t.gold.notna() & (t.label_0 != t.gold) & (t.label_3 == t.gold),
    ),
    "both right": (RowFilter(outcome="both right"), lambda t: (t.label_0 == t.gold) & (t.label_3 == t.gold)),
    "both wrong": (
        RowFilter(outcome="both wrong"),
        lambda t: t.gold.notna() & (t.label_0 != t.gold) & (t.label_3 != t.gold),
    ),
    "changed": (RowFilter(outcome="changed"), lambda t: t.label_0 != t.label_3),
    "confidence": (RowFilter(confidence=(0.5, 0.9)), lambda t: t.confidence_3.between(0.5, np.float32(0.9))),
    "extra": (RowFilter(extras=(("kind", HOSTILE),)), lambda t: t.extra_0 == HOSTILE),
    "empty extra": (RowFilter(extras=(("kind", ""),)), lambda t: t.extra_0.isna()),
    "several": (
        RowFilter(pattern="a", lengths=(1, 30), gold=0, outcome="both right"),
        lambda t: matches(t, "a") & (t.length <= 30) & (t.gold == 0) & (t.label_0 == 0) & (t.label_3 == 0),
    ),
    "nowhere": (NOWHERE, lambda t: t.text.isna()),
}


@pytest.fixture(scope="module")
def results(queried_run: QueriedRun) -> RunResults:
    return queried_run.results()


@pytest.fixture(params=MASKS)
def sliced(request: pytest.FixtureRequest, queried_run: QueriedRun) -> tuple[RowFilter, pd.DataFrame]:
    where, mask = MASKS[request.param]
    return where, queried_run.table[mask(queried_run.table)]


def test_the_run_has_what_the_tests_need(results: RunResults, queried_run: QueriedRun) -> None:
    assert results.is_complete and results.scales == SCALES
    assert results.spec.roles.extras == ("kind", "number", "Dense", "=qu\"o'te")
    assert queried_run.table.gold.isna().sum() == 3
    for outcome in ("lost", "both right", "both wrong", "changed"):
        assert results.count(RowFilter(outcome=outcome), SCALE) > 0


def test_counts(results: RunResults, sliced: tuple[RowFilter, pd.DataFrame]) -> None:
    where, rows = sliced
    assert results.count(where, SCALE) == len(rows)
    confusion, agreement = np.zeros((2, 2, 2), dtype=int), np.zeros((2, 2), dtype=int)
    for gold, dense, pruned in zip(rows.gold, rows.label_0, rows[f"label_{SCALE}"], strict=True):
        agreement[dense, pruned] += 1
        if not np.isnan(gold):
            confusion[int(gold), dense, pruned] += 1
    np.testing.assert_array_equal(results.confusion(where, SCALE), confusion)
    np.testing.assert_array_equal(results.agreement(where, SCALE), agreement)


def test_curve(results: RunResults, sliced: tuple[RowFilter, pd.DataFrame]) -> None:
    where, rows = sliced
    curve, labelled = results.curve(where, SCALE), rows[rows.gold.notna()]
    assert (curve.scales, curve.rows, curve.labelled) == (SCALES, len(rows), len(labelled))
    for k in range(len(SCALES)):
        expected = {
            "accuracy": (labelled[f"label_{k}"] == labelled.gold).mean(),
            "agreement": (rows[f"label_{k}"] == rows.label_0).mean(),
            "flops_share": rows[f"macs_{k}"].sum() / rows.dense_macs.sum() if len(rows) else np.nan,
        }
        for name, value in expected.items():
            assert getattr(curve, name)[k] == pytest.approx(value, nan_ok=True)
    if len(labelled):
        assert (curve.accuracy_low <= curve.accuracy).all() and (curve.accuracy <= curve.accuracy_high).all()
        assert (curve.accuracy_low >= 0).all() and (curve.accuracy_high <= 1).all()


def test_cost(results: RunResults, sliced: tuple[RowFilter, pd.DataFrame]) -> None:
    where, rows = sliced
    cost = results.cost(where, SCALE)
    pruned = rows[f"macs_{SCALE}"]
    assert (cost.rows, cost.dense_macs, cost.macs) == (len(rows), rows.dense_macs.sum(), pruned.sum())
    saved = np.minimum((rows.dense_macs - pruned) * 20 // rows.dense_macs, 19)
    np.testing.assert_array_equal(cost.saved_rows, np.bincount(saved, minlength=20))
    assert len(cost.saved_edges) == 21
    assert len(cost.length_edges) == len(cost.length_rows) + 1 <= 21
    np.testing.assert_array_equal(cost.length_rows, np.histogram(rows.length, cost.length_edges)[0])
    assert cost.length_rows.sum() == len(rows)


@pytest.mark.parametrize("count", [1, 4, 7])
def test_length_buckets(results: RunResults, sliced: tuple[RowFilter, pd.DataFrame], count: int) -> None:
    where, rows = sliced
    masks = parts_by_length(rows.length.to_numpy(), count) if len(rows) else []
    buckets = results.length_buckets(where, SCALE, count)
    assert len(buckets) == len(masks)
    for bucket, mask in zip(buckets, masks, strict=True):
        assert (bucket.shortest, bucket.longest) == (rows.length[mask].min(), rows.length[mask].max())
        assert_summary(bucket, rows[mask])


def test_values_of_an_extra_column(results: RunResults, sliced: tuple[RowFilter, pd.DataFrame]) -> None:
    where, rows = sliced
    kinds = rows.extra_0.fillna("")
    buckets = results.by_extra("kind", where, SCALE)
    assert {bucket.value for bucket in buckets} == set(kinds)
    for bucket in buckets:
        assert_summary(bucket, rows[kinds == bucket.value])
    assert [bucket.rows for bucket in buckets] == sorted((bucket.rows for bucket in buckets), reverse=True)


def assert_summary(bucket: Any, rows: pd.DataFrame) -> None:
    labelled = rows[rows.gold.notna()]
    assert (bucket.rows, bucket.labelled) == (len(rows), len(labelled))
    for estimate, answers in ((bucket.dense, "label_0"), (bucket.pruned, f"label_{SCALE}")):
        right = (labelled[answers] == labelled.gold).mean()
        assert estimate.value == pytest.approx(right, nan_ok=True)
        if len(labelled):
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert bucket.flops_reduction == pytest.approx(rows.dense_macs.sum() / rows[f"macs_{SCALE}"].sum())


def flip_scales(rows: pd.DataFrame) -> list[float | None]:
    flips = [
        [scale for k, scale in enumerate(SCALES) if row[f"label_{k}"] != row.label_0]
        for _, row in rows.iterrows()
    ]
    return [min(scales) if scales else None for scales in flips]


def test_rows_hold_what_is_stored(results: RunResults, sliced: tuple[RowFilter, pd.DataFrame]) -> None:
    where, stored = sliced
    names = ["negative", "positive"]
    shown = results.rows(where, SCALE, limit=1000)
    assert shown.columns[-4:].tolist() == ["kind", "number", "Dense_", "=qu\"o'te"]
    assert shown.row.tolist() == stored.row.tolist() and shown.text.tolist() == stored.text.tolist()
    for name, column in (("dense", "label_0"), ("pruned", f"label_{SCALE}")):
        assert shown[name].tolist() == [names[label] for label in stored[column]]
    assert [None if pd.isna(gold) else gold for gold in shown.gold] == [
        None if np.isnan(gold) else names[int(gold)] for gold in stored.gold
    ]
    for name, column in (
        ("dense_margin", "margin_0"),
        ("margin", f"margin_{SCALE}"),
        ("confidence", f"confidence_{SCALE}"),
        ("length", "length"),
    ):
        np.testing.assert_array_equal(shown[name], stored[column])
    np.testing.assert_allclose(shown.flops_saved, 1 - stored[f"macs_{SCALE}"] / stored.dense_macs)
    np.testing.assert_array_equal(shown.cut, stored.total_tokens > stored.length)
    assert [None if pd.isna(scale) else scale for scale in shown.flip_scale] == flip_scales(stored)
    assert shown.kind.fillna("").tolist() == stored.extra_0.fillna("").tolist()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ["row", "margin", "confidence", "length", "flip scale"])
def test_rows_come_in_order_and_in_pages(results: RunResults, order: Any, descending: bool) -> None:
    column = order.replace(" ", "_")
    everything = results.rows(EVERYTHING, SCALE, limit=1000)
    expected = everything.sort_values(
        [column, "row"], ascending=[not descending, True], na_position="last", kind="stable"
    ).row
    if order == "row" and descending:
        expected = expected[::-1].sort_values(ascending=False)
    pages = [results.rows(EVERYTHING, SCALE, order, descending, 50, offset) for offset in range(0, 300, 50)]
    assert pd.concat(pages).row.tolist() == expected.tolist()


def test_one_row_holds_every_scale(results: RunResults, queried_run: QueriedRun) -> None:
    for stored in (queried_run.table.iloc[0], queried_run.table.iloc[-4]):
        row = results.row(int(stored.row))
        assert (row.row, row.text, row.length) == (stored.row, stored.text, stored.length)
        assert row.gold is None if np.isnan(stored.gold) else row.gold == stored.gold
        assert dict(row.extras)["number"] == stored.extra_1
        np.testing.assert_array_equal(row.token_ids, stored.token_ids)
        for k in range(len(SCALES)):
            assert row.labels[k] == stored[f"label_{k}"] and row.macs[k] == stored[f"macs_{k}"]
            assert row.margins[k] == stored[f"margin_{k}"]
            np.testing.assert_array_equal(row.depths[k], stored[f"depths_{k}"])
    with pytest.raises(InputError, match="Row 1000 is not among"):
        results.row(1000)


@pytest.mark.parametrize("pattern", ["(", "*", "(?<=a)b", "a{2000}", "[[:foo:]]", "\\"])
def test_a_broken_pattern_is_refused_with_its_reason(results: RunResults, pattern: str) -> None:
    with pytest.raises(InputError, match=r"not a regular expression \(.+\); correct it\.$"):
        results.count(RowFilter(pattern=pattern), SCALE)


def test_what_is_missing_gets_one_message(results: RunResults, tmp_path: Path) -> None:
    for bad in (
        lambda: results.count(RowFilter(extras=(("unknown", "x"),)), SCALE),
        lambda: results.extra_values("extra_0"),
        lambda: results.count(EVERYTHING, len(SCALES)),
        lambda: results.count(EVERYTHING, -1),
        lambda: results.rows(EVERYTHING, SCALE, "text; --"),  # type: ignore[arg-type]
        lambda: results.token_fate(EVERYTHING, SCALE, "word"),  # type: ignore[arg-type]
        lambda: results.export(EVERYTHING, SCALE, tmp_path / "x", "xlsx"),  # type: ignore[arg-type]
        lambda: RunResults(tmp_path),
    ):
        with pytest.raises(InputError):
            bad()


def test_numbers_that_no_column_holds_match_nothing(results: RunResults) -> None:
    huge = 2**31 - 1
    assert results.count(RowFilter(gold=huge), SCALE) == results.count(RowFilter(pruned=huge), SCALE) == 0
    assert results.count(RowFilter(lengths=(0, huge), confidence=(0, huge)), SCALE) == 216


def test_values_that_no_encoding_holds_match_nothing(results: RunResults) -> None:
    assert results.count(RowFilter(pattern="\ud800"), SCALE) == 0
    assert results.count(RowFilter(extras=(("kind", "\ud800\0"),)), SCALE) == 0


# Queries while a run is unfinished


def answers(results: RunResults, where: RowFilter, folder: Path) -> list[Any]:
    """Every method once."""
    for kind in ("parquet", "csv", "json"):
        results.export(where, SCALE, folder / f"rows.{kind}", kind)
    return [
        results.count(where, SCALE),
        scores(results.confusion(where, SCALE)),
        results.agreement(where, SCALE),
        results.rows(where, SCALE),
        results.curve(where, SCALE),
        results.cost(where, SCALE),
        results.length_buckets(where, SCALE),
        results.by_extra("kind", where, SCALE),
        *(results.token_fate(where, SCALE, by) for by in ("token", "class", "position", "special")),
        results.survival(where, SCALE),
    ]


@pytest.fixture
def growing(queried_run: QueriedRun, tmp_path: Path) -> Path:
    """A run with nothing done yet, in a folder whose name DuckDB might read as a pattern."""
    folder = tmp_path / "a[1]*b?'c"
    shutil.copytree(queried_run.folder, folder)
    (folder / RESULTS).unlink()
    return folder


def test_an_empty_filter_has_an_answer_to_every_query(results: RunResults, tmp_path: Path) -> None:
    count, score, agreement, rows, curve, cost, buckets, values, *fates, survival = answers(
        results, NOWHERE, tmp_path
    )
    assert count == score.rows == cost.rows == len(rows) == agreement.sum() == 0
    assert buckets == values == () and all(len(fate) == 0 for fate in fates)
    assert np.isnan(
        [score.accuracy.change.value, cost.flops_reduction, *curve.accuracy, *curve.flops_share]
    ).all()
    assert survival.rows == (0, 0, 0) and np.isnan(survival.all_rows).all()
    whole = results.token_fate(EVERYTHING, SCALE, "token")
    assert fates[0].columns.tolist() == whole.columns.tolist()
    assert json.loads((tmp_path / "rows.json").read_text()) == []
    assert len(pq.read_table(tmp_path / "rows.parquet")) == 0
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 1


def test_a_run_is_queried_while_it_grows(growing: Path, queried_run: QueriedRun, tmp_path: Path) -> None:
    folder = RunStore(growing)
    stored = pq.read_table(queried_run.folder / RESULTS)
    results = RunResults(growing)
    assert not results.is_complete and answers(results, EVERYTHING, tmp_path)[0] == 0

    folder.open_for_parts()
    folder.write_part(2, stored.slice(100))
    folder.write_part(0, stored.slice(0, 50))
    (growing / PARTS / ".part-000001.parquet.0.tmp").write_bytes(b"half")
    assert results.count(EVERYTHING, SCALE) == 0, "figures of one page use the same rows"
    results.refresh()
    assert results.count(EVERYTHING, SCALE) == len(stored) - 50 and not results.is_complete
    assert answers(results, EVERYTHING, tmp_path)[0] == len(stored) - 50
    assert results.rows(EVERYTHING, SCALE, limit=51).row.tolist()[-1] == stored["row"][100].as_py()

    folder.write_part(1, stored.slice(50, 50))
    folder.join_parts(range(3))
    folder.drop_parts()
    # Nobody refreshed, and its parts no longer exist.
    assert results.count(EVERYTHING, SCALE) == len(stored) and results.is_complete


def test_damaged_results_get_one_message(growing: Path) -> None:
    (growing / RESULTS).write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="cannot be read"):
        RunResults(growing).count(EVERYTHING, SCALE)


@pytest.mark.parametrize("place", [-6, -40])
def test_a_flipped_bit_gets_one_message(growing: Path, queried_run: QueriedRun, place: int) -> None:
    content = bytearray((queried_run.folder / RESULTS).read_bytes())
    footer = int.from_bytes(content[-8:-4], "little")
    content[place if place == -6 else -8 - footer] ^= 1 << 3
    (growing / RESULTS).write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        RunResults(growing).count(EVERYTHING, SCALE)


def test_parts_that_are_joined_while_a_page_looks_for_them(
    growing: Path, queried_run: QueriedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, stored = RunStore(growing), pq.read_table(queried_run.folder / RESULTS)
    results = RunResults(growing)
    folder.write_part(0, stored)
    keep = RunDatabase.set

    def joined_meanwhile(table: RunDatabase, name: str, value: Any) -> None:
        keep(table, name, value)
        if name == "files" and not folder.is_complete:
            folder.join_parts([0])

    monkeypatch.setattr(RunDatabase, "set", joined_meanwhile)
    results.refresh()
    assert results.count(EVERYTHING, SCALE) == len(stored) and results.is_complete


def store(growing: Path, table: pa.Table, **changes: Any) -> RunResults:
    """The run with other rows and settings."""
    folder = RunStore(growing)
    folder.write_spec(replace(folder.spec(), **changes).to_dict())
    pq.write_table(table, growing / RESULTS)
    return RunResults(growing)


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def test_no_row_has_a_gold_label(growing: Path, queried_run: QueriedRun, tmp_path: Path) -> None:
    table = pq.read_table(queried_run.folder / RESULTS)
    results = store(growing, with_column(table, "gold", pa.nulls(len(table), pa.int16())))
    score = scores(results.confusion(EVERYTHING, SCALE))
    curve = results.curve(EVERYTHING, SCALE)
    assert (
        score.rows == curve.labelled == 0
        and np.isnan(score.f1.dense.value)
        and np.isnan(curve.accuracy).all()
    )
    assert results.agreement(EVERYTHING, SCALE).sum() == curve.rows == len(table)
    assert results.token_fate(EVERYTHING, SCALE, "token").lift.isna().all()
    assert results.rows(EVERYTHING, SCALE).gold.isna().all()
    assert answers(results, EVERYTHING, tmp_path)[0] == len(table)


def test_second_texts_are_searched_too(growing: Path, queried_run: QueriedRun) -> None:
    table = pq.read_table(queried_run.folder / RESULTS)
    seconds = pa.array(["The second says heliotrope." if row == 3 else None for row in range(len(table))])
    results = store(growing, with_column(table, "text_pair", seconds))
    found = results.rows(RowFilter(pattern="HELIO"), SCALE)
    assert found.text_pair.tolist() == ["The second says heliotrope."]
    assert results.count(RowFilter(pattern="a"), SCALE) > 100


def test_thousands_of_values_in_an_extra_column(growing: Path, queried_run: QueriedRun) -> None:
    table = pq.read_table(queried_run.folder / RESULTS)
    many = pa.concat_tables([table] * 30)
    many = with_column(many, "row", pa.array(range(1, len(many) + 1)))
    values = pa.array([f"value {row // 2}" for row in range(len(many))])
    results = store(growing, with_column(many, "extra_1", values))
    top = results.extra_values("number")
    assert len(top) == 50 and {rows for _, rows in top} == {2}
    assert len(results.extra_values("number", 10_000)) == -(-len(many) // 2)
    assert len(results.by_extra("number", EVERYTHING, SCALE)) == 50
    assert results.count(RowFilter(extras=(("number", "value 77"),)), SCALE) == 2


def test_many_classes(growing: Path, queried_run: QueriedRun) -> None:
    table = pq.read_table(queried_run.folder / RESULTS)
    names = tuple(f"class {c}" for c in range(300))
    labels = pa.array([row % 300 for row in range(len(table))], pa.int16())
    results = store(growing, with_column(table, "label_3", labels), label_names=names)
    assert results.agreement(EVERYTHING, SCALE).shape == (300, 300)
    assert results.rows(EVERYTHING, SCALE).pruned[7] == "class 7"
    with pytest.raises(InputError, match="300 classes"):
        results.confusion(EVERYTHING, SCALE)
