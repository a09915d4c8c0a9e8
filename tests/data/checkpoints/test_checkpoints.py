"""Checkpoints: loaded safely, or refused in one sentence."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification

import ltp_viz
from ltp_viz import InputError, TextClassifier
from tests.conftest import ROOT

TEXT = "A warm, funny little film."


@pytest.fixture
def checkpoint(plain_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(plain_checkpoint, tmp_path / "model"))


def set_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_refused_before_any_weight_is_read(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_config(checkpoint, model_type="gpt2")

    def read(*arguments: object, **options: object) -> None:
        pytest.fail("weights were read")

    monkeypatch.setattr(AutoModelForSequenceClassification, "from_pretrained", read)
    with pytest.raises(InputError, match="family 'gpt2'"):
        ltp_viz.load_model(checkpoint)


@pytest.mark.parametrize("name", ["sst2", None])
def test_loading_changes_nothing_for_other_threads(
    checkpoint: Path, name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default type is the process's: changed while another session computes, it ended the server."""
    set_config(checkpoint, dtype="float16")
    set_default, defaults = torch.set_default_dtype, set()

    def spy(dtype: torch.dtype) -> None:
        defaults.add(dtype)
        set_default(dtype)

    monkeypatch.setattr(torch, "set_default_dtype", spy)
    ltp_viz.load_model(checkpoint if name is None else ROOT / "assets/models" / name)
    assert defaults == {torch.float32}


def test_a_run_is_the_same_while_other_sessions_load_models(classifier: TextClassifier) -> None:
    expected = classifier.trace(TEXT).scores
    loading = [
        threading.Thread(target=ltp_viz.load_model, args=(ROOT / "assets/models/sst2",)) for _ in "abc"
    ]
    for thread in loading:
        thread.start()
    while any(thread.is_alive() for thread in loading):
        np.testing.assert_array_equal(classifier.trace(TEXT).scores, expected)


def test_thresholds_that_are_not_numbers(classifier: TextClassifier, tmp_path: Path) -> None:
    classifier.model.save_pretrained(tmp_path)
    classifier.tokenizer.save_pretrained(tmp_path)
    set_config(tmp_path, thresholds=[float("nan")] * 6)
    with pytest.raises(InputError, match="finite number"):
        ltp_viz.load_model(tmp_path)


def test_code_in_a_checkpoint_never_runs(checkpoint: Path) -> None:
    witness = checkpoint / "ran"
    (checkpoint / "evil.py").write_text(f"open({str(witness)!r}, 'w')\nclass Evil: pass\n")
    set_config(
        checkpoint, auto_map={"AutoConfig": "evil.Evil", "AutoModelForSequenceClassification": "evil.Evil"}
    )
    with contextlib.suppress(InputError):
        ltp_viz.load_model(checkpoint)
    assert not witness.exists()


def test_plain_checkpoint_gets_rising_thresholds(plain_checkpoint: Path) -> None:
    classifier = ltp_viz.load_model(plain_checkpoint)
    trace = classifier.trace(TEXT)
    assert not trace.thresholds_learned
    assert np.all(np.diff(trace.learned_thresholds) > 0) and trace.learned_thresholds[-1] == pytest.approx(
        0.01
    )


def test_scale_zero_equals_the_dense_model_of_hugging_face(plain_checkpoint: Path) -> None:
    classifier = ltp_viz.load_model(plain_checkpoint)
    dense = AutoModelForSequenceClassification.from_pretrained(plain_checkpoint).eval()
    for text in ("Meh", TEXT, TEXT * 20):
        with torch.inference_mode():
            expected = dense(**classifier.tokenizer(text, return_tensors="pt")).logits[0]
        np.testing.assert_allclose(classifier.trace(text, global_scale=0).logits, expected, atol=1e-5)


def test_saved_and_loaded_again_says_the_same(classifier: TextClassifier, tmp_path: Path) -> None:
    classifier.model.save_pretrained(tmp_path)
    classifier.tokenizer.save_pretrained(tmp_path)
    again = ltp_viz.load_model(tmp_path)
    for name, weight in classifier.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], weight), name
    # Equal weights at other addresses may round differently: the products' order follows alignment.
    before, after = classifier.trace(TEXT), again.trace(TEXT)
    np.testing.assert_allclose(after.logits, before.logits, atol=1e-5)
    np.testing.assert_array_equal(after.keep, before.keep)
    assert after.thresholds_learned


def test_unreachable_hub(tmp_path: Path) -> None:
    environment = {**os.environ, "HF_ENDPOINT": "http://localhost:9", "HF_HOME": str(tmp_path)}
    environment.pop("HF_HUB_OFFLINE", None)
    program = (
        "import ltp_viz\ntry: ltp_viz.load_model('nobody/nothing')\nexcept ltp_viz.InputError as e: print(e)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert "not in the local cache and the hub does not answer" in done.stdout


def test_settings_of_a_wrong_type(classifier: TextClassifier, tmp_path: Path) -> None:
    classifier.model.save_pretrained(tmp_path)
    classifier.tokenizer.save_pretrained(tmp_path)
    set_config(tmp_path, thresholds="high")
    with pytest.raises(InputError, match=r"cannot be loaded: .*thresholds"):
        ltp_viz.load_model(tmp_path)
