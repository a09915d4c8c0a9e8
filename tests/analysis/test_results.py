"""Measured results: what is written is read back, and a run's row is replaced, not duplicated."""

from dataclasses import replace
from pathlib import Path

import pytest

from ltp_viz.analysis.results import Results, read_results, write_results
from ltp_viz.data.errors import InputError
from tests.conftest import ROOT

FILE = ROOT / "assets/results.json"


def test_a_round_trip_changes_nothing(tmp_path: Path) -> None:
    results = read_results(FILE)
    write_results(results, tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == results
    assert (tmp_path / "results.json").read_text() == FILE.read_text()


def test_a_row_replaces_that_of_its_run_task_and_split() -> None:
    results = read_results(FILE)
    row = replace(results.measured[1], pruned=0.5)
    changed = results.with_row(row)
    assert changed.measured[1] == row and len(changed.measured) == len(results.measured)
    assert changed.measured[:1] + changed.measured[2:] == results.measured[:1] + results.measured[2:]
    added = results.with_row(replace(row, split="holdout"))
    assert added.measured[:-1] == results.measured and added.measured[-1].split == "holdout"
    assert Results((), ()).with_row(row).measured == (row,)


def test_every_row_says_which_run_and_model_it_is() -> None:
    results = read_results(FILE)
    bundled = {folder.name for folder in (ROOT / "assets/models").iterdir() if folder.is_dir()}
    assert {row.model for row in results.measured if row.model} == bundled
    for row in results.measured:
        assert (
            row.run
            and row.training.startswith("ltp-viz train ")
            and row.command.startswith("ltp-viz evaluate ")
        )
    keys = [(row.run, row.task, row.split) for row in results.measured]
    assert len(set(keys)) == len(keys)


def test_the_cards_of_bundled_models_have_the_same_figures() -> None:
    for row in read_results(FILE).measured:
        if row.model:
            card = (ROOT / "assets/models" / row.model / "README.md").read_text()
            scores = [row.dense, row.pruned] + ([row.unpruned] if row.unpruned is not None else [])
            assert all(f"{score:.4f}" in card for score in scores), row
            assert f"{row.flops_reduction:.2f}x fewer" in card and f"`{row.run}`" in card


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"measured": [{}], "published": []}'])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results.json"
    with pytest.raises(InputError, match=r"results\.json cannot be read"):
        read_results(path)
    path.write_text(content)
    with pytest.raises(InputError, match="not a results file"):
        read_results(path)
