"""`ltp_viz.plots` draws what a trace holds, and the notebook shows what its cells give."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from ltp_viz import TextClassifier, plots
from ltp_viz.core.rules.tome import MergeRule
from tests.conftest import ROOT

NOTEBOOK = ROOT / "docs/plots.ipynb"
TEXT = "A warm, funny little film that never wastes a minute."


def test_every_published_figure(classifier: TextClassifier) -> None:
    trace = classifier.trace(TEXT)
    assert list(plots.lengths(trace).data[1].y) == trace.feed_forward_lengths.tolist()
    assert sum(plots.flops(trace).data[1].y) * 1e6 == pytest.approx(2 * trace.macs)
    assert list(plots.thresholds(trace).data[1].y) == list(trace.thresholds)
    figure = plots.scales(plots.sweep(classifier, TEXT, (0.0, 1.0)), 1.0)
    assert figure.data[0].y[1] == pytest.approx(100 * (1 - trace.macs / trace.dense_macs), abs=0.01)
    assert set(plots.__all__) == {"alt_text", "flops", "lengths", "scales", "sweep", "thresholds"}


def test_another_rule_has_no_thresholds_to_draw(classifier: TextClassifier) -> None:
    with pytest.raises(ValueError, match="has no thresholds"):
        plots.thresholds(classifier.trace(TEXT, rule=MergeRule(0.2)))


def run(cells: list[str]) -> Iterator[Any]:
    """The value of each cell's last line, all in one namespace."""
    namespace: dict[str, Any] = {}
    for source in cells:
        *body, last = ast.parse(source).body
        exec(compile(ast.Module(body, []), "cell", "exec"), namespace)
        assert isinstance(last, ast.Expr)
        yield eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)


def numbers(figure: dict[str, Any]) -> list[Any]:
    return [[trace.get("name"), *(list(trace.get(axis, ())) for axis in "xy")] for trace in figure["data"]]


def test_the_notebook_shows_what_its_cells_give(capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads(NOTEBOOK.read_text())
    assert NOTEBOOK.stat().st_size < 500_000
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    shown = 0
    for cell, value in zip(cells, run(["".join(cell["source"]) for cell in cells]), strict=True):
        outputs = cell["outputs"]
        assert "".join("".join(o["text"]) for o in outputs if o["output_type"] == "stream") == (
            capsys.readouterr().out
        )
        (last,) = (output["data"] for output in outputs if "data" in output)
        if not isinstance(value, go.Figure):
            assert "".join(last["text/plain"]) == repr(value)
            continue
        shown += 1
        stored, drawn = last["application/vnd.plotly.v1+json"], json.loads(value.to_json())
        for old, new in zip(numbers(stored), numbers(drawn), strict=True):
            assert old[0] == new[0]
            for axis in (1, 2):
                np.testing.assert_allclose(old[axis], new[axis], rtol=1e-3)
        assert stored["layout"] == drawn["layout"]
    assert shown == 4
