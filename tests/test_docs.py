"""What the pages for developers name is there: every file, folder and function."""

import importlib
import re
from pathlib import Path

import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.attention_received import attention_received
from ltp_viz.analysis.sweeps import SCALES, sweep_text
from ltp_viz.ui.explore.live_data import attention_data, exact_data, sweep_data, timing_data
from ltp_viz.ui.explore.settings import Settings
from ltp_viz.ui.explore.stage import stage_data
from tests.conftest import ROOT

PAGES = ("architecture.md", "protocol.md")
# A path, perhaps with a function or class after two colons.
PATH = re.compile(r"`((?:\.\./)?[\w.-]+(?:/[\w.-]+)+)(?:::(\w+))?`")


def named(page: str) -> list[tuple[Path, str]]:
    """Every file or folder that a page names, and what in it: relative to the package or the checkout."""
    found = []
    for path, member in PATH.findall((ROOT / "docs" / page).read_text()):
        places = [folder / path for folder in (ROOT / "ltp_viz", ROOT, ROOT / "docs")]
        found.append((next((place for place in places if place.exists()), places[0]), member))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_named_files_and_functions_exist(page: str) -> None:
    names = named(page)
    assert len(names) >= 5
    for path, member in names:
        assert path.exists(), f"{page} names {path}"
        if member:
            module = ".".join(path.resolve().relative_to(ROOT.resolve()).with_suffix("").parts)
            assert hasattr(importlib.import_module(module), member), f"{page} names {module}.{member}"


def test_equations_are_mapped_to_functions() -> None:
    table = (
        (ROOT / "docs/architecture.md")
        .read_text()
        .split("## From the paper to the code")[1]
        .split("\n## ")[0]
    )
    for equation in ("equation 3", "equation 4", "equation 6", "equation 7"):
        row = next(line for line in table.splitlines() if line.startswith(f"| {equation} "))
        assert "::" in row


def test_the_protocol_names_every_field(classifier: TextClassifier) -> None:
    """Of each message that the server makes."""
    page = (ROOT / "docs/protocol.md").read_text()
    analysed = classifier.start("A warm film.")
    dense, settings = analysed.trace(0.0), Settings.default(6)
    messages = {
        "stage": stage_data(classifier, dense),
        "settings": settings.to_data(),
        "exact": exact_data(analysed.trace(), dense),
        "sweep": sweep_data("", settings, sweep_text(classifier, analysed.source, SCALES), dense),
        "attention": attention_data("", 0, attention_received(analysed, analysed.trace())),
        "timing": timing_data("", 0, None),
    }
    for name, message in messages.items():
        section = page.split(f"\n`{name}`: ")[1].split("\n`")[0].split("\n## ")[0]
        for field in message:
            assert f"`{field}`" in section, f"the {name} has a field {field}"
