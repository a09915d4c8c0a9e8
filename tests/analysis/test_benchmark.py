"""The benchmark counts what it runs and says so; how long anything takes is no matter of tests."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ltp_viz import TextClassifier, bench
from ltp_viz.analysis.benchmark import Benchmark, Cell, growth_exponent

MODEL = str(Path(__file__).parents[2] / "assets/models/sst2")
TEXTS = ["A warm, funny little film that never wastes a minute.", "One.", "Two hours of noise."]


@pytest.fixture(scope="module")
def benchmark(classifier: TextClassifier) -> Benchmark:
    return Benchmark(classifier, ["float32"], budget_s=0.01)


@pytest.fixture(scope="module")
def cell(benchmark: Benchmark, classifier: TextClassifier) -> Cell:
    return benchmark.cell("three", classifier.tokenizer(TEXTS)["input_ids"], 2, "float32")


def test_cell_counts_the_flops_of_its_texts(cell: Cell, classifier: TextClassifier) -> None:
    predictions = classifier.predict(TEXTS)
    expected = predictions.dense_macs.sum() / predictions.macs.sum()
    assert cell.flops_reduction == pytest.approx(expected)
    assert cell.texts == 3 and cell.rounds >= 5
    assert cell.speed_up == pytest.approx(cell.dense_ms / cell.pruned_ms)
    assert cell.realised == pytest.approx(cell.speed_up / cell.flops_reduction)
    assert 0 < cell.pruned_peak_share < 1 and 0 < cell.dense_peak_share < 1


def test_agreement_of_a_dtype_with_itself_is_whole(benchmark: Benchmark, classifier: TextClassifier) -> None:
    assert benchmark.agreement(classifier.tokenizer(TEXTS)["input_ids"], "float32") == 1.0


def test_growth_exponent(cell: Cell) -> None:
    cells = [replace(cell, mean_tokens=n, dense_ms=0.5 * n**2, pruned_ms=3.0 * n) for n in (16, 64, 256)]
    assert growth_exponent(cells, "dense_ms", "mean_tokens") == pytest.approx(2)
    assert growth_exponent(cells, "pruned_ms", "mean_tokens") == pytest.approx(1)


def test_command_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "bench.json"
    options = ["--lengths", "8", "16", "--batch", "2", "--budget", "0.01", "--json", str(target)]
    assert bench.main([MODEL, *options]) == 0
    printed = capsys.readouterr().out
    assert "| 8 tokens | float32 | 2 | 8 |" in printed and "sweep of 61 scales, 16 tokens" in printed
    record = json.loads(target.read_text())
    assert [cell["mean_tokens"] for cell in record["cells"]] == [8, 16]
    assert record["machine"]["attention"] in ("native", "torch") and len(record["sweeps"]) == 2


def test_command_refuses_data_without_a_task(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([MODEL, "--data", "some.parquet"]) == 2
    assert "--data needs --task" in capsys.readouterr().err
