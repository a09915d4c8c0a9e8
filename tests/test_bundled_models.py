"""Every model that ships with the app: small, whole, described, and able to do what its card says."""

import json
from pathlib import Path

import pytest
from safetensors import safe_open

import ltp_viz
from tests.conftest import ROOT

FOLDERS = sorted(config.parent for config in (ROOT / "assets/models").glob("*/config.json"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_bundled_model_is_whole_and_described(folder: Path) -> None:
    names = {file.name for file in folder.iterdir()}
    assert {"README.md", "config.json", "model.safetensors", "recipe.json", "training_log.jsonl"} <= names
    with safe_open(folder / "model.safetensors", "pt") as weights:
        assert {str(weights.get_slice(name).get_dtype()) for name in weights.keys()} == {"F16"}  # noqa: SIM118
    assert len((folder / "training_log.jsonl").read_text().splitlines()) > 50
    card = (folder / "README.md").read_text()
    assert "ltp-viz evaluate" in card and "ltp-viz train" in card and "## Limits" in card
    assert "/tmp" not in card and "/work" not in card
    recipe = json.loads((folder / "recipe.json").read_text())
    assert not Path(recipe["base"]).is_absolute()
    config = json.loads((folder / "config.json").read_text())
    assert config["thresholds_learned"] and max(config["thresholds"]) > 0
    assert not Path((config.get("recipe") or {}).get("base", "")).is_absolute()


def test_all_together_stay_small() -> None:
    total = sum(file.stat().st_size for folder in FOLDERS for file in folder.iterdir())
    assert total < 140e6


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_bundled_model_answers_easy_texts(folder: Path) -> None:
    model = ltp_viz.load_model(folder)
    if model.config.reads_pairs:
        first = ["The company said profits rose 10 percent to $5 million."] * 2
        second = ["Profits rose 10 percent to $5 million, the company said.", "Rain is expected on Monday."]
        assert model.predict(first, text_pairs=second).labels == ("paraphrase", "different")
    else:
        answers = model.predict(["A wonderful, moving film.", "A dreadful, boring mess."])
        assert answers.labels == ("positive", "negative")
