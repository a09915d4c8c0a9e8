"""Rules calibrated on some texts and evaluated on others."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.compare.calibration import Calibration, calibrate
from ltp_viz.analysis.compare.comparison import Comparison, compare, comparison_table
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import LabelledTexts
from tests.conftest import ROOT

NAMES = ["learned", "top_k", "tome", "beginning"]


@pytest.fixture(scope="module")
def examples() -> LabelledTexts:
    table = pd.read_csv(ROOT / "assets/examples/labelled.csv")
    labels = tuple(float(label == "positive") for label in table.label)
    return LabelledTexts(tuple(table.text), labels)


@pytest.fixture(scope="module")
def calibration(classifier: TextClassifier, examples: LabelledTexts) -> Calibration:
    return calibrate(classifier, examples.take(range(0, 100, 2)), NAMES, [0.5, 0.7])


@pytest.fixture(scope="module")
def comparison(classifier: TextClassifier, examples: LabelledTexts, calibration: Calibration) -> Comparison:
    return compare(classifier, examples.take(range(100, 208)), calibration)


def test_every_rule_meets_the_target_cost(
    classifier: TextClassifier, examples: LabelledTexts, calibration: Calibration
) -> None:
    texts = examples.take(range(0, 100, 2)).texts
    for name in NAMES:
        for budget in (0.5, 0.7):
            answers = classifier.predict(texts, rule=calibration.rule(name, budget))
            assert answers.macs.sum() / answers.dense_macs.sum() == pytest.approx(budget, rel=0.01)


def test_results_are_those_of_single_predictions(
    classifier: TextClassifier,
    examples: LabelledTexts,
    calibration: Calibration,
    comparison: Comparison,
) -> None:
    data = examples.take(range(100, 208))
    gold = np.array(data.labels)
    right = {}
    for result in comparison.results:
        answers = classifier.predict(data.texts, rule=calibration.rule(result.name, result.budget))
        right[result.name, result.budget] = float((answers.logits.argmax(1) == gold).mean())
        assert result.score.value == pytest.approx(right[result.name, result.budget])
        assert result.share == pytest.approx(answers.macs.sum() / answers.dense_macs.sum())
    for result in comparison.results:
        if result.ahead is not None:
            difference = right[result.name, result.budget] - right["learned", result.budget]
            assert result.ahead.value == pytest.approx(difference)
            assert result.ahead.low <= result.ahead.value <= result.ahead.high
    assert comparison.texts == 108
    dense = classifier.predict(data.texts, global_scale=0.0).logits.argmax(1)
    assert comparison.dense.value == pytest.approx(float((dense == gold).mean()))


def test_table_has_a_row_per_rule(comparison: Comparison) -> None:
    lines = comparison_table(comparison).split("\n")
    assert lines[0] == "| rule | 0.5 of the FLOPs | 0.7 of the FLOPs |"
    assert len(lines) == 2 + len(NAMES)
    best = next(result for result in comparison.results if result.name == "learned")
    assert lines[2].startswith(f"| Learned thresholds (LTP) | {100 * best.score.value:.1f}")


def test_saved_and_loaded(calibration: Calibration, tmp_path: Path) -> None:
    calibration.save(tmp_path / "rules.json")
    assert Calibration.load(tmp_path / "rules.json") == calibration
    assert (tmp_path / "rules.json").stat().st_size < 20_000, "small files, never weights"
    for content in ("", "[]", '{"basis": {}}'):
        (tmp_path / "other.json").write_text(content)
        with pytest.raises(InputError, match="calibrate again"):
            Calibration.load(tmp_path / "other.json")
    with pytest.raises(InputError, match="calibrate again"):
        Calibration.load(tmp_path / "nothing.json")


def test_what_cannot_be_compared(
    classifier: TextClassifier, examples: LabelledTexts, calibration: Calibration
) -> None:
    with pytest.raises(InputError, match=r"'top_k' is not calibrated for 0\.6 of the FLOPs"):
        calibration.rule("top_k", 0.6)
    with pytest.raises(InputError, match="A budget is 1.2"):  # noqa: RUF043
        calibrate(classifier, examples, NAMES, [1.2])
    without = Calibration(calibration.basis, 1, {"top_k": calibration.strengths["top_k"]})
    with pytest.raises(InputError, match="'learned', which others are compared with, is not calibrated"):
        compare(classifier, examples, without)
