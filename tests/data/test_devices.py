"""A classifier works on the device it was loaded to, and in fp32 whatever the caller's default dtype."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import ltp_viz
from ltp_viz import TextClassifier
from ltp_viz.analysis.attention_received import attention_received
from ltp_viz.analysis.compare.basis import gather_basis
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.analysis.explore.equal_budget import even_layer_scales
from ltp_viz.analysis.sweeps import sweep_texts
from ltp_viz.analysis.why.explanation import METHODS, explain
from tests.conftest import SST2_MODEL

TEXTS = [
    "A warm and funny film that I would watch again.",
    "Dull.",
    "It is not bad, but it is not good either.",
]


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu")])
def test_the_processor_by_name(device: str | torch.device, classifier: TextClassifier) -> None:
    loaded = ltp_viz.load_model(SST2_MODEL, device=device)
    assert loaded.device == torch.device("cpu")
    expected, found = classifier.trace(TEXTS[0]), loaded.trace(TEXTS[0])
    assert found.keep.tolist() == expected.keep.tolist() and (found.logits == expected.logits).all()


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("gpu", "device is 'gpu'; give 'cpu', 'cuda'"),
        ("", "device is ''; give 'cpu', 'cuda'"),
        ("meta", "device is 'meta'; give 'cpu', 'cuda'"),
        ("cuda:99", "'cuda:99', and (torch finds no GPU here|there are)"),
    ],
)
def test_other_devices_are_refused_in_one_message(device: str, message: str) -> None:
    with pytest.raises(ltp_viz.InputError, match=message):
        ltp_viz.load_model("no/such/model", device=device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu() -> None:
    with pytest.raises(ltp_viz.InputError, match="torch finds no GPU here; give 'cpu'"):
        ltp_viz.load_model(SST2_MODEL, device="cuda")


GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=GPU)])
def test_everything_on_a_device_equals_the_processor(device: str, classifier: TextClassifier) -> None:
    """On the processor this shows only that the test itself works; a GPU is what it is for."""
    loaded = ltp_viz.load_model(SST2_MODEL, device=device)
    assert loaded.device.type == device
    for text in TEXTS:
        expected, found = classifier.trace(text), loaded.trace(text)
        assert found.keep.tolist() == expected.keep.tolist()
        np.testing.assert_allclose(found.logits, expected.logits, atol=1e-3)
    for here, there in zip(classifier.trace_batch(TEXTS), loaded.trace_batch(TEXTS), strict=True):
        assert there.keep.tolist() == here.keep.tolist()
    np.testing.assert_allclose(loaded.predict(TEXTS).logits, classifier.predict(TEXTS).logits, atol=1e-3)
    scales = [0.0, 0.5, 1.0, 2.0]
    swept = [sweep_texts(model, TEXTS, scales) for model in (classifier, loaded)]
    assert swept[0].macs.tolist() == swept[1].macs.tolist()
    explained = [explain(model, model.tokenize(TEXTS[0])) for model in (classifier, loaded)]
    for method in METHODS:
        values = [each.values(method, "pruned") for each in explained]
        np.testing.assert_allclose(values[1], values[0], atol=1e-2)
    received, budgets, costs = [], [], []
    for model in (classifier, loaded):
        analysed = model.start(TEXTS[0])
        received.append(attention_received(analysed, analysed.trace()).readers)
        budgets.append(even_layer_scales(analysed, 1.0).macs)
        basis = gather_basis(model, TEXTS)
        costs.append([model.predict(TEXTS, rule=rule.at(0.5, basis)).macs.tolist() for rule in FAMILIES])
    assert received[0].tolist() == received[1].tolist()
    assert budgets[0] == budgets[1] and costs[0] == costs[1]


def weights_of(classifier: TextClassifier) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in classifier.model.state_dict().items()}


@pytest.mark.parametrize("load", [lambda plain: SST2_MODEL, lambda plain: plain], ids=["pruned", "plain"])
def test_the_default_dtype_changes_no_weight(load: Callable[[Path], Path], plain_checkpoint: Path) -> None:
    folder = load(plain_checkpoint)
    usual = ltp_viz.load_model(folder)
    expected, expected_trace = weights_of(usual), usual.trace(TEXTS[0])
    for dtype in (torch.float16, torch.float64):
        torch.set_default_dtype(dtype)
        try:
            loaded = ltp_viz.load_model(folder)
            trace, predicted = loaded.trace(TEXTS[0]), loaded.predict(TEXTS)
        finally:
            torch.set_default_dtype(torch.float32)
        found = weights_of(loaded)
        assert all(weight.dtype == torch.float32 for weight in found.values())
        assert all(torch.equal(found[name], weight) for name, weight in expected.items())
        assert trace.keep.tolist() == expected_trace.keep.tolist()
        assert (trace.logits == expected_trace.logits).all() and predicted.logits.dtype == np.float32
