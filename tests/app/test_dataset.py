"""The Dataset lab without a browser: what it shows of data, of a run, and of its rows."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz import TextClassifier, settings
from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs import background
from ltp_viz.analysis.dataset.runs.store import RESULTS, RunStore
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import default_root
from ltp_viz.analysis.stats import scores
from ltp_viz.ui.dataset import run
from tests.app.seen import APP
from tests.conftest import SST2_MODEL

pytestmark = pytest.mark.usefixtures("short_reviews")

REVIEWS = [
    ("A warm, funny little film that never wastes a minute.", "good", "film"),
    ("Dull, long and badly acted from the first scene to the last.", "bad", "film"),
    ("The soup was cold, the waiter was rude, and we left hungry.", "bad", "food"),
    ("Everything on the plate tasted fresh and the staff were lovely.", "good", "food"),
    ("I would not call it bad.", "good", "film"),
    ("It promises much, yet delivers little worth remembering.", "bad", "film"),
]


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of a test belong to it alone."""
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture(scope="module")
def done_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The bundled examples, run once by the page itself; other tests look at a copy of the results."""
    root = tmp_path_factory.mktemp("lab") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LTP_VIZ_RUNS", str(root))
        patch.setenv(settings.MODEL.name, str(SST2_MODEL))
        page = lab()
        button(page, "Run").click().run()
        assert not page.exception
        [(spec, _)] = background.runs(root)
        wait_for(root / spec.id)
        yield root / spec.id


@pytest.fixture
def results(done_run: Path, monkeypatch: pytest.MonkeyPatch) -> RunResults:
    """Results of the bundled examples, in the folder where the page looks."""
    monkeypatch.setenv("LTP_VIZ_RUNS", str(done_run.parent))
    return RunResults(done_run)


def wait_for(folder: Path) -> None:
    for _ in range(600):
        state = background.state(folder)
        if not state.is_active:
            break
        time.sleep(0.1)
    assert state.status == "done", (state, (folder / "log.txt").read_text())


def lab(**link: str) -> AppTest:
    """The page, opened by a link."""
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.switch_page("pages/Dataset.py")
    for key, value in link.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def button(page: AppTest, label: str) -> Any:
    return next(button for button in page.button if button.label == label)


def link_of(page: AppTest, parameter: str) -> str:
    value = page.query_params[parameter]
    return value if isinstance(value, str) else value[0]


def said(page: AppTest) -> str:
    """All text on the page."""
    kinds = (page.markdown, page.caption, page.warning, page.error, page.info, page.success)
    return "\n".join(element.value for kind in kinds for element in kind)


def on_this_machine(page: AppTest, path: Path) -> AppTest:
    page.segmented_control(key="lab_kind").set_value("File on this machine").run()
    page.text_input(key="lab_path").set_value(str(path)).run()
    assert not page.exception
    return page


def write_reviews(path: Path) -> Path:
    pd.DataFrame(REVIEWS, columns=["review", "stars", "about"]).to_csv(path, index=False)
    return path


def test_the_bundled_examples_are_ready_to_run() -> None:
    page = lab()
    assert "**208** of 208 rows can be run." in said(page)
    assert page.selectbox(key=next(key_of(page, "Text"))).value == "text"
    assert page.selectbox(key=next(key_of(page, "Label"))).value == "label"
    assert not page.warning and not page.error


def key_of(page: AppTest, label: str) -> Iterator[str]:
    return (box.key for box in page.selectbox if box.label == label and box.key)


def test_columns_and_labels_are_detected_and_can_be_corrected(tmp_path: Path) -> None:
    page = on_this_machine(lab(), write_reviews(tmp_path / "reviews.csv"))
    page.selectbox(key=next(key_of(page, "Label"))).set_value("stars").run()
    assert page.selectbox(key=next(key_of(page, "Text"))).value == "review"
    assert "are not classes of this model. Match them above to score 6 rows" in said(page)
    good = next(box for box in page.selectbox if "good" in box.label)
    good.set_value("positive").run()
    bad = next(box for box in page.selectbox if "bad" in box.label)
    bad.set_value("negative").run()
    assert "are not classes" not in said(page) and "**6** of 6 rows can be run." in said(page)


def test_a_faulty_file_gets_one_message(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text('text,label\n"never closed,positive\nanother,negative\n')
    page = on_this_machine(lab(), broken)
    assert len(page.error) == 1 and "line" in page.error[0].value
    page.text_input(key="lab_path").set_value(str(tmp_path / "nothing.csv")).run()
    assert len(page.error) == 1 and "nothing" in page.error[0].value
    assert not page.exception and "Run" not in [each.label for each in page.button]


def test_how_a_file_is_read_is_shown_and_can_be_corrected(tmp_path: Path) -> None:
    file = tmp_path / "glue.tsv"
    file.write_text('sentence\tlabel\nA warm film.\t1\n"Funny.\t1\nA dull mess.\t0\n"A cold film.\t0\n')
    page = on_this_machine(lab(), file)
    assert len(page.error) == 1 and "quotes" in page.error[0].value
    page.selectbox(key="lab_quoting").set_value("text").run()
    assert not page.error and "**4** of 4 rows can be run." in said(page)
    assert "Read as: tab separated, UTF-8, header, quotes are text." in said(page).replace("\\", "")


def test_many_label_values_are_matched_in_a_table(tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    labels = [f"intent {number}" for number in range(76)] + ["positive"]
    pd.DataFrame({"text": "A fine film", "label": labels * 2}).to_csv(file, index=False)
    page = on_this_machine(lab(), file)
    assert "and 73 more are not classes of this model. Match them above to score 152 rows." in said(page)
    shown = said(page).replace("\\", "")  # which Markdown needs
    assert "No scored row has the class 'negative': scores cover 1 of 2 classes." in shown
    table = next(frame.value for frame in page.dataframe if "In the file" in frame.value)
    assert len(table) == 77 and table.iloc[-1].tolist() == ["positive", "positive", 2]
    assert (table["Class of the model"] == "(no label)").sum() == 76


def test_rows_without_text_or_label_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "holes.csv"
    file.write_text("text,label\nA fine film.,positive\n,negative\nDreadful.,\nSo so.,meh\n")
    text = said(on_this_machine(lab(), file))
    assert "**3** of 4 rows can be run." in text
    for sentence in (
        "1 row without a text",
        "1 row without a label",
        "“meh” is not a class of this model. Match it above to score 1 row",
    ):
        assert sentence in text


def test_a_finished_run_shows_its_scores(results: RunResults, classifier: TextClassifier) -> None:
    page = lab(run=results.spec.id)
    found = scores(results.confusion(EVERYTHING, results.scales.index(1.0)))
    values = {metric.label: metric.value for metric in page.metric}
    assert values["Accuracy"].endswith(f" % to {100 * found.accuracy.pruned.value:.1f} %")
    assert values["F1"].endswith(f" % to {100 * found.f1.pruned.value:.1f} %")  # as in the report
    frame = pd.read_csv(Path(APP).parent / "assets/examples/labelled.csv")
    answers = classifier.predict(frame["text"].tolist()).labels
    right = (frame["label"] == list(answers)).mean()
    assert values["Accuracy"] == f"{100 * found.accuracy.dense.value:.1f} % to {100 * right:.1f} %"


def test_every_figure_follows_the_filter(results: RunResults) -> None:
    page = lab(run=results.spec.id)
    page.text_input(key="lab_pattern").set_value(r"\bnot\b").run()
    where = RowFilter(pattern=r"\bnot\b")
    count = results.count(where, 1)
    assert 0 < count < 208 and f"**{count:,}** of 208 rows" in said(page)
    found = scores(results.confusion(where, results.scales.index(1.0)))
    values = {metric.label: metric.value for metric in page.metric}
    assert values["Accuracy"].endswith(f" % to {100 * found.accuracy.pruned.value:.1f} %")
    assert json.loads(link_of(page, "slice")) == {"pattern": r"\bnot\b"}
    button(page, "Clear filter").click().run()
    assert "**208** rows" in said(page) and "slice" not in page.query_params


def test_a_link_restores_filter_scale_and_view(results: RunResults) -> None:
    page = lab(run=results.spec.id, at="1.5", slice='{"outcome":"lost","gold":1}', view="Flips")
    where = RowFilter(outcome="lost", gold=1)
    scale = results.scales.index(1.5)
    assert f"**{results.count(where, scale):,}** of 208 rows" in said(page)
    assert page.segmented_control(key="lab_view").value == "Flips"
    table = page.dataframe[0].value
    assert table["row"].tolist() == results.rows(where, scale, "margin", True)["row"].tolist()


@pytest.mark.parametrize(
    "slice_", ["{", "[1]", '{"gold": 17}', '{"lengths": [9, 1]}', '{"extras": [["no", "x"]]}']
)
def test_a_filter_that_makes_no_sense_is_left_out(results: RunResults, slice_: str) -> None:
    page = lab(run=results.spec.id, slice=slice_, at="nan", view="Nothing")
    assert "**208** rows" in said(page) and not page.error


def test_an_invalid_pattern_gets_one_message(results: RunResults) -> None:
    page = lab(run=results.spec.id)
    page.text_input(key="lab_pattern").set_value("(").run()
    assert len(page.error) == 1 and not page.exception
    page.text_input(key="lab_pattern").set_value("").run()
    assert not page.error


@pytest.mark.parametrize("view", ["Overview", "Flips", "Rows", "Token fate", "Cost and length", "Export"])
def test_every_view_draws_also_where_nothing_is_lost(results: RunResults, view: str) -> None:
    for link in ({}, {"slice": '{"outcome":"both right"}'}, {"slice": '{"outcome":"changed"}', "at": "3"}):
        assert not lab(run=results.spec.id, view=view, **link).error


def test_pairs_run_and_a_regression_gets_a_message(
    small_models: Path, tmp_path: Path, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))
    assert "predicts a number" in said(lab(model="similarity"))
    file = tmp_path / "pairs.csv"
    file.write_text(
        "sentence1,sentence2,label\nIt rained.,Rain fell.,paraphrase\nIt rained.,The sun shone.,different\n"
    )
    page = lab(model="paraphrase")
    assert "reads pairs of texts" in said(page)
    on_this_machine(page, file)
    assert "**2** of 2 rows can be run." in said(page)
    button(page, "Run").click().run()
    [(spec, _)] = background.runs(runs_folder)
    wait_for(runs_folder / spec.id)
    table = RunResults(runs_folder / spec.id).rows(EVERYTHING, 1)
    assert table["text_pair"].tolist() == ["Rain fell.", "The sun shone."]
    assert table["gold"].tolist() == ["paraphrase", "different"]
    page.run()
    assert "**2** rows" in said(page) and not page.exception


def test_a_missing_run_gets_a_message(results: RunResults) -> None:
    for name in ("0123456789abcdef", "../../etc", "é"):
        page = lab(run=name)
        assert len(page.warning) == 1 and "no longer exists" in page.warning[0].value
        assert "rows can be run" in said(page)


def test_earlier_runs_can_be_opened_again(results: RunResults) -> None:
    page = lab()
    assert r"labelled\.csv" in said(page)
    button(page, "Open").click().run()
    assert link_of(page, "run") == results.spec.id and "**208** rows" in said(page)
    button(page, "Other data").click().run()
    assert "run" not in page.query_params and "rows can be run" in said(page)


def test_a_stopped_run_says_so_and_resumes(results: RunResults, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "other"))
    folder = background.prepare(default_root(), results.spec)
    page = lab(run=results.spec.id)
    assert "0 of 208 rows are done" in said(page)
    button(page, "Resume").click().run()
    wait_for(folder)
    page.run()
    assert "**208** rows" in said(page)


@pytest.mark.parametrize(
    "slice_",
    ['{"confidence": [0.5, 5]}', '{"confidence": [3, 5]}', '{"gold": 17}', '{"extras": [["kind", "?"]]}'],
)
def test_parts_of_a_filter_that_do_not_fit_are_named(results: RunResults, slice_: str) -> None:
    page = lab(run=results.spec.id, slice=slice_)
    assert not page.error and ["does not fit" in toast.value for toast in page.toast] == [True]


def copied(run: Path, root: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Path:
    """The run under another root, where the page looks from now on, with other settings."""
    monkeypatch.setenv("LTP_VIZ_RUNS", str(root))
    folder = root / run.name
    shutil.copytree(run, folder)
    RunStore(folder).create(replace(RunStore(folder).spec(), **changes))
    return folder


def test_a_missing_model_gets_a_message(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(done_run, tmp_path / "other", monkeypatch, model=str(tmp_path / "gone"))
    page = lab(run=folder.name, view="Token fate")
    assert len(page.error) == 1 and "gone" in page.error[0].value
    # Nor does Explore show a row under another model.
    page = AppTest.from_function(open_first_row, default_timeout=60, args=(str(folder),)).run()
    assert len(page.error) == 1 and "gone" in page.error[0].value and not page.exception


def open_first_row(folder: str) -> None:
    from pathlib import Path

    from ltp_viz.analysis.dataset.results.results import RunResults
    from ltp_viz.ui.inputs.explore_request import open_in_explore

    results = RunResults(Path(folder))
    open_in_explore(results.row(1), results.spec, 1.0)


def partly(done_run: Path, root: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> Path:
    """The unfinished run in this process, when its first block of this many rows is done."""
    folder = copied(done_run, root, monkeypatch)
    files = RunStore(folder)
    (folder / RESULTS).unlink()
    files.open_for_parts()
    files.write_part(0, pq.read_table(done_run / RESULTS).slice(0, rows))
    files.write_state(JobState("running", rows, 208))
    return folder


def test_a_queued_run_shows_its_position_and_can_be_cancelled(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = partly(done_run, tmp_path / "other", monkeypatch, 20)
    place = "Queued: 2 jobs ahead."
    RunStore(folder).write_state(JobState("queued", 20, 208, message=place))
    page = lab(run=folder.name)
    assert [bar.proto.text for bar in page.get("progress")] == [r"Queued\: 2 jobs ahead\."]
    button(page, "Cancel").click().run()
    assert not page.exception and RunStore(folder).is_cancel_requested()
    button(page, "Other data").click().run()
    assert r"Queued\: 2 jobs ahead\." in said(page)


def test_a_visitor_cannot_cancel_another_s_run(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LTP_VIZ_PUBLIC", "1")
    monkeypatch.setenv("LTP_VIZ_SERVED", "1")
    folder = partly(done_run, tmp_path / "other", monkeypatch, 20)
    store = RunStore(folder)
    page = lab(run=folder.name)
    token = page.session_state["visitor"]
    store.write_requesters(["another"])
    page.run()
    assert page.get("progress") and "Cancel" not in [button.label for button in page.button]
    store.write_requesters(["another", token])
    page.run()
    button(page, "Cancel").click().run()
    assert not page.exception and not store.is_cancel_requested()
    assert "Another visitor has requested this run too" in page.toast[0].value
    assert store.requesters() == ["another"]
    store.write_requesters([token])
    page.run()
    button(page, "Cancel").click().run()
    assert store.is_cancel_requested()


def test_a_run_that_is_removed_while_it_is_watched(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = partly(done_run, tmp_path / "other", monkeypatch, 100)
    page = lab(run=folder.name)
    assert "**100** rows" in said(page)
    looks = iter([True])
    state = background.state

    def state_once(folder: Path) -> JobState:
        """The run is removed between the page's first look and the drawing of progress."""
        found = state(folder)
        if not next(looks, False) and folder.exists():
            shutil.rmtree(folder)
        return found

    monkeypatch.setattr(background, "state", state_once)
    page.run()
    assert not page.exception and "no longer exists" in page.warning[0].value


def test_new_rows_are_shown_also_after_a_longer_run(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_REFRESH_S", 0.0)
    folder = partly(done_run, tmp_path / "other", monkeypatch, 150)
    page = lab(run=folder.name)
    shutil.rmtree(folder)
    partly(done_run, tmp_path / "other", monkeypatch, 20)
    looks = 0
    refresh = RunResults.refresh

    def counted(results: RunResults) -> None:
        nonlocal looks
        looks += 1
        refresh(results)

    monkeypatch.setattr(RunResults, "refresh", counted)
    page.run()
    assert "**20** rows" in said(page) and looks == 2


def test_a_tick_does_not_pass_to_another_row(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = partly(done_run, tmp_path / "other", monkeypatch, 100)
    page = lab(run=folder.name, view="Rows")
    order = page.selectbox(key="lab_order_rows")
    for chosen, is_kept in ((order.options[-1], True), (order.options[0], False)):
        page.selectbox(key="lab_order_rows").set_value(chosen).run()
        before = page.dataframe[0].proto.id
        whole = pq.read_table(done_run / RESULTS)
        RunStore(folder).write_part(1, whole.slice(100, 50 if is_kept else 108))
        page.run()
        assert (page.dataframe[0].proto.id == before) == is_kept


def test_the_title_of_the_labels_says_what_is_chosen(tmp_path: Path) -> None:
    page = on_this_machine(lab(), write_reviews(tmp_path / "reviews.csv"))
    page.selectbox(key=next(key_of(page, "Label"))).set_value("stars").run()
    assert "What the labels mean: unknown" in [each.label for each in page.expander]
    next(box for box in page.selectbox if "good" in box.label).set_value("positive").run()
    assert "What the labels mean: good → positive" in [each.label for each in page.expander]


def test_a_run_at_work_is_not_removed(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = partly(done_run, tmp_path / "other", monkeypatch, 100)
    page = lab()
    button(page, "Remove").click().run()
    assert "is running" in page.error[0].value and folder.exists()


def test_without_labels_nothing_is_called_accuracy(
    done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(done_run, tmp_path / "other", monkeypatch)
    table = pq.read_table(done_run / RESULTS)
    column = table.schema.get_field_index("gold")
    unknown = pa.nulls(len(table), table.schema.field(column).type)
    pq.write_table(table.set_column(column, "gold", unknown), folder / RESULTS)
    page = lab(run=folder.name)
    assert "Accuracy" not in said(page) + "".join(metric.label for metric in page.metric)


def test_ignored_values_are_named(done_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied(done_run, tmp_path / "other", monkeypatch)
    table = pq.read_table(done_run / RESULTS)
    names = pa.array([f"value {row % 60}" for row in range(len(table))])
    column = table.schema.get_field_index("extra_0")
    pq.write_table(table.set_column(column, "extra_0", names), folder / RESULTS)
    assert "The 50 most frequent values." in said(lab(run=folder.name, view="Cost and length"))
