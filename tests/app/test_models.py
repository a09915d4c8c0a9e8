"""Explore with other models than the bundled one: the choice, pairs of texts, answers that are numbers."""

import shutil
from pathlib import Path

import pytest

import ltp_viz
from ltp_viz import resources
from ltp_viz.ui.inputs import models
from ltp_viz.ui.shell.markdown import quoted
from tests.app.seen import depths, enter, expected, move, opened, shown, words
from tests.conftest import DEFAULT_MODEL, SST2_MODEL

PAIR = ("The museum is open to visitors on Mondays.", "It is closed.")


@pytest.fixture(autouse=True)
def _small_models(small_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))


def test_bundled_models_and_those_of_the_folder_are_offered() -> None:
    box = opened().selectbox(key="model")
    assert box.value == DEFAULT_MODEL.name
    assert {"sst2", "broken", "deep", "paraphrase", "similarity"} <= set(box.options)


def test_named_model_is_the_default_and_same_names_stay_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SST2_MODEL, tmp_path / "mine/sst2")
    monkeypatch.setenv("LTP_VIZ_MODEL", str(tmp_path / "mine/sst2"))
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(tmp_path / "mine"))
    box = opened().selectbox(key="model")
    assert box.options[0] == box.value == "sst2" and "models/sst2" in box.options
    assert len([name for name in box.options if name.endswith("sst2")]) == 2, "one folder, named twice"


def test_models_have_names_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SST2_MODEL, tmp_path / "my_own-reviews")
    long = resources.MODELS / "sentiment-long"
    found = {"long": str(long), "mine": str(tmp_path / "my_own-reviews"), "hub": "owner/my-own_reviews"}
    monkeypatch.setattr(models, "available_models", lambda: found)
    assert models.display_names() == {
        "long": "Reviews, any length",
        "mine": "My own reviews",
        "hub": "My own reviews (hub)",
    }
    monkeypatch.chdir(resources.MODELS)
    assert models.display_name("sentiment-long") == models.display_name(f"{long}/") == "Reviews, any length"


def test_switching_models_resets_the_scales(small_models: Path) -> None:
    layer_scales = [1.0] * 7 + [0.5]
    page = opened(model="deep", scale="1.5", layers="1_1_1_1_1_1_1_0.5")
    deep = ltp_viz.load_model(small_models / "deep")
    text = page.text_area[0].value
    assert depths(page) == expected(deep.trace(text, global_scale=1.5, layer_scales=layer_scales))
    for name, layers in (("sst2", 6), ("deep", 8)):
        page.selectbox(key="model").set_value(name).run()
        assert not page.exception
        settings = shown(page)["settings"]
        assert (settings["scale"], settings["layer_scales"]) == (1.0, [1.0] * layers)
        assert page.text_area[0].value == text
    assert depths(page) == expected(deep.trace(text))
    move(page, scale=2.0)
    assert depths(page) == expected(deep.trace(text, global_scale=2.0))


def test_unknown_model_in_the_link_gives_the_default_and_a_message() -> None:
    page = opened(model="[no](http://evil)", scale="1.5")
    assert page.selectbox(key="model").value == DEFAULT_MODEL.name and shown(page)["settings"]["scale"] == 1.5
    assert len(page.warning) == 1 and page.warning[0].value.endswith(
        f"which is not available here. Showing {quoted(models.display_name(str(DEFAULT_MODEL)))}."
    )
    assert "](" not in page.warning[0].value, "a link must not be able to write Markdown"
    page.selectbox(key="model").set_value("deep").run()
    assert not page.warning


def test_unusable_folder_keeps_the_choice_and_the_text() -> None:
    page = opened()
    enter(page, "Mine.")
    page.selectbox(key="model").set_value("broken").run()
    assert not page.exception and not shown(page)
    assert r"has no tokenizer_config\.json" in page.error[0].value
    page.selectbox(key="model").set_value("sst2").run()
    assert not page.error and words(page) == ["Mine."]


def test_folder_without_models_gets_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(tmp_path))
    assert "holds no folder with a config.json" in opened().warning[0].value


def test_pair_is_read_shown_and_swept_as_two_texts(small_models: Path) -> None:
    page = opened(model="paraphrase", pair_example="Negated")
    model = ltp_viz.load_model(small_models / "paraphrase")
    assert page.text_area[1].value == "The museum is not open to visitors on Mondays."
    enter(page, *PAIR)
    assert page.pills(key="pair_example").value is None
    trace = model.trace(*PAIR)
    assert depths(page) == expected(trace) and words(page) == list(PAIR)
    segments = shown(page)["stage"]["segments"]
    assert [segment["title"] for segment in segments] == ["First text", "Second text"]
    assert [segment["length"] for segment in segments] == [trace.segments.count(0), trace.segments.count(1)]
    page.text_area[1].set_value("It is shut.").run()
    assert depths(page) == expected(model.trace(PAIR[0], "It is shut."))
    most = model.trace(PAIR[0], "It is shut.", global_scale=3.0)
    assert shown(page)["sweep"]["layer_macs"][-1] == most.layer_macs.tolist()


@pytest.mark.parametrize("texts", [("One.", " "), ("", "Two."), ("", "")])
def test_half_a_pair_shows_one_message(texts: tuple[str, str]) -> None:
    page = opened(model="paraphrase")
    move(page, scale=1.5)
    enter(page, *texts)
    assert [info.value for info in page.info] == [
        "This model compares two texts: type both above, or pick an example."
    ]
    assert not shown(page)
    enter(page, *PAIR)
    assert shown(page)["settings"]["scale"] == 1.5


def test_each_kind_of_model_keeps_its_own_texts() -> None:
    page = opened(model="paraphrase")
    enter(page, *PAIR)
    page.selectbox(key="model").set_value("sst2").run()
    assert len(page.text_area) == 1 and "Sarcasm" in page.pills(key="example").options
    page.selectbox(key="model").set_value("similarity").run()
    assert words(page) == list(PAIR) and "Names swapped" in page.pills(key="pair_example").options


def test_pair_too_long_gets_a_message() -> None:
    page = opened(model="paraphrase")
    enter(page, "good film. " * 200, "bad film. " * 200)
    assert "1,203 tokens together. The model reads only 512 of them" in page.warning[0].value
    segments = shown(page)["stage"]["segments"]
    assert sum(segment["length"] for segment in segments) == 512 and segments[1]["length"] > 200
    kinds = [[word["kind"] for word in segment["words"] if "kind" in word] for segment in segments]
    assert kinds == [["unread"]] * 2


def test_second_text_without_tokens() -> None:
    page = opened(model="paraphrase")
    enter(page, "One.", "\u200b")
    assert "finds no word in the second text" in page.info[0].value and not shown(page)


def test_number_is_shown_as_a_number(small_models: Path) -> None:
    page = opened(model="similarity")
    enter(page, *PAIR)
    model = ltp_viz.load_model(small_models / "similarity")
    pruned, dense = (f"{model.trace(*PAIR, global_scale=s).logits[0]:.2f}".replace("-", "−") for s in (1, 0))
    assert pruned != dense, "these texts must move the number for this test to mean something"
    sections = shown(page)
    stage, outcome = sections["stage"], sections["exact"]["outcome"]
    assert outcome["verdict"].startswith(f"Pruning moves the similarity from {dense} to {pruned}.")
    assert stage["regression"] == "similarity" and shown(page)["sweep"]["flips"] == []
    assert [card["label"] for card in (outcome, stage["dense"])] == [
        f"similarity {pruned}",
        f"similarity {dense}",
    ]
    assert not outcome["bars"] and not stage["dense"]["bars"], "100 % of nothing"
    sections = move(page, scale=0.0)
    assert sections["exact"]["outcome"]["saved"] == 0.0
    sweep = sections["sweep"]
    assert sweep["outcomes"][sweep["runs"][20]]["label"] == f"similarity {pruned}"


def test_pair_in_the_link() -> None:
    page = opened(model="paraphrase", text=".One text.", pair=".Another text.", drop="2")
    assert words(page) == ["One text.", "Another text."] and shown(page)["settings"]["drop"] == [2]
    assert shown(page)["stage"]["link"] == {"text": ".One text.", "pair": ".Another text.", "note": ""}
    page.selectbox(key="model").set_value("sst2").run()
    assert page.pills(key="example").value is not None, "a link's texts are for the kind of model it names"
    half = opened(model="paraphrase", text=".One text.")
    assert [box.value for box in half.text_area] == ["One text.", ""] and not shown(half)
