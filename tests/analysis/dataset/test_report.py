"""A report's data equal the stored results, and its command repeats the run."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.report import (
    MAX_FLIPS,
    RunReport,
    filter_words,
    gather_report,
    repeat_command,
)
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.cli.analyze import add_options
from ltp_viz.cli.options import Parser, sweep_scales
from ltp_viz.cli.reading import reading_options
from ltp_viz.data.checkpoints.model_files import shareable_name
from ltp_viz.data.tables.reading import FileFormat
from ltp_viz.figures.dataset.report import report_html
from tests.analysis.conftest import QueriedRun

SCALE = 3


@pytest.fixture(scope="module")
def results(queried_run: QueriedRun) -> RunResults:
    return queried_run.results()


@pytest.fixture(scope="module")
def report(results: RunResults) -> RunReport:
    return gather_report(results, EVERYTHING, SCALE, made="today")


def test_a_report_of_everything_agrees_with_the_rows(report: RunReport, queried_run: QueriedRun) -> None:
    table = queried_run.table
    lost = (table.gold == table.label_0) & (table[f"label_{SCALE}"] != table.gold) & table.gold.notna()
    assert report.rows == report.rows_stored == len(table)
    assert report.scores is not None and report.scores.rows == table.gold.notna().sum()
    assert report.flips_total == lost.sum() > 0 and report.flip_outcome == "lost"
    assert sorted(report.flips.row) == sorted(table.row[lost])[:MAX_FLIPS]
    assert report.flips.margin.is_monotonic_decreasing
    assert report.agreement.sum() == len(table) and report.confusion.sum() == table.gold.notna().sum()
    assert [by for by, _ in report.fates] == ["class", "position", "special", "token"]


def test_warnings_follow_from_the_results(report: RunReport, queried_run: QueriedRun) -> None:
    unlabelled = int(queried_run.table.gold.isna().sum())
    assert report.warnings == (f"{unlabelled} rows without a known label left out of every score.",)


def test_extra_columns_with_few_values_are_groupings(report: RunReport) -> None:
    columns = [column for column, _ in report.value_buckets]
    assert "Dense" in columns and "number" not in columns and "=qu\"o'te" not in columns


def test_the_flips_follow_the_filter(results: RunResults) -> None:
    assert gather_report(results, RowFilter(outcome="won"), SCALE).flips_total == 0
    changed = gather_report(results, RowFilter(outcome="changed"), SCALE)
    assert changed.flips_total == gather_report(results, RowFilter(outcome="lost"), SCALE).flips_total > 0


def test_rows_without_gold_labels_have_no_scores_but_changes(results: RunResults) -> None:
    unlabelled = gather_report(results, RowFilter(pattern="<script>"), SCALE)
    assert unlabelled.scores is None
    assert unlabelled.rows == 1 and unlabelled.flip_outcome == "changed"
    assert unlabelled.length_buckets == () and "no scores" in report_html(unlabelled)


def test_no_rows_and_an_unfinished_run_have_a_report_too(
    results: RunResults, queried_run: QueriedRun, tmp_path: Path
) -> None:
    nothing = gather_report(results, RowFilter(pattern="^no text is like this$"), SCALE)
    assert nothing.rows == 0 and "No rows match the filter" in nothing.warnings[-1]
    assert "No rows match the filter" in report_html(nothing)
    folder = RunStore(tmp_path / "begun")
    folder.create(results.spec)
    begun = RunResults(tmp_path / "begun")
    unfinished = gather_report(begun, EVERYTHING, SCALE)
    assert "The run is not finished: this report covers 0 of" in unfinished.warnings[0]
    assert "not finished" in report_html(unfinished)


def test_a_report_of_a_real_run_is_drawn(report: RunReport) -> None:
    page = report_html(report)
    assert all(f'data-name="row">{row}<' in page for row in report.flips.row)
    assert "<script>alert" not in page


def parsed(words: list[str]) -> Any:
    """What `ltp-viz analyze` reads from these arguments."""
    parser = Parser()
    add_options(parser)
    return parser.parse_args(words[2:])


def scales_of(options: Any) -> list[float]:
    return [*options.scale, *sweep_scales(options.sweep)]


def test_the_command_names_what_cannot_be_guessed(results: RunResults) -> None:
    spec = results.spec
    words = shlex.split(repeat_command(spec))
    assert words[:4] == ["ltp-viz", "analyze", "--data", spec.source_name]
    options = parsed(words)
    assert sorted({0.0, 1.0, *scales_of(options)}) == list(spec.scales)
    assert (options.model, options.text_columns, options.label_column) == (
        shareable_name(spec.model),
        ["text"],
        "label",
    )
    assert options.labels is None, "the names of the classes are enough"
    roles = replace(spec.roles, text_pair="a b", classes=(("negative", 1), ("fine; rm", 1)))
    sweep = tuple(np.round(np.arange(31) / 10, 6))
    odd = replace(spec, source_name="a 'b'.csv", roles=roles, scales=sweep, layer_scales=(1.0, 0.5))
    options = parsed(shlex.split(repeat_command(odd)))
    assert options.data == "a 'b'.csv" and options.sweep == "0:3:0.1"
    assert options.labels == ["negative=positive", "fine; rm=positive"]
    assert options.text_columns == ["text", "a b"] and options.layer_scales == [1.0, 0.5]


@pytest.mark.parametrize("scales", [(0.0, 0.333333, 0.666667, 1.0), (0.0, 1.0, 12.345678), (0.0, 0.5, 1.0)])
def test_the_command_gives_the_exact_scales(results: RunResults, scales: tuple[float, ...]) -> None:
    spec = replace(results.spec, scales=scales, layer_scales=(1.23456789, 1.0))
    options = parsed(shlex.split(repeat_command(spec)))
    assert tuple(sorted({0.0, 1.0, *(round(scale, 6) for scale in scales_of(options))})) == scales
    assert options.layer_scales == [1.23456789, 1.0]


def test_the_command_of_a_hub_data_set_and_of_labels_that_look_like_options(results: RunResults) -> None:
    roles = replace(results.spec.roles, classes=(("-1", 0), ("1", 1)))
    spec = replace(results.spec, source_name="owner/name:small (train)", roles=roles)
    options = parsed(shlex.split(repeat_command(spec)))
    assert (options.data, options.split) == ("owner/name:small", "train")
    assert options.labels == ["-1=negative"]


def test_the_command_repeats_how_the_file_was_read(results: RunResults) -> None:
    how = FileFormat("semicolon", "cp1252", "text", "no")
    options = parsed(shlex.split(repeat_command(replace(results.spec, file_format=how))))
    assert reading_options(options).file == how


def test_a_filter_in_words() -> None:
    assert filter_words(RowFilter(gold=7), ["a", "b"]) == ("gold 7",)
    where = RowFilter(
        pattern="not", lengths=(3, 9), gold=1, outcome="lost", confidence=(0.5, 0.9), extras=(("kind", ""),)
    )
    assert filter_words(where, ["negative", "positive"]) == (
        "text matches “not”",
        "3 to 9 tokens",
        "gold positive",
        "outcome lost",
        "pruned confidence 50% to 90%",
        "kind is empty",
    )
    assert filter_words(EVERYTHING, ["a", "b"]) == ()
