"""The Explore page without a browser: what it sends."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import ltp_viz.ui.explore.session
from ltp_viz import TextClassifier
from ltp_viz.core.forced import ForcedTokens
from ltp_viz.ui.inputs.texts import first_examples
from tests.app.seen import (
    APP,
    LIBRARY,
    ONES,
    PRAISE,
    depths,
    enter,
    expected,
    move,
    opened,
    shown,
    words,
)

pytestmark = pytest.mark.usefixtures("short_reviews")


def test_first_visit_shows_the_first_example(
    monkeypatch: pytest.MonkeyPatch, default_classifier: TextClassifier
) -> None:
    monkeypatch.delenv("LTP_VIZ_MODEL")
    app = opened()
    trace = default_classifier.trace(app.text_area[0].value)
    sections = shown(app)
    assert depths(app) == expected(trace)
    outcome = sections["exact"]["outcome"]
    assert outcome["label"] == trace.label
    assert outcome["saved"] == round(100 * (1 - trace.macs / trace.dense_macs), 1)
    assert sections["timing"]["state"] == "faster" and "10 paired runs" in sections["timing"]["detail"]
    stage = sections["stage"]
    assert stage["example_shown"] and stage["tokens"][0] == "[CLS]" and stage["special"][0] == 0
    parts = ("sweep", "timing", "attention")
    assert {sections[part]["stage"] for part in parts} == {stage["signature"]}


def test_time_is_not_measured_while_others_measure_and_is_afterwards(app: AppTest) -> None:
    enter(app, PRAISE)
    others = ltp_viz.ui.explore.session._stopwatch()

    def moved() -> str:
        return str(move(app, scale=1.55)["timing"]["state"])

    assert others.measure(moved, patience_s=60) == "busy"
    others.measure(lambda: None, patience_s=60)  # the stopwatch has rested
    app.run()
    assert shown(app)["timing"]["state"] == "faster", "a missing measurement is not cached"


def test_a_busy_machine_is_not_measured_unless_asked(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(app, PRAISE)
    monkeypatch.setattr(ltp_viz.ui.explore.session, "other_load", lambda: 0.97)
    timing = move(app, scale=1.65)["timing"]
    assert (timing["state"], timing["action"]) == ("busy", "Measure anyway") and "97 %" in timing["detail"]
    assert move(app, measure=True)["timing"]["state"] == "faster"
    assert move(app, scale=1.7)["timing"]["state"] == "busy"
    assert move(app, scale=1.65)["timing"]["state"] == "faster", "what has been measured is known"
    assert move(app, scale=0.0)["timing"]["state"] == "off"


def test_the_live_view_is_served_by_path(app: AppTest) -> None:
    enter(app, PRAISE)
    mounts = [each.proto for each in app.get("bidi_component")]
    mounts = [mount for mount in mounts if mount.component_name != "ltp_shell"]  # the top bar's
    assert len(mounts) == 4 and len({mount.component_name for mount in mounts}) == 1
    for mount in mounts:
        assert mount.js_source_path == "streamlit.js" and not mount.js_content and not mount.css_content


def test_scales_rescale(app: AppTest, classifier: TextClassifier) -> None:
    enter(app, PRAISE)
    learned = depths(app)
    move(app, scale=1.5)
    assert depths(app) == expected(classifier.trace(PRAISE, global_scale=1.5)) != learned
    move(app, scale=0.0)
    assert set(depths(app)) == {6}
    scales = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    move(app, scale=1.0, layer_scales=scales)
    assert depths(app) == expected(classifier.trace(PRAISE, layer_scales=scales)) != learned
    move(app, layer_scales=ONES)
    assert depths(app) == learned


def test_exact_numbers_are_those_of_the_trace(app: AppTest, classifier: TextClassifier) -> None:
    enter(app, PRAISE)
    exact = move(app, scale=1.5, keep=[2])["exact"]
    trace = classifier.trace(PRAISE, global_scale=1.5, forced=ForcedTokens(keep=(2,)))
    scores = np.frombuffer(base64.b64decode(exact["scores"]), dtype="<f4")
    entered = trace.survival_depth >= np.arange(trace.num_layers)[:, None]
    np.testing.assert_array_equal(scores, trace.scores[entered])
    assert np.isnan(trace.scores[~entered]).all(), "nothing is left out"
    assert exact["thresholds"] == list(trace.thresholds)
    assert exact["layer_macs"] == trace.layer_macs.tolist()


def test_forced_tokens_change_the_run(app: AppTest, classifier: TextClassifier) -> None:
    enter(app, PRAISE)
    move(app, keep=[2], drop=[4, 3])
    assert shown(app)["settings"]["drop"] == [3, 4]
    forced = ForcedTokens(keep=(2,), drop=(3, 4))
    assert depths(app) == expected(classifier.trace(PRAISE, forced=forced))
    assert depths(app)[2:5] == [6, 0, 0]
    assert shown(app)["sweep"]["for"] == {"layer_scales": ONES, "keep": [2], "drop": [3, 4]}


def test_a_release_computes_no_sweep_again(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    session = ltp_viz.ui.explore.session
    for name in ("sweep_text", "time_pair", "attention_received"):
        wanted = getattr(session, name)

        def counted(*arguments: Any, wanted: Any = wanted, name: str = name, **options: Any) -> Any:
            calls.append(name)
            return wanted(*arguments, **options)

        monkeypatch.setattr(session, name, counted)
    session._timings.clear()
    before = shown(app)
    moved = move(app, scale=1.5)
    assert calls == ["attention_received", "time_pair"] and moved["sweep"] == before["sweep"]
    app.run()
    assert len(calls) == 2, "a rerun with the same settings computes nothing"
    move(app, layer_scales=[1.0, 2.0, 1.0, 1.0, 1.0, 1.0])
    assert calls[2:] == ["sweep_text", "attention_received", "time_pair"]


def test_disagreement_is_marked(app: AppTest, classifier: TextClassifier) -> None:
    found = None
    for text in (
        "Oh wonderful, another lonely detective.",
        "I would not say that nobody will enjoy this.",
        "bad not",
    ):
        for scale in (1.0, 1.5, 2.0, 2.5, 3.0):
            if (
                classifier.trace(text, global_scale=scale).label
                != classifier.trace(text, global_scale=0).label
            ):
                found = (text, scale)
    assert found, "one of these texts must flip somewhere"
    enter(app, found[0])
    outcome = move(app, scale=found[1])["exact"]["outcome"]
    assert not outcome["agree"] and "Pruning flips the answer" in outcome["verdict"]


def test_every_scale_is_shown_and_follows_the_layer_scales(app: AppTest, classifier: TextClassifier) -> None:
    enter(app, LIBRARY)
    before = shown(app)["sweep"]
    first, second = (classifier.trace(LIBRARY, global_scale=scale).label for scale in (1.1, 1.15))
    assert first != second and before["scales"].index(1.15) in before["flips"]
    assert move(app, scale=0.5)["sweep"] == before
    layer_scales = [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    after = move(app, layer_scales=layer_scales)["sweep"]
    trace = classifier.trace(LIBRARY, global_scale=3.0, layer_scales=layer_scales)
    assert after["layer_macs"] != before["layer_macs"] and after["for"]["layer_scales"] == layer_scales
    assert after["layer_macs"][-1] == trace.layer_macs.tolist()


@pytest.mark.parametrize("text", ["", "   \n\t "])
def test_nothing_to_read(app: AppTest, text: str) -> None:
    enter(app, text)
    assert "There is no text yet" in app.info[0].value


@pytest.mark.parametrize(
    "text",
    [
        "😀👍🏽 ok",
        "هذا فيلم رائع",
        "a\x00b\x07c\x1b[31m",
        "<script>alert(1)</script><b>bold</b>",
        "$\\alpha$ :material/delete: :red[x] [a](http://b) `c`",
        "\u202eevil",
        "a" * 20_000,
    ],
)
def test_unusual_texts_are_shown_unchanged(app: AppTest, text: str) -> None:
    enter(app, text)
    assert words(app) == [text]


def test_truncation_is_shown(app: AppTest) -> None:
    enter(app, "good film. " * 1820)
    assert "5,462 tokens. The model reads only the first 512 tokens" in app.warning[0].value
    pieces = shown(app)["stage"]["segments"][0]["words"]
    assert [word["kind"] for word in pieces if "kind" in word] == ["unread"] and "positions" not in pieces[-1]
    assert pieces[-1]["text"].strip().startswith(("good", "film", "."))


def test_trailing_space_behind_a_short_text_is_not_unread(app: AppTest) -> None:
    enter(app, "Fine. \n")
    last = shown(app)["stage"]["segments"][0]["words"][-1]
    assert last == {"text": " \n"}


def test_unknown_tokens_are_named(app: AppTest, classifier: TextClassifier) -> None:
    assert shown(app)["stage"]["unknown"] == {"token": "[UNK]", "positions": [], "note": ""}
    text = f"A 😀 {'x' * 400} film"
    enter(app, text)
    stage = shown(app)["stage"]
    assert classifier.tokenize(text).tokens[2:4] == ("[UNK]", "[UNK]")
    assert stage["unknown"]["positions"] == [2, 3]
    assert stage["unknown"]["note"] == "2 of 6 tokens are unknown to the model."
    pieces = stage["segments"][0]["words"]
    assert [word.get("kind", "") for word in pieces] == ["", "", "unknown", "", "unknown", "", ""]
    assert [word["positions"] for word in pieces if word["text"].strip()] == [[1], [2], [3], [4]]
    assert move(app, scale=2.0)["stage"] == stage, "a scale must not rebuild nodes"


@pytest.mark.parametrize("text", ["\u200b", "\u200b\u200b \u200b"])
def test_text_without_words_gets_no_answer(app: AppTest, text: str) -> None:
    enter(app, text)
    assert not shown(app)
    assert app.info[0].value.startswith("The model finds no word in this text")


def test_no_word_is_kept_to_the_end(app: AppTest) -> None:
    enter(app, "good")
    assert move(app, scale=0.0)["exact"]["outcome"]["computed"] == 100
    sections = move(app, scale=3.0)
    assert sections["exact"]["depths"][0] == 6 and max(sections["exact"]["depths"][1:]) < 6
    share = sum(sections["exact"]["depths"]) / (3 * 6)
    assert sections["exact"]["outcome"]["computed"] == round(100 * share)


def test_example_from_the_gallery(app: AppTest) -> None:
    app.pills(key="example").set_value("Sarcasm").run()
    assert app.text_area[0].value.startswith("Oh wonderful")
    assert words(app) == [app.text_area[0].value]
    enter(app, PRAISE)
    assert app.pills(key="example").value is None and not shown(app)["stage"]["example_shown"]


def test_example_picked_while_a_typed_text_waits(app: AppTest) -> None:
    app.text_area[0].set_value("Typed, not run.")
    app.pills(key="example").set_value("Sarcasm").run()
    assert app.pills(key="example").value == "Sarcasm"
    assert app.text_area[0].value.startswith("Oh wonderful")
    enter(app, "Typed and run.")
    assert app.pills(key="example").value is None and words(app) == ["Typed and run."]


def test_run_keeps_the_typed_text_where_the_browser_still_names_the_example(app: AppTest) -> None:
    enter(app, "Typed and run.")
    app.pills(key="example").set_value("Everything did")  # as sent before the answer to the text arrived
    app.button(key="run_texts").click().run()
    assert app.pills(key="example").value is None and words(app) == ["Typed and run."]
    app.pills(key="example").set_value("Everything did").run()
    assert words(app) == [first_examples()["Everything did"]]


def test_unusable_model_gets_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL", "/no/such/folder")
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    assert page.error[0].value.startswith("There is no model folder")


def test_plain_checkpoint_is_badged(plain_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL", str(plain_checkpoint))
    page = opened()
    assert any("thresholds not learned" in element.value for element in page.markdown)
    assert not shown(page)["stage"]["thresholds_learned"]
