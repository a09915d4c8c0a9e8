"""The Explore page run without a browser: content of what it sends."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz import TextClassifier
from tests.app.seen import APP, expected_states, shown, states, words

PRAISE = "A warm, funny little film that never wastes a minute."


@pytest.fixture
def app() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    return page


def test_first_visit_shows_the_first_example(app: AppTest, classifier: TextClassifier) -> None:
    trace = classifier.trace(app.text_area[0].value)
    sections = shown(app)
    assert states(app) == expected_states(trace)
    assert sections["summary"]["predictions"][0]["label"] == trace.label
    saved = f"{100 * (1 - trace.macs / trace.dense_macs):.1f} %"
    assert sections["summary"]["figures"][0]["value"] == saved
    assert "paired runs on this machine" in sections["timing"]["detail"]
    assert [figure["title"] for figure in sections["charts"]["figures"]] == [
        "What every scale would do",
        "Thresholds",
        "Sequence length",
        "FLOPs per layer",
    ]
    assert all(len(figure["alt"]) > 30 for figure in sections["charts"]["figures"])


def test_sliders_rescale_and_reset_restores(app: AppTest, classifier: TextClassifier) -> None:
    app.text_area[0].set_value(PRAISE).run()
    learned = states(app)
    app.slider(key="scale").set_value(1.5).run()
    assert states(app) == expected_states(classifier.trace(PRAISE, global_scale=1.5)) != learned
    app.slider(key="scale").set_value(0.0).run()
    assert set("".join(states(app))) == {"k"}
    app.slider(key="scale").set_value(1.0).run()
    app.slider(key="layer3").set_value(0.0).run()
    scales = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    assert states(app) == expected_states(classifier.trace(PRAISE, layer_scales=scales)) != learned
    next(button for button in app.button if button.label == "Reset").click().run()
    assert states(app) == learned and all(slider.value == 1.0 for slider in app.slider)


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
    app.text_area[0].set_value(found[0]).run()
    app.slider(key="scale").set_value(found[1]).run()
    summary = shown(app)["summary"]
    assert not summary["agree"] and "Pruning changed the answer" in summary["verdict"]


def test_every_scale_is_shown_and_follows_the_layer_scales(app: AppTest, classifier: TextClassifier) -> None:
    text = "The library opens at nine on weekdays and stays closed on public holidays."
    app.text_area[0].set_value(text).run()
    figure = shown(app)["charts"]["figures"][0]
    before = json.loads(figure["json"])["data"]
    first, second = (classifier.trace(text, global_scale=scale).label for scale in (1.1, 1.15))
    assert first != second and "The answer changes at ×1.15" in figure["alt"]
    app.slider(key="scale").set_value(0.5).run()
    moved = shown(app)["charts"]["figures"][0]
    assert json.loads(moved["json"])["data"] == before and "Now at ×0.50" in moved["alt"]
    app.slider(key="layer2").set_value(0.0).run()
    after = json.loads(shown(app)["charts"]["figures"][0]["json"])["data"]
    trace = classifier.trace(text, global_scale=3.0, layer_scales=[1.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    assert after[0] != before[0]
    assert after[0]["y"][-1] == pytest.approx(100 * (1 - trace.macs / trace.dense_macs), abs=0.01)


@pytest.mark.parametrize("text", ["", "   \n\t "])
def test_nothing_to_read(app: AppTest, text: str) -> None:
    app.text_area[0].set_value(text).run()
    assert not app.exception
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
def test_strange_texts_are_shown_as_they_are(app: AppTest, text: str) -> None:
    app.text_area[0].set_value(text).run()
    assert not app.exception
    assert words(app) == [text]


def test_truncation_is_told(app: AppTest) -> None:
    app.text_area[0].set_value("good film. " * 1820).run()
    assert not app.exception
    assert "5,462 tokens; the model reads the first 512" in app.warning[0].value
    pieces = shown(app)["tokens"]["segments"][0]["words"]
    assert [kind for *_, kind in pieces if kind] == ["unread"] and pieces[-1][1] is None
    assert pieces[-1][0].strip().startswith(("good", "film", "."))


def test_trailing_space_behind_a_short_text_is_not_unread(app: AppTest) -> None:
    app.text_area[0].set_value("Fine. \n").run()
    assert shown(app)["tokens"]["segments"][0]["words"][-1] == [" \n", None, ""]


def test_unknown_tokens_are_told(app: AppTest, classifier: TextClassifier) -> None:
    assert shown(app)["tokens"]["unknown"] == {"token": "[UNK]", "positions": [], "note": ""}
    text = f"A 😀 {'x' * 400} film"
    app.text_area[0].set_value(text).run()
    tokens = shown(app)["tokens"]
    assert classifier.tokenize(text).tokens[2:4] == ("[UNK]", "[UNK]")
    assert tokens["unknown"]["positions"] == [2, 3]
    assert tokens["unknown"]["note"] == "2 of 6 tokens are unknown to the model."
    assert [kind for *_, kind in tokens["segments"][0]["words"]] == ["", "", "unknown", "", "unknown", "", ""]
    app.slider(key="scale").set_value(2.0).run()
    assert shown(app)["tokens"]["signature"] == tokens["signature"], "a slider move must not rebuild nodes"


@pytest.mark.parametrize("text", ["\u200b", "\u200b\u200b \u200b"])
def test_text_without_words_gets_no_answer(app: AppTest, text: str) -> None:
    app.text_area[0].set_value(text).run()
    assert not app.exception and not shown(app)
    assert app.info[0].value.startswith("The model finds no word in this text")


def test_what_lives_on_is_said_as_it_is(app: AppTest) -> None:
    app.text_area[0].set_value("good").run()
    app.slider(key="scale").set_value(0.0).run()
    assert shown(app)["tokens"]["survivors"] == "Underlined words live through every layer."
    app.slider(key="scale").set_value(3.0).run()
    tokens = shown(app)["tokens"]
    assert tokens["survivors"] == "No word lives through every layer; only [CLS] does."
    assert tokens["layers"][-1]["note"] == "1 → 1 token"


def test_own_scales_are_told(app: AppTest) -> None:
    captions = [caption.value for caption in app.caption]
    assert "No layer has its own scale." in captions
    app.slider(key="layer3").set_value(2.5).run()
    assert "1 layer has its own scale." in [caption.value for caption in app.caption]
    app.slider(key="layer4").set_value(0.5).run()
    assert "2 layers have their own scale." in [caption.value for caption in app.caption]


def test_example_from_the_gallery(app: AppTest) -> None:
    app.pills(key="example").set_value("Sarcastic").run()
    assert app.text_area[0].value.startswith("Oh wonderful")
    assert words(app) == [app.text_area[0].value]


def test_example_picked_while_a_typed_text_waits(app: AppTest) -> None:
    app.text_area[0].set_value("Typed, not run.")
    app.pills(key="example").set_value("Sarcastic").run()
    assert app.pills(key="example").value == "Sarcastic"
    assert app.text_area[0].value.startswith("Oh wonderful")
    app.text_area[0].set_value("Typed and run.").run()
    assert app.pills(key="example").value is None and words(app) == ["Typed and run."]


def test_unusable_model_gives_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL", "/no/such/folder")
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    assert page.error[0].value.startswith("There is no model folder")


def test_plain_checkpoint_is_badged(plain_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL", str(plain_checkpoint))
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    assert any("thresholds not learned" in element.value for element in page.sidebar.markdown)
