"""Reference cases, wrapped into the format of the published implementation, come out equal once loaded."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, BertTokenizer

import ltp_viz
from ltp_viz import InputError, TextClassifier
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.data.checkpoints.trained_rule import trained_rule
from tests.hostile.tiny_model import WORDS
from tests.parity.conftest import REFERENCE

LAYERS = 6
FINAL = 0.004


def original(folder: Path, learned: list[float] | None = None, **settings: Any) -> Path:
    """The reference model as the published code stores it, with a learned part of each layer's threshold."""
    folder.mkdir()
    weights = {}
    for name, tensor in load_file(REFERENCE / "model.safetensors").items():
        name = name.replace("roberta.", "ibert.", 1)
        weights[name] = tensor
        if name.endswith(".weight") and tensor.ndim == 2:
            weights[f"{name}_integer"] = torch.ones_like(tensor)
            weights[name.replace(".weight", ".fc_scaling_factor")] = torch.ones(len(tensor))
    for layer, value in enumerate(learned or []):
        attention = f"ibert.encoder.layer.{layer}.attention.self"
        weights[f"{attention}.pruner.keep_threshold"] = torch.tensor(value)
        weights[f"{attention}.query_activation.x_min"] = torch.zeros(1)
        weights[f"{attention}.query_activation.x_max"] = torch.zeros(1)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((REFERENCE / "config.json").read_text())
    config |= {"model_type": "ltp", "architectures": ["LTPForSequenceClassification"], "quant_mode": False}
    (folder / "config.json").write_text(json.dumps(config | settings))
    BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)}).save_pretrained(folder)
    return folder


def check_cases(classifier: TextClassifier, cases: list[dict[str, Any]]) -> None:
    """All tokens that each case keeps, and its logits."""
    model = classifier.model
    rule = trained_rule(classifier.config) or ThresholdRule(tuple(classifier.config.thresholds))
    assert cases
    for case in cases:
        ids = torch.tensor(case["input_ids"])
        with torch.inference_mode():
            run = model.run(ids, (len(ids),), None, rule, score_all_layers=True)
            logits = model.classify(run.final)[0]
        for step, keep in zip(run.steps, case["keep"], strict=True):
            assert step.survivors.positions.tolist() == [place for place, kept in enumerate(keep) if kept]
        assert (logits - torch.tensor(case["logits"])).abs().max() < 1e-4


def test_absolute_thresholds(reference: dict[str, Any], tmp_path: Path) -> None:
    by_thresholds: dict[tuple[float, ...], list[dict[str, Any]]] = {}
    for case in reference["cases"]:
        if case["mode"] == "absolute_threshold":
            by_thresholds.setdefault(tuple(case["thresholds"]), []).append(case)
    for number, (thresholds, cases) in enumerate(by_thresholds.items()):
        learned = [theta - FINAL * layer / LAYERS for layer, theta in enumerate(thresholds)]
        folder = original(
            tmp_path / str(number), learned, prune_mode="absolute_threshold", final_token_threshold=FINAL
        )
        classifier = ltp_viz.load_model(folder)
        assert classifier.config.thresholds == pytest.approx(thresholds, abs=1e-8)
        assert classifier.config.thresholds_learned and classifier.config.base_family == "ibert"
        assert classifier.config.score_reference_length == reference["pad_length"]
        check_cases(classifier, cases)
    classifier.model.save_pretrained(tmp_path / "ours")
    BertTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "ours")
    check_cases(ltp_viz.load_model(tmp_path / "ours"), cases)
    assert ltp_viz.load_model(folder, score_reference_length=64).config.score_reference_length == 64


@pytest.mark.parametrize(("mode", "setting"), [("topk", "token_keep_rate"), ("threshold", "token_threshold")])
def test_modes_that_become_rules(mode: str, setting: str, reference: dict[str, Any], tmp_path: Path) -> None:
    cases = [case for case in reference["cases"] if case["mode"] == mode]
    values = sorted({case["params"][setting] for case in cases})
    for value in values:
        where = {"prune_config": {setting: value}} if value == values[0] else {setting: value}
        folder = original(tmp_path / f"{value}", prune_mode=mode, **where)
        check_cases(ltp_viz.load_model(folder), [case for case in cases if case["params"][setting] == value])


def test_rising_fractions(tmp_path: Path) -> None:
    folder = original(tmp_path / "model", prune_mode="rising", final_token_threshold=0.6)
    rule = trained_rule(ltp_viz.load_model(folder).config)
    assert isinstance(rule, RelativeThresholdRule)
    assert rule.fraction == pytest.approx((0, 0.1, 0.2, 0.3, 0.4, 0.5))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prune_mode": "absolute_threshold"}, "final_token_threshold is None"),
        ({"prune_mode": "guess"}, "must be one of absolute_threshold, topk, threshold, rising"),
        ({"prune_mode": "topk", "token_keep_rate": 0.5, "quant_mode": True}, "quant_mode is true"),
    ],
)
def test_what_is_missing_or_unknown_is_named(settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        ltp_viz.load_model(original(tmp_path / "model", **settings))


def test_a_plain_ibert_classifier_loads(tmp_path: Path) -> None:
    folder = original(tmp_path / "model", model_type="ibert")
    classifier = ltp_viz.load_model(folder)
    text = "a warm funny film ."
    ids = torch.tensor([classifier.tokenize(text).input_ids])
    dense = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        expected = dense(input_ids=ids).logits[0]
    assert (torch.from_numpy(classifier.trace(text, global_scale=0).logits) - expected).abs().max() < 1e-4
