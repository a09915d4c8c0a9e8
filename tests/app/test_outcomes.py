"""A sweep and an exact run agree at the same scale, and packed scores can be unpacked."""

import base64
import copy
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ltp_viz
from ltp_viz.analysis.attention_received import attention_received
from ltp_viz.analysis.sweeps import SCALES, sweep_text
from ltp_viz.core.forced import ForcedTokens
from ltp_viz.ui.explore.live_data import attention_data, exact_data, sweep_data
from ltp_viz.ui.explore.settings import Settings
from tests.app.seen import LIBRARY

PAIR = ("The museum is open to visitors on Mondays.", "It is closed.")


def both(classifier: ltp_viz.TextClassifier, *texts: str, **changes: Any) -> tuple[dict[str, Any], list[Any]]:
    """The sweep's data, and the exact data of each of its scales."""
    analysed = classifier.start(*texts)
    settings = replace(Settings.default(classifier.config.num_hidden_layers), **changes)
    dense = analysed.trace(0.0)
    sweep = sweep_text(classifier, analysed.source, SCALES, settings.layer_scales, settings.forced)
    traces = [analysed.trace(scale, settings.layer_scales, settings.forced) for scale in SCALES]
    return sweep_data("stage", settings, sweep, dense), [exact_data(trace, dense) for trace in traces]


def by_scale(swept: dict[str, Any], part: str) -> list[Any]:
    """A part of each scale: of its run."""
    return [copy.deepcopy(swept[part][run]) for run in swept["runs"]]


def entered_of(depths: np.ndarray[Any, Any], num_layers: int) -> np.ndarray[Any, Any]:
    return depths >= np.arange(num_layers)[:, None]


def assert_same(swept: dict[str, Any], exact: dict[str, Any]) -> None:
    probabilities = [[bar.pop("probability") for bar in one["bars"]] for one in (swept, exact)]
    assert swept == exact
    assert probabilities[0] == pytest.approx(probabilities[1], abs=1e-4)


@pytest.mark.parametrize(
    "changes", [{}, {"layer_scales": (1.0, 2.0, 0.5, 1.0, 0.0, 1.0)}, {"forced": ForcedTokens((2,), (4,))}]
)
def test_every_scale_agrees_with_its_exact_run(
    classifier: ltp_viz.TextClassifier, changes: dict[str, Any]
) -> None:
    swept, exact = both(classifier, LIBRARY, **changes)
    for outcome, one in zip(by_scale(swept, "outcomes"), exact, strict=True):
        assert_same(outcome, one["outcome"])
    assert by_scale(swept, "layer_macs") == [one["layer_macs"] for one in exact]
    labels = [one["outcome"]["label"] for one in exact]
    assert [classifier.labels[answer] for answer in swept["answers"]] == labels
    assert swept["flips"] == [k for k in range(1, 61) if labels[k] != labels[k - 1]] != []


def test_packed_depths_and_scores_can_be_read_again(classifier: ltp_viz.TextClassifier) -> None:
    swept, exact = both(classifier, LIBRARY)
    runs, count = swept["runs"], len(exact[0]["depths"])
    assert len(runs) == 61 and runs[0] == 0 and {b - a for a, b in itertools.pairwise(runs)} == {0, 1}
    depths = np.frombuffer(base64.b64decode(swept["depths"]), dtype=np.uint8).reshape(-1, count)
    assert depths[runs].tolist() == [one["depths"] for one in exact]
    packed = np.frombuffer(base64.b64decode(swept["scores"]), dtype=np.uint8)
    ends = np.cumsum([entered_of(run, 6).sum() for run in depths])
    assert ends[-1] == packed.size < 61 * 6 * count / 2, "what is dropped or repeated takes no room"
    low, high = swept["score_range"]
    for run, one in zip(runs, exact, strict=True):
        own = packed[ends[run] - entered_of(depths[run], 6).sum() : ends[run]]
        wanted = np.frombuffer(base64.b64decode(one["scores"]), dtype="<f4")
        assert ((own == 255) == np.isnan(wanted)).all()
        alive = own != 255
        read = np.exp(low + (high - low) * own[alive] / 254)
        np.testing.assert_allclose(read, wanted[alive], rtol=0.6 * (high - low) / 254)


def test_regression_has_a_number_at_every_scale(small_models: Path) -> None:
    swept, exact = both(ltp_viz.load_model(small_models / "similarity"), *PAIR)
    for outcome, one in zip(by_scale(swept, "outcomes"), exact, strict=True):
        assert_same(outcome, one["outcome"])
        assert outcome["label"].startswith("similarity ") and outcome["bars"] == []
    assert set(swept["answers"]) == {None} and swept["flips"] == []


def test_only_the_likeliest_classes_have_bars_and_none_changes_places(small_models: Path) -> None:
    classifier = ltp_viz.load_model(small_models / "paraphrase").relabelled(["no", "yes"])
    swept, _ = both(classifier, *PAIR)
    assert {tuple(bar["name"] for bar in outcome["bars"]) for outcome in swept["outcomes"]} == {("no", "yes")}


def test_attention_is_packed_little_end_first(classifier: ltp_viz.TextClassifier) -> None:
    analysed = classifier.start(LIBRARY)
    trace = analysed.trace()
    received = attention_received(analysed, trace)
    data = attention_data("stage", 3, trace, received)
    depths = np.frombuffer(base64.b64decode(data["depths"]), dtype=np.uint8)
    assert depths.tolist() == trace.survival_depth.tolist()
    entered = entered_of(depths, trace.num_layers)
    readers = np.frombuffer(base64.b64decode(data["readers"]), dtype="<i2")
    weights = np.frombuffer(base64.b64decode(data["weights"]), dtype="<u2")
    assert data["top"] == received.readers.shape[2] and (readers == received.readers[entered].ravel()).all()
    assert (received.readers[~entered] == -1).all(), "nothing is left out"
    np.testing.assert_allclose(weights / 65535, received.weights[entered].ravel(), atol=1e-5)
