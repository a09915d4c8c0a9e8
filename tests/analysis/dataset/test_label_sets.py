"""A run of a multi-label model: answers are sets, and every figure follows from them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import f1_score
from transformers import AutoModelForSequenceClassification

import ltp_viz
from ltp_viz import InputError
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.report import gather_report, repeat_command
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.results.summary import summarize
from ltp_viz.analysis.dataset.runs.background import prepare
from ltp_viz.analysis.dataset.runs.engine import make_spec, run
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.stats import set_scores
from ltp_viz.cli.main import main
from ltp_viz.data.tables.guessed_roles import guess_roles
from ltp_viz.data.tables.source import import_table
from ltp_viz.figures.dataset.report import report_html
from tests.analysis.dataset.stored_runs import prepared
from tests.data.checkpoints.brought import WORDS, save_bert

NAMES = ("joy", "anger", "fear")
SCALES = (0.0, 1.0, 6.0, 12.0)
ROWS = 48
Sets = list[set[str] | None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    kind = {"problem_type": "multi_label_classification", "initializer_range": 0.5}
    save_bert(folder / "feelings", id2label=dict(enumerate(NAMES)), **kind)
    generator = np.random.default_rng(3)
    lines: list[dict[str, Any]] = []
    for row in range(ROWS):
        words = generator.choice(WORDS[5:], size=generator.integers(3, 20)).tolist()
        held = [name for name in NAMES if generator.random() < 0.5]
        labels = None if row % 8 == 7 else held
        lines.append({"text": " ".join(words), "labels": labels, "kind": f"kind {row % 2}"})
    (folder / "texts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    # Each label's median text lies on the border, so that answers differ and pruning flips some.
    logits = ltp_viz.load_model(folder / "feelings").predict([line["text"] for line in lines]).logits
    model = AutoModelForSequenceClassification.from_pretrained(folder / "feelings")
    with torch.no_grad():
        model.classifier.bias -= torch.tensor(np.median(logits, 0))
    model.save_pretrained(folder / "feelings")
    return folder


@pytest.fixture(scope="module")
def results(home: Path) -> RunResults:
    folder = prepared(home, home / "texts.jsonl", home / "feelings", SCALES)
    assert run(RunStore(folder)).status == "done"
    return RunResults(folder)


@pytest.fixture(scope="module")
def gold(home: Path) -> Sets:
    rows = map(json.loads, (home / "texts.jsonl").read_text().splitlines())
    return [None if row["labels"] is None else set(row["labels"]) for row in rows]


@pytest.fixture(scope="module")
def answers(home: Path) -> list[list[set[str]]]:
    """By scale and row, from the classifier itself."""
    texts = [json.loads(line)["text"] for line in (home / "texts.jsonl").read_text().splitlines()]
    model = ltp_viz.load_model(home / "feelings")
    return [list(map(set, model.predict(texts, global_scale=scale).label_sets)) for scale in SCALES]


def indicator(sets: list[set[str]]) -> np.ndarray:
    return np.array([[name in each for name in NAMES] for each in sets])


def labelled(gold: Sets, answers: list[set[str]]) -> tuple[list[set[str]], list[set[str]]]:
    pairs = [(g, a) for g, a in zip(gold, answers, strict=True) if g is not None]
    return [g for g, _ in pairs], [a for _, a in pairs]


@pytest.mark.parametrize("scale", range(len(SCALES)))
def test_scores_equal_those_of_scikit_learn(
    results: RunResults, gold: Sets, answers: list[list[set[str]]], scale: int
) -> None:
    found = results.scores(EVERYTHING, scale)
    truth, given = labelled(gold, answers[scale])
    assert found.rows == len(truth) == results.labelled(EVERYTHING, scale) == 42
    assert found.macro_f1 is not None and found.matthews is None
    for average, pair in (("micro", found.f1), ("macro", found.macro_f1)):
        expected = f1_score(indicator(truth), indicator(given), average=average, zero_division=0)
        assert pair.pruned.value == pytest.approx(expected)
        assert pair.pruned.low <= expected <= pair.pruned.high
    each = f1_score(indicator(truth), indicator(given), average=None, zero_division=0)
    assert [pair.pruned.value for pair in found.by_label] == pytest.approx(each.tolist())
    right = [g == a for g, a in zip(truth, given, strict=True)]
    assert found.accuracy.pruned.value == pytest.approx(np.mean(right))
    _, dense = labelled(gold, answers[0])
    was_right = [g == a for g, a in zip(truth, dense, strict=True)]
    assert found.lost == sum(b and not a for a, b in zip(right, was_right, strict=True))
    assert found.won == sum(a and not b for a, b in zip(right, was_right, strict=True))
    curve = results.curve(EVERYTHING, scale)
    assert curve.accuracy[scale] == pytest.approx(np.mean(right))
    line = summarize(RunStore(results._database.folder)).scales[scale]
    assert (line.micro_f1, line.macro_f1) == (
        pytest.approx(found.f1.pruned.value),
        pytest.approx(found.macro_f1.pruned.value),
    )


def test_flips_are_rows_whose_sets_differ(
    results: RunResults, gold: Sets, answers: list[list[set[str]]]
) -> None:
    scale = len(SCALES) - 1
    differs = [a != b for a, b in zip(answers[0], answers[scale], strict=True)]
    assert 0 < sum(differs) < ROWS
    assert results.changed(EVERYTHING, scale) == sum(differs)
    assert results.count(RowFilter(outcome="changed"), scale) == sum(differs)
    frame = results.rows(RowFilter(outcome="changed"), scale)
    assert frame["row"].tolist() == [row for row, is_flip in enumerate(differs, 1) if is_flip]
    table = results.rows(EVERYTHING, scale)

    def words(each: set[str] | None) -> str | None:
        return None if each is None else ", ".join(name for name in NAMES if name in each) or "none"

    assert table["pruned"].tolist() == list(map(words, answers[scale]))
    assert table["dense"].tolist() == list(map(words, answers[0]))
    assert [None if pd.isna(cell) else cell for cell in table["gold"]] == list(map(words, gold))


def test_a_filter_by_a_label_finds_the_sets_that_hold_it(results: RunResults, gold: Sets) -> None:
    for index, name in enumerate(NAMES):
        held = sum(each is not None and name in each for each in gold)
        assert results.count(RowFilter(gold=index), 1) == held == results.label_rows(EVERYTHING, 1)[index]
    for beyond in (3, 60, 64, 2**31 - 1):  # a link may name any
        assert results.count(RowFilter(gold=beyond), 1) == 0


def test_exports_and_the_report_name_the_labels(results: RunResults, tmp_path: Path) -> None:
    scale = len(SCALES) - 1
    for kind in ("csv", "json", "parquet"):
        results.export(EVERYTHING, scale, tmp_path / f"rows.{kind}", kind)
    exported = pd.read_parquet(tmp_path / "rows.parquet")
    assert exported["answer_12"].tolist() == results.rows(EVERYTHING, scale)["pruned"].tolist()
    found = gather_report(results, EVERYTHING, scale)
    page = report_html(found)
    for words in ("Micro F1", "Macro F1", "Accuracy of whole sets", "F1 of “fear”"):
        assert words in page
    assert "Matthews" not in page and "--label-column labels" in found.command
    assert "gold with fear" in report_html(gather_report(results, RowFilter(gold=2), scale))
    assert "--label-column labels" in repeat_command(results.spec)


def test_analyze_prints_f1_and_reads_one_label(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["analyze", "--data", str(home / "texts.jsonl"), "--model", str(home / "feelings")]
    command += ["--output", str(tmp_path)]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "micro F1  macro F1" in printed.out and "'joy' -> joy" in printed.err
    assert main([*command, "--label", "fear", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["labelled"] == 42 and summary["scales"][0]["micro_f1"] is None
    model = ltp_viz.load_model(home / "feelings")
    rows = list(map(json.loads, (home / "texts.jsonl").read_text().splitlines()))
    right = [
        ("fear" in row["labels"]) == ("fear" in model.predict(row["text"], global_scale=0).label_sets[0])
        for row in rows
        if row["labels"] is not None
    ]
    assert summary["scales"][0]["accuracy"] == pytest.approx(np.mean(right))


def test_classes_are_no_sets(home: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("text,label\na film,joy\na film,anger\n")
    table = import_table(tmp_path / "texts.csv", tmp_path / "in.parquet")
    model = ltp_viz.load_model(home / "feelings")
    roles = guess_roles(table, NAMES, False)
    with pytest.raises(InputError, match="The labels are single classes and the answers of"):
        make_spec(table, roles, str(home / "feelings"), model, SCALES)


def test_settings_of_a_run_about_sets_are_read_back(results: RunResults, home: Path) -> None:
    assert RunSpec.from_dict(json.loads(json.dumps(results.spec.to_dict()))) == results.spec
    assert prepare(home, results.spec).name == results.spec.id


def test_scores_of_no_rows_are_not_numbers() -> None:
    found = set_scores(np.zeros((0, 4), dtype=np.int64), 3)
    assert found.rows == found.lost == found.won == 0 and np.isnan(found.f1.change.low)
    assert np.isnan(found.accuracy.pruned.value)
