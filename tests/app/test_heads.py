"""Brought models that answer otherwise than by one class: pairs, several labels, one number, on the page."""

from pathlib import Path

import pytest

import ltp_viz
from ltp_viz.core.answers import answer_text
from tests.app.seen import enter, move, opened, shown
from tests.data.checkpoints.brought import PAIR, TEXT, save_bert

NAMES = {0: "joy", 1: "anger", 2: "fear"}


@pytest.fixture(autouse=True)
def _brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_bert(tmp_path / "feelings", id2label=NAMES, problem_type="multi_label_classification")
    save_bert(tmp_path / "inference", id2label={0: "entailment", 1: "neutral", 2: "contradiction"})
    save_bert(tmp_path / "relevance", id2label={0: "LABEL_0"})
    save_bert(tmp_path / "feelings-2", id2label={0: "valence", 1: "arousal"}, problem_type="regression")
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(tmp_path))


def test_a_model_of_pairs_has_two_boxes_and_a_switch(tmp_path: Path) -> None:
    page = opened(model="inference")
    assert len(page.text_area) == 2
    assert any("agrees with Hugging Face" in caption.value for caption in page.caption)
    page.segmented_control(key=f"reads_pairs {tmp_path / 'inference'}").set_value("one text").run()
    assert not page.exception and len(page.text_area) == 1
    assert "How it answers" not in [block.label for block in opened(model="sst2").expander]


def test_every_label_of_an_answer_is_shown(tmp_path: Path) -> None:
    page = opened(model="feelings")
    enter(page, TEXT)
    assert shown(page)["settings"]["scale"] == 0, "without learned thresholds pruning starts off"
    assert shown(page)["timing"]["state"] == "off"
    outcome = move(page, scale=1.0)["exact"]["outcome"]
    trace = ltp_viz.load_model(tmp_path / "feelings").trace(TEXT)
    assert outcome["label"] == trace.label == answer_text(trace.logits, tuple(NAMES.values()), "labels")
    bars = {bar["name"]: bar["probability"] for bar in outcome["bars"]}
    expected = dict(zip(NAMES.values(), trace.probabilities, strict=True))
    assert bars == pytest.approx(expected, abs=1e-4)
    page.selectbox(key=f"asked_label {tmp_path / 'feelings'}").set_value("anger").run()
    assert not page.exception
    bars = {bar["name"]: bar["probability"] for bar in shown(page)["exact"]["outcome"]["bars"]}
    assert bars["anger"] == pytest.approx(expected["anger"], abs=1e-4)
    assert any(".for_label('anger')" in code.value for code in page.code)


def test_a_number_becomes_a_probability_on_wish(tmp_path: Path) -> None:
    page = opened(model="relevance")
    enter(page, TEXT)
    assert shown(page)["exact"]["outcome"]["bars"] == []
    page.toggle(key=f"yes_or_no {tmp_path / 'relevance'}").set_value(True).run()
    assert not page.exception
    expected = ltp_viz.load_model(tmp_path / "relevance", yes_or_no=True).trace(TEXT).probabilities[1]
    bars = {bar["name"]: bar["probability"] for bar in shown(page)["exact"]["outcome"]["bars"]}
    assert bars["yes"] == pytest.approx(expected, abs=1e-4)


def test_several_numbers_are_all_shown() -> None:
    page = opened(model="feelings-2")
    enter(page, TEXT)
    label = shown(page)["exact"]["outcome"]["label"]
    assert label.startswith("valence ") and ", arousal " in label


def test_pairs_keep_their_second_text() -> None:
    page = opened(model="inference", text=f".{PAIR[0]}", pair=f".{PAIR[1]}")
    assert [box.value for box in page.text_area] == list(PAIR)
