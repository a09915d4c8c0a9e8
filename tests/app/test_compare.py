"""Compare run without a browser: columns, costs, marks, link, files."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import ltp_viz
from ltp_viz import TextClassifier, Trace
from ltp_viz.analysis.compare.alignment import aligned_tokens
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.analysis.exports import python_code, traces_csv
from ltp_viz.analysis.jobs.threads import ThreadQueue
from ltp_viz.core.rules.ltmp import MergeAndPruneRule
from ltp_viz.core.rules.tome import MergeRule
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.ui.compare import address, curves
from ltp_viz.ui.compare.address import MAX_COLUMNS
from ltp_viz.ui.compare.words import fate_words, other_fates, text_html, token_table
from tests.app.seen import APP, PRAISE
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("short_reviews")

LONG = (
    "Every joke lands, and yet the film is not funny; a strange thing to say of a comedy that I would "
    "happily watch again tomorrow, if only to find out why. The second half drags, the third does not exist, "
    "and the ending, when it comes, comes as a relief to everyone but the actors, who had just begun to "
    "enjoy it."
)


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that the page stores belong to the test."""
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))


def compare(**link: str) -> AppTest:
    """The page, opened by a link."""
    page = AppTest.from_file(str(APP), default_timeout=120)
    for key, value in link.items():
        page.query_params[key] = value
    page.switch_page("pages/Compare.py").run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """All Markdown, captions and HTML on the page."""
    elements = [*page.markdown, *page.caption, *page.get("html")]
    return "\n".join(str(getattr(element, "value", "") or element.proto.body) for element in elements)


def link_of(page: AppTest) -> dict[str, str]:
    """The address's parameters."""
    parameters = dict(page.query_params.items())
    return {key: value if isinstance(value, str) else value[-1] for key, value in parameters.items()}


def costs(page: AppTest) -> list[float]:
    """The share of dense FLOPs that each column reports, in percent."""
    return [float(found) for found in re.findall(r"\*\*([\d.]+)%\*\* of the unpruned FLOPs", said(page))]


def test_first_visit_compares_learned_thresholds_with_top_k() -> None:
    page = compare()
    assert [box.value for box in page.main.selectbox if box.label.startswith("Column")] == [
        "learned",
        "top_k",
    ]
    assert len(costs(page)) == 2
    words = said(page)
    assert "Learned thresholds (LTP)" in words and "margin" in words
    assert "cmp-tokens" in words and "columns differ in" in words


def test_all_rules_cost_the_same_on_a_long_text() -> None:
    for start in range(0, len(FAMILIES) - 3, 3):
        names = ["learned", *(family.name for family in FAMILIES[start + 1 : start + 4])]
        page = compare(rules=",".join(names), shares="50", text=f".{LONG}")
        found = costs(page)
        assert len(found) == 4, names
        assert found[0] == pytest.approx(50, rel=0.011)
        for name, cost in zip(names, found, strict=True):
            assert cost == pytest.approx(found[0], rel=0.011) or f"to {found[0]:.1f}%: tokens" in said(
                page
            ), name


def test_without_the_lock_each_column_has_its_own_share() -> None:
    page = compare(rules="learned,random", equal="0", shares="40,80", text=f".{LONG}")
    assert costs(page) == pytest.approx([40, 80], rel=0.02)
    page.toggle(key="compare_locked").set_value(True).run()
    assert not page.exception
    found = costs(page)
    assert found[1] == pytest.approx(found[0], rel=0.011)


def test_an_edited_text_is_aligned_and_costs_as_much() -> None:
    edited = PRAISE.replace("funny", "boring and sad")
    page = compare(rules="learned,learned", text=f".{PRAISE}", text2=f".{edited}")
    words = said(page)
    assert "funny / boring" in words and "edited text" in words
    flops = [float(found) for found in re.findall(r"([\d,]+) MFLOPs", words.replace(",", ""))]
    assert flops[1] == pytest.approx(flops[0], rel=0.06), "a short text loses whole tokens"
    page.button(key="compare_take_1").click().run()
    assert page.text_area(key="compare_text_1").value == PRAISE


def test_a_text_too_short_for_equal_flops_gets_a_message() -> None:
    page = compare(rules="learned,top_k", shares="80", text=f".{LONG}", text2=".Bad film.")
    assert costs(page)[1] == 100
    assert re.search(
        r"⚠ 100\.0% \(target \d{3,4}\.\d%: this text costs less even without pruning\)", said(page)
    )


def test_why_a_cost_is_not_met() -> None:
    page = compare(rules="tome,in_context", equal="0", shares="30,10", text=".A")
    reasons = re.findall(r"\(target [\d.]+%: ([^)]+)\)", said(page))
    assert reasons and set(reasons) == {"the least that this rule can cost on this text"}


def test_columns_keep_their_numbers_where_one_fails() -> None:
    page = compare(rules="learned,top_k,tome,lat", equal="0", shares="60", model1="mrpc", model3="mrpc")
    assert len(page.error) == 2
    words = said(page)
    assert re.findall(r'<th scope="col">(\d)\.', words) == ["2", "4"]
    assert "Survivors shared with column 2" in words and "differs from column 2" in words
    drawn = [json.loads(chart.proto.spec)["data"] for chart in page.get("plotly_chart")]
    names = [[line["name"][:2] for line in lines] for lines in drawn[:2]]
    assert names == [["2.", "4."], ["4."]]


def test_the_margin_is_there_where_the_answer_changes() -> None:
    page = compare(rules="learned,end", equal="0", shares="100,20", text=f".{LONG}")
    words = said(page)
    assert "The rule flips the answer" in words and len(re.findall(r"margin 0\.\d{3}", words)) == 2


def test_the_layer_decides_what_is_struck_through() -> None:
    page = compare(layer="1")
    first = said(page).count('class="gone')
    page.slider(key="compare_layer of 6").set_value(6).run()
    assert said(page).count('class="gone') > first
    assert link_of(page)["layer"] == "6"


def test_the_link_restores_all() -> None:
    page = compare(rules="tome,ppt,lat", shares="35", text=f".{LONG}", layer="2", model3="sst2")
    again = compare(**link_of(page))
    assert said(again) == said(page)
    assert again.text_area[0].value == LONG


def test_back_fills_the_fields_again(monkeypatch: pytest.MonkeyPatch) -> None:
    page = compare(rules="learned,end", shares="60", text=f".{LONG}", layer="2")
    before, words = link_of(page), said(page)
    for edit in (
        page.selectbox(key="compare_rule_1").set_value("tome"),
        page.segmented_control(key="compare_count").set_value(3),
        page.text_area(key="compare_text_1").set_value(PRAISE),
        page.slider(key="compare_layer of 6").set_value(5),
        page.text_area(key="example_text").set_value(PRAISE),
    ):
        edit.run()
    assert said(page) != words and link_of(page)["text"] == f".{PRAISE}"
    page.query_params.clear()
    page.query_params.update(before)
    with monkeypatch.context() as patch:
        patch.setattr(address.browser, "is_history", lambda: True)
        page.run()
    assert said(page) == words and link_of(page) == before
    page.run()
    assert link_of(page) == before
    page.query_params.clear()
    with monkeypatch.context() as patch:
        patch.setattr(address.browser, "is_history", lambda: True)
        page.run()
    assert "text" not in link_of(page) and "rules" not in link_of(page), "no new step of the history"
    assert [page.selectbox(key=f"compare_rule_{index}").value for index in range(2)] == ["learned", "top_k"]


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ({"rules": "foo,bar"}, "rules “foo”, “bar” (allowed: learned, manual"),
        ({"rules": "tome"}, "1 rules (allowed: 2 to 4)"),
        ({"rules": "learned,tome,lat,ppt,end"}, "5 rules (allowed: 2 to 4)"),
        ({"shares": "37.5"}, "share “37.5” (allowed: whole numbers from 10 to 100)"),
        (
            {"shares": "abc,-5", "equal": "0"},
            "share “abc” (allowed: whole numbers from 10 to 100); share “-5”",
        ),
        ({"layer": "99999"}, "layer “99999” (allowed: 1 to 6)"),
        ({"equal": "maybe"}, "equal “maybe” (allowed: 0 and 1)"),
        ({"model2": "foo/bar"}, "model2 “foo/bar” (allowed: the models of the model menu)"),
        ({"text2": "~!!!!"}, "text2 “~!!!!” (allowed: a text as this page writes it"),
    ],
)
def test_ignored_parts_of_a_link_are_named_until_a_field_changes(link: dict[str, str], named: str) -> None:
    page = compare(**link)
    (warning,) = page.main.warning
    assert named in warning.value.replace("\\", "")
    page.slider(key="compare_layer of 6").set_value(5).run()
    assert not page.main.warning


def test_a_link_that_fits_is_not_changed() -> None:
    assert not compare(rules="learned,tome", shares="35", layer="2", model2="sst2").main.warning
    assert not compare().main.warning


def test_a_column_of_a_pair_has_its_own_texts() -> None:
    page = compare(model="mrpc", rules="learned,learned", pair2=".Nobody came to the old bridge.")
    assert not page.error and "edited text" in said(page)
    assert page.text_area(key="compare_second_1").value == "Nobody came to the old bridge."
    assert link_of(page)["pair2"] == ".Nobody came to the old bridge." and "text2" not in link_of(page)
    page.button(key="compare_take_1").click().run()
    above = [box.value for box in page.text_area if box.key.startswith("pair_example")]
    assert [page.text_area(key=f"compare_{part}_1").value for part in ("first", "second")] == above


@pytest.mark.parametrize(
    "link",
    [
        {"rules": "nonsense,,learned", "shares": "x", "layer": "999", "equal": "maybe"},
        {"rules": "learned,top_k,tome,lat,random,end", "shares": "-5,9999"},
        {"model1": "../../etc/passwd", "text2": "~!!!", "text3": "?"},
    ],
)
def test_a_link_of_nonsense_is_corrected(link: dict[str, str]) -> None:
    page = compare(**link)
    assert 2 <= len(costs(page)) <= MAX_COLUMNS and not page.error


def test_pairs_and_numbers(small_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))
    page = compare(model="similarity", rules="learned,in_context")
    assert not page.error and len(costs(page)) == 2
    assert "predicts a number" in " ".join(info.value for info in page.info), "curves need classes"
    page = compare(model="paraphrase", rules="learned,learned", model2="sst2")
    assert "reads one text; choose one that fits the text above" in page.error[0].value.replace("\\", "")


def test_curves_of_all_rules_on_a_file(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    pd.read_csv(ROOT / "assets/examples/labelled.csv")[:16].to_csv(path, index=False)
    page = compare(rules="learned,tome")
    page.segmented_control(key="lab_kind").set_value("File on this machine").run()
    page.text_input(key="lab_path").set_value(str(path)).run()
    assert "on 16 texts of some" in page.button(key="compare_run").label.replace("\\", "")
    queue = ThreadQueue()
    with pytest.MonkeyPatch.context() as patch, queue.turn("somebody else"):
        patch.setattr(curves, "queue", lambda: queue)
        page.button(key="compare_run").click().run()
        assert page.get("progress")[0].proto.text == "Queued: 1 job ahead."
        assert "compare_run" not in {button.key for button in page.button}
    job = page.session_state["job curves"].job
    while job.poll() not in ("done", "failed", "cancelled"):  # a job that no page polls ends
        job.wait(1)
    page.run()
    assert not page.exception and not page.get("progress")
    chart = page.get("plotly_chart")[-1].proto
    lines = [trace for trace in json.loads(chart.spec)["data"] if trace["x"] != [None]]
    assert {line["name"] for line in lines} == {family.title for family in FAMILIES}
    assert "At half the FLOPs" in chart.alt or "At half the FLOPs" in chart.spec


def test_words_and_marks_escape_what_texts_say(classifier: TextClassifier) -> None:
    trace = classifier.trace('<script>alert("x")</script> & <b>bold</b> film')
    html = text_html(trace, 2, [1, 2, 3])
    table, _, _ = token_table(
        [trace, trace], ["<i>one</i>", "two"], [1, 2], [aligned_tokens(trace.source, trace.source)], 2, False
    )
    for written in (html, table):
        assert "<script" not in written and "<b>" not in written and "<i>one" not in written
    assert "&lt;" in html and "script" in html


def test_fates_in_words(classifier: TextClassifier) -> None:
    dropped = classifier.trace(PRAISE)
    gone = int(dropped.survival_depth[1:].argmin()) + 1
    assert fate_words(dropped, gone) == f"dropped in layer {dropped.survival_depth[gone] + 1}"
    assert fate_words(dropped, 0) == "survives all 6 layers"
    merged = classifier.trace(PRAISE, rule=MergeRule(0.2))
    texts = [fate_words(merged, position) for position in range(len(merged.tokens))]
    assert any(re.fullmatch(r"merged in layer \d; at the end “.+” carries it", text) for text in texts)
    assert any("and carries" in text for text in texts)
    both = classifier.trace(PRAISE, rule=MergeAndPruneRule(0.2, (0.0, 0.0, 0.0, 0.0, 0.2, 0.2)))
    ends = [fate_words(both, position) for position in range(len(both.tokens))]
    assert any(re.fullmatch(r"merged in layer \d, dropped later", end) for end in ends)


def test_other_fates_are_those_that_differ_after_the_layer(classifier: TextClassifier) -> None:
    first, other = classifier.trace(PRAISE), classifier.trace(PRAISE, global_scale=0.6)
    pairs = aligned_tokens(first.source, other.source)
    for layer in range(6):
        wanted = [p for p in range(15) if first.keep[layer, p] != other.keep[layer, p]]
        assert other_fates(other, first, pairs, layer) == wanted


def test_files_hold_every_column(classifier: TextClassifier) -> None:
    traces = [classifier.trace(PRAISE), classifier.trace(PRAISE, rule=MergeRule(0.2))]
    rows = traces_csv(traces, ["LTP", "=ToMe"]).strip().split("\n")
    assert len(rows) == 1 + 2 * 6 * len(traces[0].tokens)
    assert rows[0].startswith("title,layer,position") and rows[0].endswith("forced,carrier")
    assert rows[-1].startswith("'=ToMe,6,")


@pytest.mark.parametrize("rule", [TopKRule((0.9, 0.8, 0.7, 0.6, 0.5, 0.4)), MergeRule(0.2)])
def test_code_makes_the_trace_again(rule: object, classifier: TextClassifier) -> None:
    trace = classifier.trace(PRAISE, rule=rule)  # type: ignore[arg-type]
    made: dict[str, Trace] = {}
    code = python_code(str(ltp_viz.__path__[0]) + "/../assets/models/sst2", trace)
    exec(code, made)
    again = made["trace"]
    assert again.rule == trace.rule and (again.carriers == trace.carriers).all()
    assert again.logits.tolist() == pytest.approx(trace.logits.tolist())


def test_a_column_claims_no_training_that_has_not_been(
    plain_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = "the threshold that training found"
    assert learned in said(compare(rules="learned,top_k"))
    monkeypatch.setenv("LTP_VIZ_MODEL", str(plain_checkpoint))
    brought = said(compare(rules="learned,top_k"))
    assert "This model has learned no thresholds" in brought and learned not in brought
