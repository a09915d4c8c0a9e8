"""Figures of attribution show the explanation's own numbers and say them in words."""

import math
from html import escape

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.why.agreement import explained_agreement, explained_mismatches
from ltp_viz.analysis.why.agreement_over_rows import TextAgreement, summary
from ltp_viz.analysis.why.explanation import explain
from ltp_viz.figures.theme import alt_text
from ltp_viz.figures.why.attribution import correlations_figure, importance_figure, outcomes_figure


def record(outcome: str, rho: float) -> TextAgreement:
    sides, none = {"pruned": rho, "dense": rho}, {"pruned": (), "dense": ()}
    return TextAgreement(1, outcome, 5, (), sides, "", sides, sides, none, none, 0.1)  # type: ignore[arg-type]


def test_importance(classifier: TextClassifier) -> None:
    text = "A <b>warm</b>, funny little film that never wastes a minute."
    found = explain(classifier, classifier.tokenize(text))
    figure = importance_figure(found, "lig", "dense")
    points = [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    assert len(points) == len(found.words)
    sizes = np.abs(found.values("lig", "dense"))
    assert sorted(y for _, y in points) == pytest.approx(sorted(sizes.tolist()), abs=1e-4)
    assert sorted(round(x) for x, _ in points) == sorted(found.depths.tolist())
    named = {trace.name: list(trace.text) for trace in figure.data if trace.mode == "markers+text"}
    listed = explained_mismatches(found, "lig", "dense")
    assert sorted(named.get("important but dropped early", [])) == sorted(
        escape(found.words[each.word].text) for each in listed.early
    )
    assert f"{explained_agreement(found, 'lig', 'dense').rho:.2f}" in alt_text(figure)
    assert len({trace.marker.symbol for trace in figure.data}) == len(figure.data)  # not by colour alone
    hovers = [hover for trace in figure.data for hover in trace.hovertext]
    assert any("<b>&lt;</b>" in hover for hover in hovers) and not any("<b><" in hover for hover in hovers)


def test_correlations() -> None:
    records = [record("lost", 0.25), record("both right", 0.75), record("lost", math.nan), record("won", 1.0)]
    found = summary(records, "pruned")
    figure = correlations_figure(records, found, "pruned")
    assert sum(figure.data[0].y) == 3 and len(figure.data[0].y) == 20
    assert "3 texts. Mean 0.67, 95 percent interval" in alt_text(figure)
    nothing = [record("lost", math.nan)]
    assert "0 texts" in alt_text(correlations_figure(nothing, summary(nothing, "pruned"), "pruned"))


def test_outcomes() -> None:
    records = [record("both right", 0.5), record("both right", 0.7), record("lost", -0.1)]
    figure = outcomes_figure(summary(records, "dense"))
    assert list(figure.data[0].x) == [0.6, -0.1]
    assert list(figure.data[0].marker.symbol) == ["circle", "diamond"]
    assert list(figure.data[0].error_x.array)[1] == 0  # a single text has no interval
    assert "pruning makes it wrong, 1 text: -0.10" in alt_text(figure)
    assert "No text has one" in alt_text(outcomes_figure(summary([record("won", math.nan)], "dense")))
