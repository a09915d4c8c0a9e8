"""The tour without a browser: every step shows results of real runs; links, sentence, game."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz import TextClassifier
from ltp_viz.analysis.learn.task_results import task_results
from ltp_viz.ui.learn.lesson import MAX_TOKENS, shortened
from ltp_viz.ui.learn.sentence import MAX_CHARACTERS, suggestions
from ltp_viz.ui.learn.texts import STEPS
from ltp_viz.ui.shell.glossary import terms
from ltp_viz.ui.shell.link import pack_text, unpack_text
from tests.app.seen import APP, PRAISE
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("short_reviews")

BUNDLED = list(ROOT.glob("assets/models/*/config.json"))
OTHER = "I would not say that nobody will enjoy this, but I certainly did not."


def reads_pairs(config: Path) -> bool:
    return bool(json.loads(config.read_text()).get("reads_pairs"))


def learn(**link: str) -> AppTest:
    """The page, opened by a link."""
    page = AppTest.from_file(str(APP), default_timeout=120)
    for key, value in link.items():
        page.query_params[key] = value
    page.switch_page("pages/Learn.py").run()
    assert not page.exception
    return page


def pictures(page: AppTest) -> list[dict[str, Any]]:
    """All parts with frames that the tour's component was sent."""
    sent = [
        json.loads(element.proto.json)
        for element in page.get("bidi_component")
        if element.proto.component_name == "ltp_tour"
    ]
    return [data for data in sent if data["frames"]]


def picture(page: AppTest) -> dict[str, Any]:
    """The picture that a step shows."""
    (shown,) = pictures(page)
    return shown


def frame(page: AppTest) -> dict[str, Any]:
    """The frame that the picture shows."""
    shown = picture(page)
    return shown["frames"][shown["at"]]


def said(page: AppTest) -> str:
    """All Markdown, captions, warnings and notes."""
    elements = [*page.main.markdown, *page.main.caption, *page.main.info, *page.main.warning]
    return "\n".join(element.value for element in elements)


def link_of(page: AppTest) -> dict[str, str]:
    """The address's parameters."""
    parameters = dict(page.query_params.items())
    return {key: value if isinstance(value, str) else value[-1] for key, value in parameters.items()}


def browse(page: AppTest, **link: str) -> None:
    """As the browser does on its Back button."""
    page.query_params.clear()
    page.query_params.update(link)
    page.run()
    assert not page.exception


def test_votes_are_shares_of_one(classifier: TextClassifier) -> None:
    page = learn()
    assert "1. Attention as votes" in said(page) and link_of(page)["step"] == "1"
    for position, each in enumerate(picture(page)["frames"]):
        shares = [float(each["x"][f"v{j}"][:-1]) for j in range(len(classifier.tokenize(PRAISE).tokens))]
        assert sum(shares) == pytest.approx(100, abs=0.8), position
    assert "layer 2" in said(page) and "12 heads" in said(page)


def test_a_column_adds_up_to_the_score(classifier: TextClassifier) -> None:
    page = learn(step="2", layer="4")
    scores = classifier.trace(PRAISE, global_scale=0.0).scores[3]
    for column, each in enumerate(picture(page)["frames"]):
        total = float(each["x"]["sum"].split()[2])
        assert total / 128 == pytest.approx(scores[column], rel=2e-3, abs=1e-6)
        assert each["x"]["score"] == f"÷ 128 = score {scores[column]:.5f}"
    page.selectbox(key="learn_head").set_value(3).run()
    alone = frame(page)["x"]["score"]
    assert "from head 3 alone" in alone and "mean of all heads" in alone
    assert (link_of(page)["layer"], link_of(page)["head"]) == ("4", "3")


def test_one_threshold_starts_at_its_trained_value(classifier: TextClassifier) -> None:
    page = learn(step="3")
    first = classifier.trace(PRAISE).keep[1]  # layer 1 drops nothing, so layer 2 sees all
    struck = {int(name[1:]) for name in frame(page)["m"]["is-gone"] if name[0] == "t"}
    assert struck == set(np.flatnonzero(~first).tolist())
    page.selectbox(key="learn_layer_threshold of 6").set_value(1).run()
    assert "drops nothing" in said(page) and link_of(page)["layer"] == "1"


def test_layers_show_the_trained_run(classifier: TextClassifier) -> None:
    page = learn(step="4")
    trace = classifier.trace(PRAISE)
    shown = frame(page)["x"]
    assert [shown[f"n{layer}"] for layer in range(6)] == [
        f"{left} of {len(trace.tokens)} left" for left in trace.feed_forward_lengths
    ]
    assert f"“never” {trace.survival_depth[8]}" in shown["depths"]


def test_both_forms_of_the_mask() -> None:
    page = learn(step="5")
    assert page.main.segmented_control[0].value == "linear"
    linear = picture(page)
    assert any(r"\sigma" in each.value and r"\ln" not in each.value for each in page.main.latex)
    page.segmented_control(key="learn_form").set_value("log").run()
    assert not page.exception and picture(page)["signature"] != linear["signature"]
    assert any(r"\ln s_j" in each.value for each in page.main.latex)
    assert link_of(page) == {"step": "5", "form": "log"} and "trained with the difference" in said(page)


def test_replay_says_what_is_missing() -> None:
    page = learn(step="6")
    log = (ROOT / "assets/models/sst2/training_log.jsonl").read_text()
    assert len(picture(page)["frames"]) == log.count("keep_rates")
    assert ("has no FLOPs" in said(page)) == ("flops_share" not in log)


def test_cost_names_the_real_run(classifier: TextClassifier) -> None:
    trace = classifier.trace(PRAISE)
    assert f"{2 * trace.macs / 1e6:,.0f} of {2 * trace.dense_macs / 1e6:,.0f} MFLOPs" in said(learn(step="7"))


def test_failures_are_real_and_open_in_explore(classifier: TextClassifier) -> None:
    page = learn(step="8")
    links = re.findall(r'"href": ?"(/\?[^"]*)"', json.dumps(picture(page)))
    assert len(links) == len(picture(page)["frames"]) >= 4
    for link in links[:3]:
        query = parse_qs(link[2:])
        text, scale = unpack_text(query["text"][0]), float(query["scale"][0])
        assert text is not None
        dense, pruned = classifier.trace(text, global_scale=0.0), classifier.trace(text, global_scale=scale)
        assert dense.label != pruned.label
    assert "docs/findings.md" in said(page) and "10 at strength 1.0" in said(page)


def test_results_are_those_of_the_file_with_their_run_and_model() -> None:
    page = learn(step="9")
    written = json.dumps(picture(page), ensure_ascii=False)
    for result in task_results(ROOT / "assets/results.json"):
        for row in (*result.ours, result.paper):
            assert row is None or (
                f"{100 * row.pruned:.2f}" in written and f"{100 * row.dense:.2f}" in written
            )
        for row in result.ours:
            model = f"bundled model {row.model}" if row.model else "not bundled"
            assert f"run {row.run}, {model}, {row.split}" in written
    assert "The paper has no figures" in written, "AG News is not in the paper"


def test_the_game_keeps_an_honest_score() -> None:
    page = learn(step="10")
    game = page.session_state["learn_game"]
    right = 0
    for number, played in enumerate(game.rounds):
        assert f"round {number + 1} of {len(game.rounds)}" in said(page)
        dropped = played.dropped[0].position
        wrong = next(position for position in played.alive if not played.is_right(position))
        guess = dropped if number % 2 == 0 else wrong
        page.pills[-1].set_value(guess).run()
        assert not page.exception
        right += guess == dropped
        reason = played.reason(guess)
        assert f"**{right} of {number + 1} right**" in said(page)
        assert ("✓ Right" if guess == dropped else "✗ No.") in said(page)
        assert f"{reason.score:.5f}" in said(page) and f"{reason.threshold:.5f}" in said(page)
    page.button(key="learn_again").click().run()
    assert "**0 of 0 right**" in said(page)


def test_next_and_back_and_the_list() -> None:
    page = learn()
    assert page.button(key="learn_back").disabled
    page.button(key="learn_next").click().run()
    assert link_of(page)["step"] == "2" and "2. The score" in said(page)
    page.button(key="learn_go_9").click().run()
    page.button(key="learn_next").click().run()
    assert link_of(page)["step"] == "10" and page.button(key="learn_next").disabled
    page.button(key="learn_back").click().run()
    assert link_of(page)["step"] == "9"


@pytest.mark.parametrize("step", ["0", "11", "1e3", "²", "4" * 50])
def test_unknown_steps(step: str) -> None:
    page = learn(step=step)
    assert "There is no step" in page.main.warning[0].value and "1. Attention" in said(page)


def test_a_link_restores_sentence_and_position() -> None:
    packed = pack_text(OTHER)
    assert packed is not None
    page = learn(step="4", text=packed, at="30")
    assert page.text_area(key="learn_text").value == OTHER
    assert picture(page)["at"] == 30 and frame(page)["v"] == "×1.50"
    assert link_of(page) == {"step": "4", "text": packed, "at": "30"}
    page.button(key="learn_next").click().run()
    assert "at" not in link_of(page) and link_of(page)["text"] == packed
    page.button(key="learn_back").click().run()
    assert link_of(page)["at"] == "30"


def test_the_browsers_back_is_followed() -> None:
    page = learn(step="2", layer="3", head="5")
    assert (page.selectbox(key="learn_layer_score of 6").value, page.selectbox(key="learn_head").value) == (
        3,
        5,
    )
    page.selectbox(key="learn_head").set_value(7).run()
    page.button(key="learn_next").click().run()
    assert link_of(page) == {"step": "3"}
    browse(page, step="2", layer="3", head="5", model="sst2")
    assert "2. The score" in said(page) and page.selectbox(key="learn_head").value == 5
    browse(page, step="2", text=pack_text(OTHER) or "")
    assert (page.selectbox(key="learn_layer_score of 6").value, page.selectbox(key="learn_head").value) == (
        2,
        0,
    )
    assert page.text_area(key="learn_text").value == OTHER


@pytest.mark.parametrize(
    "link",
    [
        {"step": "4", "at": "99999"},
        {"step": "2", "at": "-1", "layer": "77", "head": "1000"},
        {"step": "5", "form": "cubic", "at": "nan"},
    ],
)
def test_a_link_of_nonsense_is_corrected(link: dict[str, str]) -> None:
    page = learn(**link)
    assert "at" not in link_of(page) and pictures(page)


def test_sentences_that_cannot_be_read() -> None:
    page = learn(step="3", text="~!!!")
    assert "cannot be read" in said(page) and page.text_area(key="learn_text").value == PRAISE
    for text, sentence in (("​​", "finds no word"), ("", "No sentence"), ("   ", "No sentence")):
        page.text_area(key="learn_text").set_value(text).run()
        assert not page.exception and sentence in said(page), repr(text)
        assert "sing the default" in said(page) and pictures(page)


def test_long_and_strange_sentences(classifier: TextClassifier) -> None:
    page = learn(step="2", text=pack_text("word " * 400) or "")
    assert f"cut to {MAX_CHARACTERS} characters" in said(page) and f"first {MAX_TOKENS} tokens" in said(page)
    page.text_area(key="learn_text").set_value("<script>alert(1)</script> *bold* $x$ 日本").run()
    assert not page.exception and pictures(page)
    for text in ("!" * 200, "antidisestablishmentarianism " * 30, "a"):
        source = shortened(classifier, text)
        assert 3 <= len(source.tokens) <= MAX_TOKENS and text.startswith(source.text)


def test_a_suggestion_is_taken_and_used_everywhere() -> None:
    page = learn(step="1")
    name, text = list(suggestions().items())[1]
    page.button(key=f"learn_suggest_{name}").click().run()
    assert page.text_area(key="learn_text").value == text and unpack_text(link_of(page)["text"]) == text
    page.button(key="learn_go_10").click().run()
    assert page.session_state["learn_game"].source.text == text


def test_the_whole_tour_on_one_page() -> None:
    page = learn(step="all")
    words = said(page)
    assert all(f"{number}. {step.title}" in words for number, step in enumerate(STEPS, 1))
    assert len(pictures(page)) == 9 and link_of(page)["step"] == "all"
    page.button(key="learn_single").click().run()
    assert link_of(page)["step"] == "1"


@pytest.mark.parametrize("name", sorted(config.parent.name for config in BUNDLED if not reads_pairs(config)))
def test_every_bundled_model_of_one_text(name: str) -> None:
    page = learn(step="all", model=name)
    assert len(pictures(page)) == 9 and not page.main.error
    assert name in said(page)


def test_texts_are_short_and_every_symbol_is_explained() -> None:
    for step in STEPS:
        assert len(f"{step.words} {step.prompt}".split()) <= 90
        assert step.source and all(symbol and meaning for symbol, meaning in step.symbols)
        assert not step.equations or step.symbols
        assert "(/" not in step.words, "a link from the root leaves an app that is served below a path"
    links = [link for step in STEPS for link in re.findall(r"\(Glossary\?term=([^)]*)\)", step.words)]
    assert len(links) >= 4 and set(links) <= set(terms())


def test_other_models(small_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))
    assert "reads one text" in learn(model="paraphrase").main.info[0].value
    page = learn(model="deep", step="6")
    assert "has no training log" in said(page) and not pictures(page)
    assert len(frame(learn(model="deep", step="4"))["x"]) == 2 + 2 * 8
    page = learn(model="deep", step="8")
    assert pictures(page) or "labelled positive or negative" in said(page)
