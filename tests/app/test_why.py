"""The Why panels without a browser: nothing before the request, then the results of the analysis."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ltp_viz
from ltp_viz.analysis.dataset.runs import background
from ltp_viz.analysis.jobs.threads import ThreadQueue
from ltp_viz.analysis.why.agreement import explained_agreement
from ltp_viz.analysis.why.explanation import explain, rule_of
from ltp_viz.core.forced import ForcedRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.figures.wording import signed
from ltp_viz.ui.dataset import why as lab_why
from ltp_viz.ui.why import job as why_job
from ltp_viz.ui.why.words import shaded_text
from tests.app.seen import APP, PRAISE, enter, move, opened
from tests.conftest import SST2_MODEL

pytestmark = pytest.mark.usefixtures("short_reviews")


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))


def said(page: AppTest) -> str:
    elements = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error, *page.get("html")]
    return "\n".join(str(getattr(element, "value", "") or element.proto.body) for element in elements)


def press(page: AppTest, key: str) -> None:
    page.button(key=key).click().run()
    assert not page.exception


def has(page: AppTest, key: str) -> bool:
    return any(button.key == key for button in page.button)


def finish(page: AppTest, place: str) -> None:
    """Wait for the job, and have the page fetch its result."""
    if f"job {place}" in page.session_state:
        page.session_state[f"job {place}"].job.wait(60)
    page.run()
    assert not page.exception


def ask(page: AppTest, place: str = "explore") -> None:
    press(page, f"why_ask {place}")
    finish(page, place)


def test_nothing_is_computed_before_it_is_requested(app: AppTest) -> None:
    assert has(app, "why_ask explore") and 'class="why-text"' not in said(app)
    assert "job_results" not in app.session_state or not app.session_state["job_results"].values()


def test_explore_shows_what_the_analysis_says(app: AppTest, classifier: ltp_viz.TextClassifier) -> None:
    enter(app, PRAISE)
    ask(app)
    found = explain(classifier, classifier.tokenize(PRAISE))
    words = said(app)
    assert f"score of **{found.target_name}**" in words and not has(app, "why_ask explore")
    assert shaded_text(found, "lig", "pruned") in words and shaded_text(found, "lig", "dense") in words
    path = found.pruned.path
    assert path is not None and f"Convergence delta {signed(path.delta, 4)}" in words
    assert "are **kept fixed**" in words
    [correlations, table] = [frame.value for frame in app.dataframe]
    rho = explained_agreement(found, "lig", "pruned").rho
    assert correlations["correlation"][0] == signed(rho) and set(correlations["words"]) == {len(found.words)}
    assert list(table["depth"]) == found.depths.tolist()
    assert list(table["dense"]) == pytest.approx(found.values("lig", "dense").tolist(), abs=1e-4)
    app.segmented_control(key="why_method explore").set_value("Occlusion").run()
    words = said(app)
    assert "**decides again** what to drop" in words and "Convergence delta" not in words
    assert list(app.dataframe[1].value["pruned"]) == pytest.approx(
        found.values("occlusion", "pruned").tolist(), abs=1e-4
    )


def test_each_setting_has_its_own_cached_explanation(
    app: AppTest, classifier: ltp_viz.TextClassifier
) -> None:
    enter(app, PRAISE)
    ask(app)
    move(app, scale=0.5)
    assert has(app, "why_ask explore")
    ask(app)
    found = explain(classifier, classifier.tokenize(PRAISE), rule_of(classifier, 0.5))
    assert list(app.dataframe[1].value["depth"]) == found.depths.tolist()
    move(app, scale=1.0)
    assert not has(app, "why_ask explore") and len(app.dataframe) == 2  # cached: at once
    move(app, drop=[2])
    assert has(app, "why_ask explore")


def test_progress_line_and_cancel(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = ThreadQueue()
    monkeypatch.setattr(why_job, "queue", lambda: queue)
    enter(app, PRAISE)
    with queue.turn("somebody else"):
        press(app, "why_ask explore")
        assert app.get("progress")[0].proto.text == "Queued: 1 job ahead."
        assert not has(app, "why_ask explore")
        enter(app, "Dull.")  # the page stays usable
        assert "Still explaining the previous settings" in said(app) or has(app, "why_ask explore")
        job = app.session_state["job explore"].job
        press(app, "job_cancel explore")
        job.wait(20)
    app.run()
    assert job.state == "cancelled" and "Cancelled; nothing was kept." in said(app)
    assert has(app, "why_ask explore") and "job explore" not in app.session_state
    app.run()
    assert "Cancelled" not in said(app)


def test_a_failure_gets_a_message(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ltp_viz.InputError("The tokenizer has *no* mask.")

    monkeypatch.setattr(why_job, "explain", broken)
    ask(app)
    assert [error.value for error in app.error] == [r"The tokenizer has \*no\* mask\."]
    assert has(app, "why_ask explore")


def test_texts_without_a_correlation_and_markup(classifier: ltp_viz.TextClassifier) -> None:
    page = opened()
    enter(page, "<b>&")
    ask(page)
    words = said(page)
    assert "&lt;" in words and "<b>&</b>" not in words
    enter(page, "Meh")
    ask(page)
    assert "no correlation, 1 word; a correlation needs 3." in said(page)


def test_pairs_and_numbers(small_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))
    page = opened(model="similarity")
    enter(page, "The dog barks.", "A dog is barking.")
    ask(page)
    words = said(page)
    assert "The explained number" in words and "raises the number" in words
    assert words.count('class="why-text"') == 4  # two texts, two predictions


def test_files(app: AppTest, monkeypatch: pytest.MonkeyPatch, classifier: ltp_viz.TextClassifier) -> None:
    offered: dict[str, Callable[[], bytes]] = {}

    def remember(label: str, data: Callable[[], bytes], name: str, mime: str, **_: Any) -> bool:
        offered[name] = data
        return False

    monkeypatch.setattr(st, "download_button", remember)
    enter(app, PRAISE)
    ask(app)
    name = next(name for name in offered if name.startswith("why-") and name.endswith(".json"))
    record = json.loads(offered[name]())
    assert record["text"] == PRAISE
    assert (
        offered[name.replace(".json", ".csv")]().decode("utf-8-sig").count("\n") == len(record["words"]) + 1
    )


def test_compare_explains_any_column(classifier: ltp_viz.TextClassifier) -> None:
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.query_params["rules"] = "learned,tome"
    page.switch_page("pages/Compare.py").run()
    assert not page.exception and has(page, "why_ask compare")
    page.selectbox(key="why_column of 2").set_value(1).run()
    ask(page, "compare")
    words = said(page)
    assert "This rule merges: a merged word remains" in words and "Convergence delta" in words
    [found] = page.session_state["job_results"].values()
    assert found.merges and found.num_layers == 6
    page.selectbox(key="why_column of 2").set_value(0).run()
    assert has(page, "why_ask compare") and "This rule merges" not in said(page)


@pytest.fixture(scope="module")
def done_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The bundled examples at two scales, run by the page itself."""
    root = tmp_path_factory.mktemp("why") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LTP_VIZ_RUNS", str(root))
        patch.setenv("LTP_VIZ_MODEL", str(SST2_MODEL))
        page = AppTest.from_file(str(APP), default_timeout=60)
        page.switch_page("pages/Dataset.py").run()
        page.selectbox(key="lab_sweep").set_value("unpruned and as trained only (2 strengths, fastest)").run()
        press(page, "lab_start")
        [(spec, _)] = background.runs(root)
        for _ in range(600):
            if not background.state(root / spec.id).is_active:
                break
            time.sleep(0.1)
        assert background.state(root / spec.id).status == "done"
        yield root / spec.id


@pytest.fixture
def lab(done_run: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("LTP_VIZ_RUNS", str(done_run.parent))
    monkeypatch.setattr(lab_why, "_COUNTS", (4, 6, 8))
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.switch_page("pages/Dataset.py")
    page.query_params["run"], page.query_params["view"] = done_run.name, "Why"
    page.run()
    assert not page.exception
    return page


def test_lab_explains_rows_of_the_filter(lab: AppTest) -> None:
    assert "Mean rank correlation" not in said(lab)
    press(lab, "lab_why_ask")
    finish(lab, "lab")
    words = said(lab)
    assert "Evenly chosen from the 208 rows of the filter." in words
    [found] = lab.session_state["job_results"].values()
    records = found.records
    assert len(records) == 6 and {record.row for record in records} <= set(range(1, 209))
    mean = sum(record.rho["pruned"] for record in records) / 6
    assert f"Mean rank correlation **{signed(mean)}** (95 % interval" in words
    assert "Convergence delta: median" in words and "kept fixed" in words
    lab.segmented_control(key="lab_why_side").set_value("unpruned").run()
    mean = sum(record.rho["dense"] for record in records) / 6
    assert f"Mean rank correlation **{signed(mean)}**" in said(lab)
    lab.selectbox(key="lab_outcome").set_value("lost").run()
    assert has(lab, "lab_why_ask") and "Mean rank correlation" not in said(lab)


def test_lab_cancelled_keeps_what_is_done(lab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    original = lab_why.agreements

    def slow(*arguments: Any) -> Any:
        for number, record in enumerate(original(*arguments)):
            yield record
            if number == 1:
                cancel()
                arguments[-1](0.0)

    def cancel() -> None:
        while "job lab" not in lab.session_state:
            time.sleep(0.01)
        lab.session_state["job lab"].job.cancel()

    monkeypatch.setattr(lab_why, "agreements", slow)
    lab.segmented_control(key="lab_why_method").set_value("Occlusion").run()
    press(lab, "lab_why_ask")
    finish(lab, "lab")
    words = said(lab)
    assert "Cancelled: the figures are of the first 2 of 6 rows." in words
    assert re.search(r"Mean rank correlation|None of 2 rows", words) and has(lab, "lab_why_ask")


def test_lab_without_the_model(lab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_why, "available_models", dict)
    lab.run()
    assert "is no longer available to explain rows with" in said(lab) and not has(lab, "lab_why_ask")
    monkeypatch.undo()


def test_lab_reports_that_the_model_has_changed(lab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_why, "model_fingerprint", lambda model: "another")
    press(lab, "lab_why_ask")
    finish(lab, "lab")
    assert "has changed since this run" in lab.error[0].value


def test_the_question_is_the_run_on_the_page(classifier: ltp_viz.TextClassifier) -> None:
    """Other forced tokens and scales make another question; the same ones make the same."""
    source = classifier.tokenize(PRAISE)
    thresholds = classifier.model.effective_thresholds()

    def key(scale: float, forced: ltp_viz.ForcedTokens) -> Any:
        rule = ForcedRule(ThresholdRule(tuple(scale * theta for theta in thresholds)), forced)
        return why_job.Question(classifier, source, rule).key

    nothing = ltp_viz.ForcedTokens()
    assert key(1.0, nothing) == key(1.0, nothing)
    assert len({key(1.0, nothing), key(0.5, nothing), key(1.0, ltp_viz.ForcedTokens(drop=(2,)))}) == 3
