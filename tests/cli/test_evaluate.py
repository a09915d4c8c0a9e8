"""`ltp-viz evaluate` on a multi-label model: sets of labels, and one label of them."""

import json
from pathlib import Path

import pytest

import ltp_viz
from ltp_viz.cli.main import main
from tests.data.checkpoints.brought import save_bert

NAMES = ("joy", "anger", "fear")
ROWS = [
    ("a warm film .", ["joy"]),
    ("a dull film", ["anger", "fear"]),
    ("it is cold", []),
    ("a funny story it is not", ["joy", "fear"]),
    ("not a story", None),
]


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    kind = {"problem_type": "multi_label_classification", "initializer_range": 0.5}
    save_bert(tmp_path / "feelings", id2label=dict(enumerate(NAMES)), **kind)
    file = tmp_path / "sets.jsonl"
    file.write_text("\n".join(json.dumps({"text": text, "labels": labels}) for text, labels in ROWS))
    return ["evaluate", "--model", str(tmp_path / "feelings"), "--data", str(file), "--seconds", "0"]


def test_sets_are_scored(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = tmp_path / "card.md"
    assert main([*command, "--card", str(card)]) == 0
    printed = capsys.readouterr().out
    assert "4 texts" in printed and "Scores cover 4 of 5 rows" in printed
    for words in ("micro F1, all labels together", "macro F1, mean over labels", "accuracy of whole sets"):
        assert words in printed and words in card.read_text()
    assert main([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["metric"] == "micro_f1" and record["texts"] == 4
    assert record["data"]["roles"]["form"] == "set" and record["warning"] is None
    assert main([*command, "--sweep", "0:1:1", "--json"]) == 0
    sweep = json.loads(capsys.readouterr().out)
    assert [line["micro_f1"] for line in sweep] == pytest.approx(
        [record["dense"]["micro_f1"], record["pruned"]["micro_f1"]]
    )


@pytest.mark.parametrize("label", NAMES)
def test_one_label_is_scored_by_the_same_file(
    command: list[str], label: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--label", label, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    model = ltp_viz.load_model(command[2])
    pairs = [
        (label in labels, label in model.predict(text, global_scale=0).label_sets[0])
        for text, labels in ROWS
        if labels is not None
    ]
    assert record["dense"]["accuracy"] == sum(gold == answer for gold, answer in pairs) / 4
    assert {(each["value"], each["meant"]) for each in record["data"]["labels"]} == {
        (name, name if name == label else f"not {label}") for name in NAMES
    } | {("[]", f"not {label}")}


def test_what_needs_one_answer_refuses_sets(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    compare = ["compare", *command[1:5], "--holdout", command[4]]
    assert main(compare) == 2
    assert "choose one of its labels (--label)" in capsys.readouterr().err
    assert main([*command, "--label", "rage"]) == 2
    assert "has no label 'rage'; give one of joy, anger, fear" in capsys.readouterr().err
