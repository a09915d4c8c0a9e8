"""Rank correlations computed by hand, cases without one, and the words on which two rankings differ."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

import ltp_viz
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.jobs.states import Cancelled
from ltp_viz.analysis.why.agreement import mean_with_interval, mismatches, rank_agreement
from ltp_viz.analysis.why.agreement_over_rows import (
    ChosenText,
    TextAgreement,
    agreements,
    chosen_count,
    deltas,
    evenly_chosen,
    most_often_early,
    summary,
)
from ltp_viz.analysis.why.explanation import explain, rule_of
from tests.analysis.conftest import QueriedRun

TEXTS = [
    ChosenText(4, "A warm, funny little film that never wastes a minute.", None, 1),
    ChosenText(7, "Dull.", None, 0),
    ChosenText(9, "\u200b", None, 0),
    ChosenText(12, "The second half is a dreadful bore, though.", None, None),
]


def test_by_hand() -> None:
    # Sizes 4, 3, 2, 1 against depths 3, 3, 1, 2: ranks 4, 3, 2, 1 and 3.5, 3.5, 1, 2.
    found = rank_agreement(np.array([-4.0, 3.0, -2.0, 1.0]), np.array([3, 3, 1, 2]))
    assert found.rho == pytest.approx(3.5 / math.sqrt(5 * 4.5))
    assert (found.words, found.undefined) == (4, "")
    assert rank_agreement(np.array([1.0, -2.0, 3.0]), np.array([0, 1, 2])).rho == pytest.approx(1)
    assert rank_agreement(np.array([3.0, -2.0, 1.0]), np.array([0, 1, 2])).rho == pytest.approx(-1)


@pytest.mark.parametrize(
    ("values", "depths", "reason"),
    [
        ([1.0, 2.0], [1, 2], "2 words; a correlation needs 3"),
        ([1.0], [1], "1 word; a correlation needs 3"),
        ([1.0, 2.0, 3.0], [6, 6, 6], "all words survive equally long"),
        ([1.0, -1.0, 1.0], [1, 2, 3], "all attributions are equally large"),
    ],
)
def test_no_correlation_is_said_in_words(values: list[float], depths: list[int], reason: str) -> None:
    found = rank_agreement(np.array(values), np.array(depths))
    assert math.isnan(found.rho) and found.undefined == reason


def test_mismatches() -> None:
    """Five words; by importance word 0 leads and 4 is last, by depth it is the reverse."""
    values, depths = np.array([-5.0, 4.0, 3.0, 2.0, 1.0]), np.array([0, 1, 2, 3, 4])
    found = mismatches(values, depths, num_layers=4)
    assert [each.word for each in found.early] == [0, 1]
    assert [each.gap for each in found.early] == [1.0, 0.5]
    assert [each.word for each in found.late] == [4, 3]
    # A token kept to the end was not dropped early; one that survives no longer than most was not kept.
    assert not mismatches(values, np.full(5, 4), 4).early
    assert not mismatches(values, np.full(5, 1), 4).late
    assert not mismatches(np.abs(values), depths[::-1], 4).early
    many = mismatches(np.arange(40.0), np.arange(40)[::-1], 40)
    assert (len(many.early), len(many.late)) == (5, 5)
    assert mismatches(np.array([1.0]), np.array([2]), 4).early == ()


def test_mean_with_interval() -> None:
    values = [0.1, 0.5, math.nan, 0.3, 0.7]
    found = mean_with_interval(values)
    assert found.value == pytest.approx(0.4) and 0.1 < found.low < 0.4 < found.high < 0.7
    assert found == mean_with_interval(values)  # the same draw each time
    assert math.isnan(mean_with_interval([math.nan]).value)
    single = mean_with_interval([0.2])
    assert single.value == 0.2 and math.isnan(single.low)


def test_over_texts(classifier: ltp_viz.TextClassifier) -> None:
    records = list(agreements(classifier, TEXTS, rule_of(classifier), "lig"))
    assert [record.row for record in records] == [4, 7, 12]  # one has no word
    assert records[0].outcome == "both right" and records[2].outcome == "no label"
    found = explain(classifier, classifier.tokenize(TEXTS[0].text), methods=("lig",))
    rho = spearmanr(np.abs(found.values("lig", "dense")), found.depths).statistic
    assert records[0].rho["dense"] == pytest.approx(rho, abs=1e-6)
    assert math.isnan(records[1].rho["pruned"]) and "needs 3" in records[1].undefined
    assert records[1].to_dict()["rho"] == {"pruned": None, "dense": None}
    whole = summary(records, "pruned")
    assert (whole.texts, whole.defined) == (3, 2)
    assert whole.mean.value == pytest.approx((records[0].rho["pruned"] + records[2].rho["pruned"]) / 2)
    delta = deltas(records, "pruned")
    assert delta is not None and delta.largest == max(abs(record.delta["pruned"]) for record in records)
    assert deltas(list(agreements(classifier, TEXTS[:1], rule_of(classifier), "occlusion")), "dense") is None


def test_outcomes_and_words() -> None:
    def record(outcome: str, rho: float, early: tuple[str, ...]) -> TextAgreement:
        sides = {"pruned": rho, "dense": -rho}
        words = ("good", "bad", "film")
        both = {"pruned": early, "dense": ()}
        return TextAgreement(1, outcome, 5, words, sides, "", sides, sides, both, both, 0.1)  # type: ignore[arg-type]

    records = [
        record("both right", 0.5, ("good", "good")),
        record("lost", 0.1, ("good", "bad")),
        record("both right", math.nan, ("bad",)),
        replace(record("lost", 0.3, ("good",)), words=("good",)),
    ]
    found = summary(records, "pruned")
    assert [(name, texts, mean.value) for name, texts, mean in found.by_outcome] == [
        ("both right", 1, 0.5),
        ("lost", 2, pytest.approx(0.2)),
    ]
    assert summary(records, "dense").mean.value == pytest.approx(-0.3)
    assert most_often_early(records, "pruned") == [("good", 3, 4), ("bad", 2, 3)]
    assert most_often_early(records, "dense") == []


def test_each_text_is_yielded_and_may_be_the_last(classifier: ltp_viz.TextClassifier) -> None:
    shares: list[float] = []
    done: list[TextAgreement] = []

    def advance(share: float) -> None:
        shares.append(len(done) + share)
        if len(done) == 1 and share > 0.5:
            raise Cancelled

    def explain_all() -> None:
        for record in agreements(classifier, TEXTS, rule_of(classifier), "lig", advance=advance):
            done.append(record)

    with pytest.raises(Cancelled):
        explain_all()
    assert len(done) == 1 and shares == sorted(shares)


def test_rows_are_chosen_evenly_from_the_filter(queried_run: QueriedRun) -> None:
    table = queried_run.table
    everything = evenly_chosen(queried_run.folder, EVERYTHING, 2, 10_000)
    assert [text.row for text in everything] == sorted(table["row"])
    some = evenly_chosen(queried_run.folder, EVERYTHING, 2, 20)
    assert 15 <= len(some) <= 20 and len(some) == chosen_count(len(table), 20)
    assert [text.row for text in some] == sorted(table["row"])[:: -(-len(table) // 20)]
    lost = table[(table["label_0"] == table["gold"]) & (table["label_2"] != table["gold"])]
    found = evenly_chosen(queried_run.folder, RowFilter(outcome="lost"), 2, 1000)
    assert {text.row for text in found} == set(lost["row"]) and len(found) > 0
    assert all(text.gold in (0, 1) for text in found)
    assert any(text.gold is None for text in everything)
