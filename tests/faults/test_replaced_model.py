"""A model whose files change while it is served: either the old or the new model answers, never a mixture."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import ltp_viz
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.model import LTPForSequenceClassification
from tests.app.seen import depths, enter, expected, opened, shown
from tests.conftest import save_small_model
from tests.faults.processes import begun

TEXT = "It is not without charm."


def load_and_cut(folder: Path, text: str) -> None:
    """Reading beyond the end of a truncated mapped file ends a process by SIGBUS, so this runs in a separate
    process."""
    before = ltp_viz.load_model(folder).trace(text).logits
    loaded = ltp_viz.load_model(folder)  # nothing has run yet, so no weight has been read
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(weights.stat().st_size // 2)
        file.write(bytes(weights.stat().st_size // 2))
    np.testing.assert_array_equal(loaded.trace(text).logits, before)
    loaded = ltp_viz.load_model(folder)
    expected = loaded.trace(text).logits
    os.truncate(weights, 1000)
    np.testing.assert_array_equal(loaded.trace(text).logits, expected)


@pytest.fixture
def served(tmp_path: Path, encoder_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that the app offers, with weights stored in the precision of their use."""
    save_small_model(tmp_path / "served", encoder_folder, 4)
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(tmp_path))
    return tmp_path / "served"


def other_weights(served: Path) -> Path:
    """A folder with a model of the same shape that drops other tokens."""
    other = served.parent.parent / "other"
    shutil.copytree(served, other)
    config = LTPConfig.from_pretrained(other)
    config.thresholds = [0.05, 0.1, 0.2, 0.3]
    LTPForSequenceClassification(config).save_pretrained(other)
    return other


def test_a_loaded_model_needs_its_files_no_more(served: Path) -> None:
    process = begun(load_and_cut, served, TEXT)
    process.join(120)
    assert process.exitcode == 0


def test_a_model_that_is_replaced_is_the_next_to_answer(served: Path) -> None:
    page = opened(model="served")
    enter(page, TEXT)
    old = expected(ltp_viz.load_model(served).trace(TEXT))
    assert depths(page) == old
    other = other_weights(served)
    new = expected(ltp_viz.load_model(other).trace(TEXT))
    assert new != old
    for name in ("model.safetensors", "config.json"):
        os.replace(other / name, served / name)
    page.run()
    assert not page.exception and not page.error and depths(page) == new


def test_weights_that_are_being_copied_get_a_message(served: Path) -> None:
    page = opened(model="served")
    enter(page, TEXT)
    old = depths(page)
    whole = (served / "model.safetensors").read_bytes()
    (served / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    page.run()
    assert not page.exception and not shown(page)
    assert len(page.error) == 1 and "cut off or damaged" in page.error[0].value
    (served / "model.safetensors").write_bytes(whole)
    page.run()
    assert not page.error and depths(page) == old
