"""Figures of rules: which style belongs to which column."""

import numpy as np

from ltp_viz.analysis.compare.curves import RuleCurve
from ltp_viz.figures.compare.rules import COLUMN_COLOURS, overlap_figure, rule_curves_figure


def curve(name: str) -> RuleCurve:
    values = np.array([1.0, 0.5])
    return RuleCurve(name, 1 - values, values, values, 10)


def test_every_column_keeps_its_colour_beside_a_twin() -> None:
    figure = rule_curves_figure(
        [curve("learned"), curve("tome"), curve("lat")], ["learned", "learned", "tome"]
    )
    colours = {line.name: line.line.color for line in figure.data}
    assert colours["Learned thresholds (LTP)"] == COLUMN_COLOURS[0]
    assert colours["Token Merging (ToMe)"] == COLUMN_COLOURS[2]


def test_only_rules_of_columns_have_a_place_in_the_legend() -> None:
    curves = [curve("learned"), curve("tome"), curve("lat"), curve("ppt")]
    figure = rule_curves_figure(curves, ["learned", "tome"])
    named = {line.name for line in figure.data if line.showlegend is not False}
    assert named == {"Learned thresholds (LTP)", "Token Merging (ToMe)", "other rules (point at a line)"}
    (grey,) = {line.line.color for line in figure.data if line.legendgroup == "others"}
    assert grey not in COLUMN_COLOURS
    assert len(rule_curves_figure(curves[:2], ["learned", "tome"]).data) == 2, "there are no others"


def test_the_line_of_nothing_dropped_says_what_it_is() -> None:
    figure = rule_curves_figure([curve("learned")], ["learned"])
    assert [note.text for note in figure.layout.annotations] == ["unpruned,<br>chosen model"]


def test_columns_are_named_and_coloured_by_their_number() -> None:
    figure = overlap_figure([np.ones(6)], ["Top-k", "Token Merging (ToMe)"], [2, 4])
    (line,) = figure.data
    assert line.name == "4. Token Merging (ToMe)" and line.line.color == COLUMN_COLOURS[3]
    assert "Survivors shared with Top-k" in figure.layout.meta["alt"]
