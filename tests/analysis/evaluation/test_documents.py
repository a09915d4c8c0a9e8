"""docs/results.md follows from assets/results.json, and a changed figure shows."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ltp_viz.analysis.evaluation.documents import update_document, with_results
from ltp_viz.analysis.results import read_results, write_results
from ltp_viz.cli.main import main
from ltp_viz.data.errors import InputError
from tests.conftest import ROOT

DATA, DOCUMENT = ROOT / "assets/results.json", ROOT / "docs/results.md"


def test_the_document_equals_the_data() -> None:
    assert with_results(DOCUMENT.read_text(), read_results(DATA)) == DOCUMENT.read_text()


def test_every_row_is_in_the_document() -> None:
    lines = DOCUMENT.read_text().replace("*", "").splitlines()
    results = read_results(DATA)
    for row in results.measured:
        (line,) = (line for line in lines if line.startswith(f"| {row.task}, `{row.split}` | {row.run} |"))
        assert (f"`{row.model}`" if row.model else "not bundled") in line and row.metric in line
        for figure in (100 * row.dense, 100 * row.pruned, row.flops_reduction):
            assert f"{figure:.2f}" in line
        assert f"{100 * row.pruned - 100 * row.dense:+.2f}".replace("-", "−") in line
    for paper in results.published:
        (line,) = (line for line in lines if line.startswith(f"| {paper.task} |"))
        assert f"| {100 * paper.dense:.2f} | {100 * paper.pruned:.2f} |" in line
    joined = DOCUMENT.read_text().replace(" \\\n  ", " ")
    assert all(row.training in joined and row.command in joined for row in results.measured)


def test_a_changed_figure_changes_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document, data = tmp_path / "results.md", tmp_path / "results.json"
    shutil.copy(DOCUMENT, document)
    results = read_results(DATA)
    write_results(results.with_row(replace(results.measured[0], pruned=0.1234, speed_up=None)), data)
    options = ["results", "--results", str(data), "--document", str(document)]
    assert main([*options, "--check"]) == 1 and document.read_text() == DOCUMENT.read_text()
    assert main(options) == 0
    assert "| 12.34 | **−76.77** | 2.59x fewer | not measured |" in document.read_text()
    assert main([*options, "--check"]) == 0 and not update_document(document, data)
    document.write_text("# Results\n")
    assert main(options) == 2 and "no generated part" in capsys.readouterr().err


def test_a_part_that_the_template_lacks_is_refused() -> None:
    with pytest.raises(InputError, match="part 'speeds'"):
        with_results("<!-- generated: speeds -->\n\n<!-- end -->\n", read_results(DATA))
