"""Results as read are results as written."""

from pathlib import Path

import pytest

from ltp_viz.analysis.learn.published_results import read_results
from ltp_viz.data.errors import InputError
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs/results.md"


def test_every_figure_stands_in_the_document() -> None:
    results = read_results(DOCUMENT)
    lines = DOCUMENT.read_text().replace("−", "-").replace("*", "").splitlines()
    assert len(results) >= 4 and {"SST-2", "MRPC"} <= {result.task for result in results}
    for result in results:
        ours = next(line for line in lines if line.startswith(f"| {result.task},"))
        papers = [line for line in lines if line.startswith(f"| {result.task} |")]
        assert (result.paper is not None) == bool(papers)
        for row, line in ((result.ours, ours), *((result.paper, line) for line in papers)):
            assert row is not None
            for figure in (row.dense, row.pruned, row.change, row.flops_reduction):
                assert f"{figure:.2f}" in line, (figure, line)
            assert row.dense + row.change == pytest.approx(row.pruned, abs=0.011)
            assert row.metric in line and row.split in line


def test_a_document_that_says_something_else(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        read_results(tmp_path / "results.md")
    other = tmp_path / "other.md"
    other.write_text("| a | b |\n|---|---|\n| 1 | 2 |\n")
    with pytest.raises(InputError, match="two tables"):
        read_results(other)
    head = "| task | metric | dense | pruned | change | FLOPs |\n|---|---|---|---|---|---|\n"
    other.write_text(f"{head}| X, `test` | F1 | 90 | 89.5 | −0.50 | 2x |\n| Y | F1 | soon | | | |\n\n{head}")
    with pytest.raises(InputError, match="two tables"):
        read_results(other)
    other.write_text(
        f"{head}| X, `test` | F1 | 90 | 89.5 | −0.50 | 2x |\n\n{head}| Z | F1 | 1 | 1 | 0 | 1x |\n"
    )
    (result,) = read_results(other)
    assert result.paper is None and (result.ours.split, result.ours.change) == ("test", -0.5)
