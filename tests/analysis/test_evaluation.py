"""Evaluation adds up what the traces of the single texts say."""

import json
from pathlib import Path

import pandas as pd
import pytest

import ltp_viz.evaluate
from ltp_viz import TextClassifier
from ltp_viz.analysis.evaluation import evaluate
from ltp_viz.data.datasets import LabelledTexts

TEXTS = ("A wonderful film.", "A dreadful bore from start to finish.", "Not bad at all, I must say.", "Meh")


def test_equals_the_single_traces(classifier: TextClassifier) -> None:
    data = LabelledTexts(TEXTS, (1, 0, 0, 1))
    result = evaluate(classifier, data, global_scale=1.5, batch_size=3)
    pruned = [classifier.trace(text, global_scale=1.5) for text in TEXTS]
    dense = [classifier.trace(text, global_scale=0.0) for text in TEXTS]
    assert result.pruned_macs == sum(trace.macs for trace in pruned)
    assert result.dense_macs == sum(trace.macs for trace in dense)
    hits = [
        trace.labels.index(trace.label) == label for trace, label in zip(pruned, data.labels, strict=True)
    ]
    assert result.pruned_accuracy == sum(hits) / 4
    assert result.flops_reduction > 1
    assert result.agreement == sum(a.label == b.label for a, b in zip(pruned, dense, strict=True)) / 4


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "texts.csv"
    pd.DataFrame({"sentence": TEXTS, "label": [1, 0, 1, 0]}).to_csv(path, index=False)
    model = str(Path(__file__).parents[2] / "assets/models/sst2")
    assert ltp_viz.evaluate.main([model, "--task", "sst2", "--data", str(path)]) == 0
    assert "4 texts" in capsys.readouterr().out
    assert ltp_viz.evaluate.main([model, "--task", "sst2", "--data", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.startswith("There is no file")
    assert ltp_viz.evaluate.main([model, "--task", "sst2", "--data", str(path), "--scale", "-1"]) == 2
    assert "scale is -1.0" in capsys.readouterr().err


def test_sweep_on_the_command_line_agrees_with_single_scales(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], classifier: TextClassifier
) -> None:
    path = tmp_path / "texts.csv"
    pd.DataFrame({"sentence": TEXTS, "label": [1, 0, 1, 0]}).to_csv(path, index=False)
    model = str(Path(__file__).parents[2] / "assets/models/sst2")
    options = [model, "--task", "sst2", "--data", str(path), "--sweep"]
    assert ltp_viz.evaluate.main([*options, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["scale"] for row in rows[:3]] == [0.0, 0.1, 0.2] and rows[-1]["scale"] == 3.0
    for row in (rows[0], rows[10], rows[20]):
        single = evaluate(classifier, LabelledTexts(TEXTS, (1, 0, 1, 0)), global_scale=row["scale"])
        assert row["accuracy"] == single.pruned_accuracy
        assert row["flops_reduction"] == pytest.approx(single.flops_reduction)
    assert ltp_viz.evaluate.main(options) == 0
    assert "x1.00    0." in capsys.readouterr().out
