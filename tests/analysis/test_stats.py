import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from ltp_viz.analysis.stats import RunScores, accuracy_of, scores
from ltp_viz.data.metrics import task_metrics


def confusion_of(rows: np.ndarray, classes: int) -> np.ndarray:
    counts = np.zeros((classes,) * 3, dtype=np.int64)
    np.add.at(counts, tuple(rows.T), 1)
    return counts


def random_rows(count: int, classes: int, seed: int = 0) -> np.ndarray:
    """Gold, unpruned and pruned; unpruned is right in about 85 %, pruned equals unpruned in about 90 %."""
    draw = np.random.default_rng(seed)
    gold = draw.integers(0, classes, count)
    dense = np.where(draw.random(count) < 0.85, gold, draw.integers(0, classes, count))
    pruned = np.where(draw.random(count) < 0.9, dense, draw.integers(0, classes, count))
    return np.stack([gold, dense, pruned], 1)


def assert_equals_metrics(score: RunScores, rows: np.ndarray, classes: int) -> None:
    dense, pruned = (task_metrics(rows[:, 0], np.eye(classes)[rows[:, side]]) for side in (1, 2))
    for name in ("accuracy", "f1", "matthews"):
        pair = getattr(score, name)
        assert pair.dense.value == pytest.approx(dense[name], abs=1e-12)
        assert pair.pruned.value == pytest.approx(pruned[name], abs=1e-12)
        assert pair.change.value == pytest.approx(pruned[name] - dense[name], abs=1e-12)


@settings(deadline=None, max_examples=50)
@given(
    st.integers(2, 6).flatmap(
        lambda c: st.tuples(
            st.just(c), st.lists(st.tuples(*[st.integers(0, c - 1)] * 3), min_size=1, max_size=30)
        )
    )
)
def test_scores_are_those_of_the_rows(case: tuple[int, list[tuple[int, int, int]]]) -> None:
    classes, rows = case[0], np.array(case[1])
    assert_equals_metrics(scores(confusion_of(rows, classes)), rows, classes)


@pytest.mark.parametrize("classes", [2, 5])
def test_the_bootstrap_is_one_of_rows(classes: int) -> None:
    rows = random_rows(400, classes)
    score = scores(confusion_of(rows, classes))
    draw = np.random.default_rng(1)
    changes = []
    for _ in range(150):
        sample = rows[draw.integers(0, len(rows), len(rows))]
        dense, pruned = (task_metrics(sample[:, 0], np.eye(classes)[sample[:, side]]) for side in (1, 2))
        changes.append([pruned[name] - dense[name] for name in ("accuracy", "f1", "matthews")])
    for name, values in zip(("accuracy", "f1", "matthews"), np.array(changes).T, strict=True):
        change = getattr(score, name).change
        spread = 1.96 * values.std()
        assert change.low == pytest.approx(change.value - spread, abs=0.3 * spread)
        assert change.high == pytest.approx(change.value + spread, abs=0.3 * spread)


def test_a_paired_difference_is_narrower_than_two_intervals() -> None:
    score = scores(confusion_of(random_rows(2000, 2), 2))
    assert score.matthews.change.high - score.matthews.change.low < (
        score.matthews.dense.high - score.matthews.dense.low
    )


def test_the_same_rows_give_the_same_intervals() -> None:
    counts = confusion_of(random_rows(100, 3), 3)
    assert scores(counts) == scores(counts.copy())


def test_mcnemar_counts_what_was_lost_and_won() -> None:
    rows = np.array([[1, 1, 0]] * 9 + [[0, 1, 0]] * 2 + [[0, 0, 0]] * 50 + [[1, 0, 0]] * 7)
    score = scores(confusion_of(rows, 2))
    assert (score.lost, score.won) == (9, 2)
    assert score.mcnemar_p == pytest.approx(binomtest(9, 11).pvalue)
    assert scores(confusion_of(np.array([[0, 0, 0]]), 2)).mcnemar_p == 1


def test_no_row_has_no_score() -> None:
    score = scores(np.zeros((3, 3, 3), dtype=np.int64))
    values = [
        getattr(getattr(score, name), side)
        for name in ("accuracy", "f1", "matthews")
        for side in ("dense", "pruned", "change")
    ]
    assert np.isnan([[estimate.value, estimate.low, estimate.high] for estimate in values]).all()
    assert (score.rows, score.lost, score.won, score.mcnemar_p) == (0, 0, 0, 1.0)


def test_a_share_keeps_an_interval_at_its_ends() -> None:
    for right, rows in ((0, 5), (5, 5), (3, 5), (1, 1)):
        share = accuracy_of(right, rows)
        exact = binomtest(right, rows).proportion_ci(method="wilson")
        assert (share.value, share.low, share.high) == pytest.approx((right / rows, exact.low, exact.high))
        assert share.low <= share.value <= share.high
