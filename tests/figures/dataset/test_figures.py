"""Figures of a run show its numbers, carry what a click needs, and never treat text as markup."""

import json
import math
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz.figures.dataset.buckets import length_buckets_figure, value_buckets_figure
from ltp_viz.figures.dataset.confusion import (
    LOST,
    RIGHT,
    WON,
    WRONG,
    agreement_figure,
    changes_figure,
    confusion_figure,
)
from ltp_viz.figures.dataset.curve import curve_figure
from ltp_viz.figures.dataset.histograms import lengths_histogram, savings_figure
from ltp_viz.figures.dataset.survival import survival_figure
from ltp_viz.figures.dataset.token_fate import fate_figure, lift_figure
from ltp_viz.figures.theme import alt_text
from ltp_viz.figures.wording import compact, shortened, shortened_names
from tests.figures.dataset import run_samples as samples

NAMES = ["negative", "positive"]


def clickable(figure: go.Figure) -> dict[tuple[int | None, int, int], int]:
    """What each square or bar stands for, and its count as hover says it."""
    return {
        tuple(key): int(hover.split("<b>")[1].split(" text")[0].replace(",", ""))
        for trace in figure.data
        if trace.customdata is not None
        for key, hover in zip(trace.customdata, trace.hovertext, strict=True)
    }


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_every_gold_class_has_a_panel_with_all_counts(classes: int) -> None:
    counts = samples.confusion(classes)
    figure = confusion_figure(counts, [f"class {index}" for index in range(classes)])
    found = clickable(figure)
    assert found == {tuple(map(int, key)): counts[tuple(key)] for key in np.argwhere(counts)}
    assert len(figure.layout.annotations) == classes
    assert {trace.name for trace in figure.data if trace.showlegend} == {
        "both right",
        "lost",
        "won",
        "both wrong",
    }


def test_an_outcome_is_what_gold_and_answers_say() -> None:
    counts = np.array([[[5, 1], [2, 3]], [[4, 6], [7, 8]]])
    outcomes: dict[str, int] = {}
    for trace in confusion_figure(counts, NAMES).data:
        if trace.customdata is not None:
            outcomes[trace.name] = outcomes.get(trace.name, 0) + sum(
                counts[tuple(key)] for key in trace.customdata
            )
    assert outcomes == {"both right": 5 + 8, "lost": 1 + 7, "won": 2 + 6, "both wrong": 3 + 4}
    assert "36 labelled texts: 13 both right, 8 lost, 8 won, 7 both wrong" in alt_text(
        confusion_figure(counts, NAMES)
    )


def test_many_classes_share_one_panel() -> None:
    counts, names = samples.confusion(7), [f"class {index}" for index in range(7)]
    together = counts.sum(0)
    assert clickable(confusion_figure(counts, names)) == {
        (None, int(d), int(p)): together[d, p] for d, p in np.argwhere(together)
    }


def test_squares_grow_with_their_counts_and_hold_their_numbers() -> None:
    counts = np.array([[[90_000, 1], [9_999, 400]], [[0, 0], [0, 1]]])
    for trace in confusion_figure(counts, NAMES).data:
        for size, number in zip(trace.marker.size, trace.text, strict=True) if trace.text else ():
            assert size >= 8 * len(number), "a number lies within its square"


def test_agreement_figure() -> None:
    agreement = np.array([[10, 2], [0, 12_345]])
    assert clickable(agreement_figure(agreement, NAMES)) == {
        (None, 0, 0): 10,
        (None, 0, 1): 2,
        (None, 1, 1): 12_345,
    }
    assert "12,355 the same, 2 changed" in alt_text(agreement_figure(agreement, NAMES))


def test_changes_figure_lists_the_most_frequent_first() -> None:
    counts = samples.confusion(3)
    figure = changes_figure(counts, ["a", "b", "c"], limit=5)
    places = sorted(
        (place, length) for trace in figure.data for place, length in zip(trace.y, trace.x, strict=True)
    )
    changed = sorted((counts[g, d, p] for g, d, p in np.ndindex(3, 3, 3) if d != p), reverse=True)
    assert [length for _, length in places] == changed[:5]
    assert f"changes in {sum(changed)} texts" in alt_text(figure)
    assert len(changes_figure(np.zeros((3, 3, 3), dtype=int), ["a", "b", "c"]).layout.yaxis.ticktext) == 0


def test_curve_figure_marks_the_chosen_scale() -> None:
    curve = samples.curve()
    figure = curve_figure(curve, 2)
    band, line, chosen, dense = figure.data
    assert list(line.x) == pytest.approx(100 * curve.flops_share)
    assert list(line.y) == pytest.approx(100 * curve.accuracy)
    assert [list(key) for key in line.customdata] == [[0], [1], [2], [3], [4]]
    assert (chosen.x[0], chosen.y[0], list(chosen.customdata[0])) == (50, 89, [2])
    assert list(dense.y) == [90, 90]
    assert max(band.y) == pytest.approx(92) and min(band.y) == pytest.approx(78)
    low, high = figure.layout.yaxis.range
    assert low <= 78 and high >= 92
    assert "Chosen: 1, 89.0 percent with 50 percent of the FLOPs" in alt_text(figure)


def test_curve_figure_without_gold_labels_shows_agreement() -> None:
    line, chosen = curve_figure(samples.curve(labelled=0), 4).data
    assert line.name == "same answer as unpruned" and chosen.y[0] == 82


def test_survival_figure_starts_whole_and_leaves_out_what_has_no_rows() -> None:
    figure = survival_figure(samples.survival())
    assert [trace.y[0] for trace in figure.data] == [100, 100, 100]
    assert list(figure.data[2].y[1:]) == pytest.approx([90, 54, 36, 27, 18, 9])
    nothing = samples.empty_report().survival
    assert len(survival_figure(nothing).data) == 0 and "No rows" in alt_text(survival_figure(nothing))


def test_histograms_hold_every_text_once() -> None:
    cost = samples.cost()
    assert sum(savings_figure(cost).data[0].y) == sum(lengths_histogram(cost).data[0].y) == 900
    assert "Together 50 percent; most often 45 to 50 percent saved" in alt_text(savings_figure(cost))
    bar = lengths_histogram(cost).data[0]
    assert [hover.split("<br>")[1] for hover in bar.hovertext] == [
        "3 tokens",
        "4 to 9 tokens",
        "10 to 19 tokens",
    ]


def test_buckets_show_intervals_and_leave_unknown_accuracy_open() -> None:
    dense, pruned = length_buckets_figure(samples.length_buckets()).data
    assert (dense.name, pruned.name) == ("unpruned", "pruned")
    assert dense.x[0] == 92 and pruned.x[0] == 91 and dense.x[1] is None and pruned.x[1] is None
    assert pruned.x[0] - pruned.error_x.arrayminus[0] == pytest.approx(88)
    ((column, buckets),) = samples.report().value_buckets
    assert [list(key) for key in value_buckets_figure(buckets, column).data[0].customdata] == [
        [samples.HOSTILE]
    ]


def test_a_groups_bar_is_all_of_its_tokens() -> None:
    fate = samples.fate(["a", "b", "c"])
    figure = fate_figure(fate, "kinds of words")
    bars = [trace for trace in figure.data if trace.customdata is not None]
    assert len(bars) == 1 + samples.LAYERS
    assert np.sum([trace.x for trace in bars], axis=0) == pytest.approx([100] * 3, abs=0.05)
    key = [trace for trace in figure.data if trace.customdata is None]
    assert [trace.text[0] for trace in key] == ["kept to end", "6", "5", "4", "3", "2", "1"]
    assert sum(trace.x[0] for trace in key) == pytest.approx(100)
    assert [trace.marker.color for trace in bars] == [trace.marker.color for trace in key]


def test_lift_figure_ranks_groups_with_enough_lost_tokens() -> None:
    bar = lift_figure(samples.fate(["a", "b", "c", "d"])).data[0]
    assert [key[0] for key in bar.customdata] == ["c", "b", "a"], "d has two tokens in lost rows"
    assert list(bar.x) == pytest.approx([math.log2(1.2), 0, math.log2(0.8)])


FIGURES: dict[str, Callable[[], go.Figure]] = {
    "panels": lambda: confusion_figure(samples.confusion(2), samples.report().spec.label_names),
    "one panel": lambda: confusion_figure(samples.confusion(6), samples.report(6).spec.label_names),
    "agreement": lambda: agreement_figure(np.eye(2, dtype=int), samples.report().spec.label_names),
    "changes": lambda: changes_figure(samples.confusion(3), samples.report(3).spec.label_names),
    "values": lambda: value_buckets_figure(samples.report().value_buckets[0][1], samples.HOSTILE),
    "fate": lambda: fate_figure(samples.fate([samples.HOSTILE, "x"]), "token"),
    "lift": lambda: lift_figure(samples.fate([samples.HOSTILE, "x", "y"])),
    "lengths": lambda: length_buckets_figure(samples.length_buckets()),
    "no curve": lambda: curve_figure(samples.empty_report().curve, 2),
    "no cost": lambda: savings_figure(samples.empty_report().cost),
    "no lengths": lambda: lengths_histogram(samples.empty_report().cost),
    "no panels": lambda: confusion_figure(np.zeros((2, 2, 2), dtype=int), NAMES),
    "no agreement": lambda: agreement_figure(np.zeros((2, 2), dtype=int), NAMES),
    "no fate": lambda: fate_figure(samples.fate(["x", "y"]).iloc[:0], "token"),
    "no lift": lambda: lift_figure(samples.fate(["x", "y"]).iloc[:0]),
    "no lengths by bucket": lambda: length_buckets_figure(()),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_strict_json_with_words_and_without_foreign_markup(name: str) -> None:
    figure = FIGURES[name]()
    assert alt_text(figure).endswith(".") and len(alt_text(figure)) > 10

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    drawn = json.loads(figure.to_json(), parse_constant=refuse)
    drawn["layout"].pop("meta")  # words, shown as text
    for trace in drawn["data"]:
        trace.pop("customdata", None)  # for clicks, never shown
    for tag in ("<script", "<img", "<a ", "<!--"):
        assert tag not in json.dumps(drawn, ensure_ascii=False)


@pytest.mark.parametrize("colour", [RIGHT, LOST, WON, WRONG])
def test_squares_carry_white_numbers_and_contrast_with_light_and_dark_pages(colour: str) -> None:
    assert contrast(colour, "#FFFFFF") >= 4.5
    assert contrast(colour, "#11161C") >= 3


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@given(st.integers(0, 10**11))
def test_compact_counts_are_short_and_close(count: int) -> None:
    written = compact(count)
    assert len(written) <= 5
    factor = {"k": 1e3, "M": 1e6, "G": 1e9}.get(written[-1], 1)
    assert float(written.rstrip("kMG").replace(",", "")) * factor == pytest.approx(count, rel=0.051)


@given(st.text())
def test_shortened_names_are_one_line_without_tags(name: str) -> None:
    written = shortened(name, 12)
    assert written and "\n" not in written and "<" not in written


def test_names_that_begin_alike_stay_apart() -> None:
    names = ["talk.politics.guns", "talk.politics.mideast", "sci.med"]
    written = shortened_names(names, 12)
    assert len(set(written)) == 3 and max(map(len, written)) <= 12
