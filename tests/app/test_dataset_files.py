"""Files that people bring to the lab: odd names, sets of labels, nested columns, one text or two."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz.analysis.dataset.results.filters import EVERYTHING
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs import background
from tests.app.test_dataset import button, lab, on_this_machine, said, wait_for
from tests.data.checkpoints.brought import save_bert

NAMES = {0: "joy", 1: "anger", 2: "fear"}
ROWS = [
    ("a warm film", ["joy"]),
    ("a dull film", ["anger", "fear"]),
    ("it is cold", []),
    ("a funny story", None),
]


@pytest.fixture
def feelings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    save_bert(tmp_path / "models/feelings", id2label=NAMES, problem_type="multi_label_classification")
    save_bert(tmp_path / "models/relevance", id2label={0: "LABEL_0", 1: "LABEL_1"})
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(tmp_path / "models"))
    return "feelings"


@pytest.fixture
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def uploaded(page: AppTest, name: str, content: bytes) -> AppTest:
    page.segmented_control(key="lab_kind").set_value("Upload").run()
    page.file_uploader(key="lab_upload").set_value((name, content, "text/csv")).run()
    assert not page.exception
    return page


@pytest.mark.parametrize(
    "name",
    [
        "../../x.csv",
        "..\\x.csv",
        "a\nb.csv",
        "qu\"o'te`s* <b>.csv",
        "\u202egpj.csv",
        "\u05e2\u05d1\u05e8\u05d9\u05ea.csv",
        "x" * 300 + ".csv",
        "a b\t\x00c.csv",
        "😀 é.CSV",
        "-rf.csv",
        "%s{0}$(id).csv",
    ],
)
def test_uploads_of_any_name_are_read(runs_folder: Path, name: str) -> None:
    page = uploaded(lab(), name, b"text,label\na warm film,1\na dull film,0\n")
    assert "**2** of 2 rows can be run." in said(page) and not page.error


@pytest.mark.parametrize("name", ["\u202e../a\nqu\"o't\x00" + "x" * 300 + ".csv"])
def test_an_upload_of_an_odd_name_runs(runs_folder: Path, name: str) -> None:
    page = uploaded(lab(), name, b"text,label\na warm film,1\na dull film,0\n")
    button(page, "Run").click().run()
    assert not page.exception and not page.error
    [(spec, _)] = background.runs(runs_folder)
    assert "/" not in spec.source_name and "\n" not in spec.source_name and len(spec.source_name) <= 120
    assert "\u202e" not in spec.source_name and spec.source_name.endswith("x.csv")
    wait_for(runs_folder / spec.id)
    assert background.state(runs_folder / spec.id).status == "done"
    stored = [path.name for path in (runs_folder / "sources").iterdir()]
    assert all(re.fullmatch(r"[0-9a-f]{64}\.parquet", name) for name in stored)


@pytest.mark.parametrize("name", ["x" * 300, "a.\n" + "y" * 300, ".csv", "x.csv\n", ""])
def test_uploads_of_no_known_ending_are_refused_in_one_message(runs_folder: Path, name: str) -> None:
    page = uploaded(lab(), name, b"text,label\na,1\nb,0\n")
    assert len(page.error) == 1 and len(page.error[0].value) < 700 and "\n" not in page.error[0].value


def test_sets_of_labels_are_run_and_shown(feelings: str, runs_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "sets.jsonl"
    file.write_text("\n".join(json.dumps({"text": text, "labels": labels}) for text, labels in ROWS))
    page = on_this_machine(lab(model=feelings), file)
    assert "**4** of 4 rows can be run." in said(page)
    assert page.selectbox(key=next(b.key for b in page.selectbox if b.label == "Label")).value == "labels"
    assert any("1 row without a label" in warning.value for warning in page.warning)
    button(page, "Run").click().run()
    [(spec, _)] = background.runs(runs_folder)
    wait_for(runs_folder / spec.id)
    results = RunResults(runs_folder / spec.id)
    gold = results.rows(EVERYTHING, 1)["gold"]
    assert [None if pd.isna(cell) else cell for cell in gold] == ["joy", "anger, fear", "none", None]
    page.run()
    assert not page.exception and not page.error
    assert {"Micro F1", "Macro F1", "Whole sets right"} <= {metric.label for metric in page.metric}
    for view in ("Flips", "Rows", "Token fate", "Cost and length", "Why", "Export"):
        page = lab(model=feelings, run=spec.id, view=view)
        assert not page.error and not page.exception
    page = lab(model=feelings, run=spec.id, view="Rows", slice='{"gold":1}')
    assert "gold with anger" in said(page) and "**1** of 4 rows" in said(page)


def test_a_column_per_label_can_be_chosen(feelings: str, runs_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "columns.csv"
    file.write_text("text,joy,anger,fear\na warm film,1,0,0\na dull film,0,1,1\nit is cold,0,0,0\n")
    page = on_this_machine(lab(model=feelings), file)
    label = next(box for box in page.selectbox if box.label == "Label")
    assert label.value == "(a column per label)" and "**3** of 3 rows can be run." in said(page)
    button(page, "Run").click().run()
    [(spec, _)] = background.runs(runs_folder)
    wait_for(runs_folder / spec.id)
    assert RunResults(runs_folder / spec.id).rows(EVERYTHING, 1)["gold"].tolist() == [
        "joy",
        "anger, fear",
        "none",
    ]


def test_another_column_of_texts_can_be_chosen_where_the_usual_one_is_nested(
    runs_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "nested.jsonl"
    rows = [{"text": {"en": "a"}, "body": "A warm film.", "label": 1}, {"body": "A dull mess.", "label": 0}]
    file.write_text("\n".join(map(json.dumps, rows)))
    page = on_this_machine(lab(), file)
    assert "Column 'text' of nested" in said(page).replace("\\", "")
    assert "rows can be run" not in said(page) and not page.error
    next(box for box in page.selectbox if box.label == "Text").set_value("body").run()
    assert "**2** of 2 rows can be run." in said(page) and not page.exception


def test_the_switch_of_one_text_or_two_is_obeyed(feelings: str, runs_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("premise,hypothesis,label\na film,a warm film,1\na story,a cold story,0\n")
    page = on_this_machine(lab(model="relevance"), file)
    labels = {box.label for box in page.selectbox}
    assert {"First text", "Second text"} <= labels  # as detected
    key = f"reads_pairs {tmp_path / 'models/relevance'}"
    page.segmented_control(key=key).set_value("one text").run()
    labels = {box.label for box in page.selectbox}
    assert "Text" in labels and "Second text" not in labels and not page.exception
    page.segmented_control(key=key).set_value("two texts").run()
    assert {"First text", "Second text"} <= {box.label for box in page.selectbox}
