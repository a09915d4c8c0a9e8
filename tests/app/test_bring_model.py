"""A user's own model: checked, chosen, named in a link, saved again, its labels renamed."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz.ui.inputs import bring_model, models
from tests.app.seen import opened, shown
from tests.conftest import MODEL_NAMES, save_small_model


@pytest.fixture
def mine(tmp_path: Path, encoder_folder: Path) -> Path:
    """A small model that no folder of the app holds."""
    save_small_model(tmp_path / "mine", encoder_folder, 3)
    return tmp_path / "mine"


@pytest.fixture(autouse=True)
def _app_just_started() -> None:
    bring_model._known.clear()


def bring(page: AppTest, location: object) -> None:
    page.text_input(key="bring_location").set_value(str(location))
    page.button(key="bring_check").click().run()
    assert not page.exception


def layers(page: AppTest) -> int:
    return shown(page)["stage"]["num_layers"]


def rename(page: AppTest, *names: str) -> None:
    fields = [field for field in page.text_input if str(field.key).startswith("label_name")]
    for field, name in zip(fields, names, strict=True):
        field.set_value(name)
    page.run()
    assert not page.exception


def test_brought_model_is_described_joins_the_choice_and_is_chosen(mine: Path) -> None:
    page = opened()
    bring(page, f"  {mine} ")
    found = page.success[0].value.replace("\\", "")
    for part in ("Found mine", "bert encoder", "3 layers of width 32", "MB", "LABEL_0, LABEL_1", "learned"):
        assert part in found
    box = page.selectbox(key="model")
    assert box.value == str(mine) and "sst2" in box.options and layers(page) == 3
    box.set_value("sst2").run()
    assert layers(page) == 6 and str(mine) in page.selectbox(key="model").options
    bring(page, mine)
    assert layers(page) == 3 and page.selectbox(key="model").options.count(str(mine)) == 1


def test_bundled_model_is_not_brought_twice(mine: Path) -> None:
    page = opened()
    bring(page, mine)
    before = page.selectbox(key="model").options
    bring(page, models.DEFAULT_MODEL)
    assert (
        page.selectbox(key="model").value == MODEL_NAMES[0] and page.selectbox(key="model").options == before
    )


@pytest.mark.parametrize("location", ["", "/no/such/folder", "[x](http://evil)", "nobody/nothing"])
def test_a_fault_gets_a_message_and_the_current_model_stays(location: str) -> None:
    page = opened()
    bring(page, location)
    assert len(page.error) == 1 and not page.success and layers(page) == 6
    assert "](" not in page.error[0].value
    assert page.selectbox(key="model").options == MODEL_NAMES


def test_link_to_a_model_that_is_not_here_offers_to_load_it(mine: Path) -> None:
    page = opened(model=str(mine), scale="1.5")
    assert layers(page) == 6 and "which is not available here" in page.warning[0].value
    page.button(key="load_missing").click().run()
    assert not page.exception and not page.warning and layers(page) == 3
    assert page.selectbox(key="model").value == str(mine)


def test_offer_stays_until_another_model_is_chosen() -> None:
    page = opened(model="nobody/nothing")
    page.button(key="load_missing").click().run()
    assert not page.exception and layers(page) == 6
    assert all("hub does not answer" in error.value for error in page.error) and page.error
    page.run()
    assert page.button(key="load_missing")


def test_reload_finds_a_brought_model_again(mine: Path) -> None:
    bring(opened(), mine)
    again = opened(model=str(mine))
    assert layers(again) == 3 and not again.warning
    shutil.rmtree(mine)
    gone = opened(model=str(mine))
    assert layers(gone) == 6 and "which is not available here" in gone.warning[0].value


def test_a_folder_saved_again_is_loaded_again(mine: Path, encoder_folder: Path) -> None:
    page = opened()
    bring(page, mine)
    shutil.rmtree(mine)
    save_small_model(mine, encoder_folder, 5)
    os.utime(
        mine / "config.json", ns=(2**62, 2**62)
    )  # where the file system's clock is too coarse to show a change
    page.run()
    assert not page.exception and layers(page) == 5


def test_labels_are_renamed_for_everything_shown(mine: Path) -> None:
    page = opened()
    assert not expander(page, "Label names").proto.expanded
    bring(page, mine)
    assert expander(page, "Label names").proto.expanded, "LABEL_0 says nothing"
    rename(page, " bad ", "")
    sections = shown(page)
    assert sections["stage"]["labels"] == ["bad", "LABEL_1"]
    assert {bar["name"] for bar in sections["exact"]["outcome"]["bars"]} == {"bad", "LABEL_1"}
    page.selectbox(key="model").set_value("sst2").run()
    assert shown(page)["stage"]["labels"] == ["negative", "positive"]
    page.selectbox(key="model").set_value(str(mine)).run()
    assert shown(page)["stage"]["labels"] == ["bad", "LABEL_1"], "names belong to their model"
    rename(page, "", "")
    assert shown(page)["stage"]["labels"] == ["LABEL_0", "LABEL_1"]


def test_one_name_for_two_labels_is_refused() -> None:
    page = opened()
    rename(page, "same", "same")
    assert "Two labels are called" in page.error[0].value
    assert shown(page)["stage"]["labels"] == ["negative", "positive"]


def expander(page: AppTest, label: str) -> Any:
    return next(block for block in page.expander if block.label == label)
