"""The record of a run: frozen, consistent with itself, whole after a trip through JSON."""

import dataclasses
import json

import numpy as np
import pytest

from ltp_viz import TextClassifier, Trace
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens

TEXT = "The parrot was superb, but everything else bored me to tears."


@pytest.fixture(scope="module")
def trace(classifier: TextClassifier) -> Trace:
    scales = [1, 1, 0.5, 1, 1, 1]
    return classifier.trace(TEXT, global_scale=1.2, layer_scales=scales, forced=ForcedTokens((2,), (4,)))


def test_json_round_trip(trace: Trace) -> None:
    back = Trace.from_json(trace.to_json())
    for field in dataclasses.fields(Trace):
        mine, other = getattr(trace, field.name), getattr(back, field.name)
        if isinstance(mine, np.ndarray):
            assert mine.dtype == other.dtype
            np.testing.assert_array_equal(mine, other)
        else:
            assert mine == other
    assert np.isnan(trace.scores).any(), "the text must lose tokens for this test to mean something"


def test_another_schema_is_refused(trace: Trace) -> None:
    record = json.loads(trace.to_json())
    record["schema"] = 99
    with pytest.raises(ValueError, match="schema 99"):
        Trace.from_json(json.dumps(record))


def test_a_record_of_schema_1_had_nothing_forced(classifier: TextClassifier) -> None:
    trace = classifier.trace(TEXT)
    record = json.loads(trace.to_json())
    del record["forced_keep"], record["forced_drop"]
    back = Trace.from_json(json.dumps(record | {"schema": 1}))
    assert back.forced == NOTHING_FORCED
    assert json.loads(back.to_json()) == json.loads(trace.to_json())


def test_frozen(trace: Trace) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.global_scale = 2.0  # type: ignore[misc]
    for array in (trace.scores, trace.keep, trace.layer_macs, trace.dense_layer_macs, trace.logits):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_consistent_with_itself(trace: Trace) -> None:
    learned = np.array(trace.learned_thresholds)
    np.testing.assert_allclose(trace.thresholds, 1.2 * np.array(trace.layer_scales) * learned)
    alive_before = np.vstack([np.ones(len(trace.tokens), dtype=bool), trace.keep[:-1]])
    assert (trace.keep <= alive_before).all() and trace.keep[:, 0].all()
    np.testing.assert_array_equal(np.isnan(trace.scores), ~alive_before)
    below = trace.scores < np.array(trace.thresholds)[:, None]
    below[:, [0, 2]] = False
    below[0, 4] = True
    np.testing.assert_array_equal(alive_before & ~trace.keep, below)
    np.testing.assert_array_equal(trace.attention_lengths, alive_before.sum(1))
    np.testing.assert_array_equal(trace.feed_forward_lengths, trace.keep.sum(1))
    np.testing.assert_array_equal(trace.survival_depth, trace.keep.sum(0))
    assert trace.macs < trace.dense_macs
    assert trace.probabilities.sum() == pytest.approx(1)
    assert trace.label == trace.labels[int(trace.probabilities.argmax())]


def test_frame_has_a_row_per_layer_and_token(trace: Trace) -> None:
    frame = trace.to_frame()
    assert len(frame) == trace.num_layers * len(trace.tokens)
    row = frame[(frame.layer == 2) & (frame.position == 3)].iloc[0]
    assert row.token == trace.tokens[3]
    assert bool(row.keep) == bool(trace.keep[2, 3])
    assert row.threshold == trace.thresholds[2]
    assert frame[frame.layer == 2].forced.tolist()[:6] == ["", "", "keep", "", "drop", ""]


def test_inputs_are_not_mutated(classifier: TextClassifier) -> None:
    scales, ids = [1.0, 2.0, 0.5, 1.0, 1.0, 1.0], list(classifier.tokenize(TEXT).input_ids)
    scales_before, ids_before = scales.copy(), ids.copy()
    weights = {name: value.clone() for name, value in classifier.model.state_dict().items()}
    classifier.trace(TEXT, layer_scales=scales)
    classifier.trace_ids(ids, layer_scales=scales)
    assert scales == scales_before and ids == ids_before
    assert all((value == weights[name]).all() for name, value in classifier.model.state_dict().items())


def test_number_of_a_regression_is_its_label(trace: Trace) -> None:
    number = dataclasses.replace(trace, logits=np.array([3.41234], dtype=np.float32), labels=("similarity",))
    assert number.is_regression and not trace.is_regression
    assert number.label == "3.412" == Trace.from_json(number.to_json()).label
