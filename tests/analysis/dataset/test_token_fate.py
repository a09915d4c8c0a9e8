"""Token fate, against plain loops over the same rows."""

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.results.word_classes import word_classes
from tests.analysis.conftest import QueriedRun

SCALE = 3
FIFTHS = ["first fifth", "second fifth", "third fifth", "fourth fifth", "last fifth"]


@pytest.fixture(scope="module")
def results(queried_run: QueriedRun) -> RunResults:
    return queried_run.results()


def tokens_of(table: pd.DataFrame, classifier: TextClassifier, by: str) -> list[tuple[str, int, bool, bool]]:
    """Group, layers survived, in a row that was lost, in a row that both get right."""
    tokenizer = classifier.tokenizer
    vocabulary = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    classes = word_classes(vocabulary, set(tokenizer.all_special_tokens))
    # WordPiece marks a token that continues a word by "##", screens by a hyphen.
    shown = ["\u2010" + token[2:] if token.startswith("##") else token for token in vocabulary]
    found = []
    for row in table.itertuples():
        dense, pruned = row.label_0 == row.gold, getattr(row, f"label_{SCALE}") == row.gold
        lost, right = dense and not pruned, dense and pruned
        specials = [i for i, token in enumerate(row.token_ids) if token in tokenizer.all_special_ids]
        inner = len(row.token_ids) - 2  # between [CLS] and the last [SEP]
        for i, (token, depth) in enumerate(zip(row.token_ids, getattr(row, f"depths_{SCALE}"), strict=True)):
            if by == "position":
                if 0 < i <= inner:
                    fifth = FIFTHS[int(5 * Fraction(2 * i - 1, 2 * inner))]
                    found.append((fifth, depth, lost, right))
            elif by != "special" or i in specials:
                found.append((classes[token] if by == "class" else shown[token], depth, lost, right))
    return found


@pytest.mark.parametrize(
    "where", [EVERYTHING, RowFilter(lengths=(3, 20)), RowFilter(outcome="lost")], ids=str
)
@pytest.mark.parametrize("by", ["token", "class", "position", "special"])
def test_fate_of_every_group(
    results: RunResults, queried_run: QueriedRun, classifier: TextClassifier, by: Any, where: RowFilter
) -> None:
    table = queried_run.table
    if where.lengths:
        table = table[table.length.between(*where.lengths)]
    if where.outcome:
        table = table[
            (table.label_0 == table.gold) & (table[f"label_{SCALE}"] != table.gold) & table.gold.notna()
        ]
    groups = defaultdict(list)
    for group, *fate in tokens_of(table, classifier, by):
        groups[group].append(fate)
    found = results.token_fate(where, SCALE, by, limit=100_000, least=1).set_index("group")
    assert set(found.index) == set(groups)
    if by == "position":
        assert found.index.tolist() == [name for name in FIFTHS if name in groups]
    else:
        assert found.tokens.is_monotonic_decreasing
    for group, fates in groups.items():
        depths, lost, right = (np.array(part) for part in zip(*fates, strict=True))
        row = found.loc[group]
        assert (row.tokens, row.lost_tokens) == (len(depths), lost.sum())
        assert row.mean_depth == pytest.approx(depths.mean())
        assert row.survive == pytest.approx((depths == 6).mean())
        for layer in range(6):
            assert row[f"dropped_{layer + 1}"] == pytest.approx((depths == layer).mean())
        missed = [6 - depths[rows].mean() if rows.any() else np.nan for rows in (lost, right)]
        expected = missed[0] / missed[1] if missed[1] else np.nan
        assert row.lift == pytest.approx(expected, nan_ok=True)


def test_few_and_rare_groups_are_left_out(
    results: RunResults, queried_run: QueriedRun, classifier: TextClassifier
) -> None:
    counts = Counter(group for group, *_ in tokens_of(queried_run.table, classifier, "token"))
    shown = results.token_fate(EVERYTHING, SCALE, "token", limit=10, least=5)
    assert shown.tokens.tolist() == [count for _, count in counts.most_common(10)]
    common = results.token_fate(EVERYTHING, SCALE, "token", limit=100_000, least=5)
    assert set(common.group) == {group for group, count in counts.items() if count >= 5}


def test_survival(results: RunResults, queried_run: QueriedRun) -> None:
    table = queried_run.table
    pruned_right = table[f"label_{SCALE}"] == table.gold
    lost = (table.label_0 == table.gold) & table.gold.notna() & ~pruned_right
    survival = results.survival(EVERYTHING, SCALE)
    assert survival.rows == (len(table), pruned_right.sum(), lost.sum())
    for alive, rows in (
        (survival.all_rows, table),
        (survival.right, table[pruned_right]),
        (survival.lost, table[lost]),
    ):
        depths = np.concatenate(rows[f"depths_{SCALE}"].tolist())
        np.testing.assert_allclose(alive, [(depths > layer).mean() for layer in range(6)])


def test_the_unpruned_run_drops_nothing(results: RunResults) -> None:
    assert (results.survival(EVERYTHING, 0).all_rows == 1).all()
    fate = results.token_fate(EVERYTHING, 0, "class")
    assert (fate.survive == 1).all() and (fate.mean_depth == 6).all() and fate.lift.isna().all()
