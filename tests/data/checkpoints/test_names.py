"""What people call a model, after its folder, its hub name or its card."""

from pathlib import Path

import pytest

from ltp_viz.data.checkpoints.names import card_name, readable_name
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("owner/my_classifier-v2", "My classifier v2"),
        ("owner/name@refs/pr/3", "Name"),
        ("https://huggingface.co/owner/emotion-english", "Emotion english"),
        ("/data/models/DeBERTa-v3-base-mnli", "DeBERTa v3 base mnli"),
        ("/data/runs/tickets/hard", "Tickets hard"),
        ("runs/tickets/checkpoint-500", "Tickets checkpoint 500"),
        ("/hard", "Hard"),
        ("model", "Model"),
        ("/", "/"),
        ("--", "--"),
        ("", ""),
    ],
)
def test_a_location_becomes_readable(location: str, name: str) -> None:
    assert readable_name(location) == name


def test_a_card_names_its_model(tmp_path: Path) -> None:
    assert card_name(tmp_path) is None
    (tmp_path / "README.md").write_text("# No header")
    assert card_name(tmp_path) is None
    (tmp_path / "README.md").write_text('---\nlicense: mit\nmodel_name: "Tickets, short"\n---\n# x')
    assert card_name(tmp_path) == "Tickets, short"


def test_every_bundled_model_has_a_name_of_its_own() -> None:
    names = [card_name(config.parent) for config in (ROOT / "assets/models").glob("*/config.json")]
    assert all(names) and len(set(names)) == len(names)
    assert "Reviews, any length" in names
