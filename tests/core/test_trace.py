"""The record of a run: frozen, consistent with itself, whole after a trip through JSON."""

import dataclasses
import json

import numpy as np
import pytest

from ltp_viz import TextClassifier, Trace
from ltp_viz.core.forced import ForcedTokens
from ltp_viz.core.rules.ltmp import MergeAndPruneRule
from ltp_viz.core.rules.tome import MergeRule
from ltp_viz.core.rules.top_k import TopKRule

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


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source": {}}, "lacks 'spans'"),
        ({"source": None}, "as `Trace.to_json` writes it"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"keep": [[True], [True, False]]}, "as `Trace.to_json` writes it"),
        ({"logits": [0.5]}, "logits"),
        ({"scores": [[0.1]]}, "scores"),
        ({"labels": 5}, "as `Trace.to_json` writes it"),
    ],
)
def test_a_record_that_is_none_is_refused(trace: Trace, changes: dict[str, object], told: str) -> None:
    record = json.loads(trace.to_json()) | changes
    with pytest.raises(ValueError, match=told) as refusal:
        Trace.from_json(json.dumps(record))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "[]", "3", "not JSON", '{"schema": 4}'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"as `Trace\.to_json` writes it"):
        Trace.from_json(text)


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_only_the_current_schema_is_read(trace: Trace, schema: int) -> None:
    with pytest.raises(ValueError, match=f"schema {schema}; this version reads 4"):
        Trace.from_json(json.dumps(json.loads(trace.to_json()) | {"schema": schema}))


def test_a_record_without_its_forced_tokens_is_refused(trace: Trace) -> None:
    record = json.loads(trace.to_json())
    del record["forced_keep"]
    with pytest.raises(ValueError, match="it lacks 'forced_keep'"):
        Trace.from_json(json.dumps(record))


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


def test_merged_tokens_keep_their_sources(classifier: TextClassifier) -> None:
    """Every token is carried by exactly one survivor, layer for layer, and mergers never come apart."""
    trace = classifier.trace(TEXT, rule=MergeRule(0.2))
    count = len(trace.tokens)
    assert trace.thresholds == () and trace.rule == "MergeRule(rate=0.2)"
    assert trace.num_layers == classifier.config.num_hidden_layers
    before = np.arange(count)
    for layer in range(trace.num_layers):
        survivors = np.flatnonzero(trace.keep[layer]).tolist()
        sources = [trace.sources(layer, position) for position in survivors]
        assert sorted(position for part in sources for position in part) == list(range(count))
        assert all(position in part for position, part in zip(survivors, sources, strict=True))
        carriers = trace.carriers[layer]
        assert (carriers == carriers[before]).all()
        before = carriers
    assert trace.feed_forward_lengths[-1] < count
    assert json.loads(Trace.from_json(trace.to_json()).to_json()) == json.loads(trace.to_json())
    frame = trace.to_frame()
    assert frame.carrier.tolist() == trace.carriers.ravel().tolist() and frame.threshold.isna().all()


def test_what_is_dropped_after_a_merger_takes_its_sources_along(classifier: TextClassifier) -> None:
    trace = classifier.trace(TEXT, rule=MergeAndPruneRule(0.3, (0.01,) * 6))
    assert (trace.carriers[-1] == -1).any() and (trace.carriers[0] >= 0).any()
    for layer in range(trace.num_layers):
        held = trace.carriers[layer][trace.carriers[layer] >= 0]
        assert set(held.tolist()) == set(np.flatnonzero(trace.keep[layer]).tolist())
    gone = trace.carriers == -1
    assert (gone[1:] | ~gone[:-1]).all(), "what is gone does not come back"


def test_traces_of_a_batch_equal_those_of_single_texts_under_any_rule(classifier: TextClassifier) -> None:
    texts = [TEXT, "Short.", "A much longer sentence that wanders on, and on, before it says anything."]
    for rule in (MergeRule(0.2), TopKRule((0.8, 0.7, 0.6, 0.5, 0.4, 0.3))):
        for text, trace in zip(texts, classifier.trace_batch(texts, rule=rule), strict=True):
            alone = classifier.trace(text, rule=rule)
            np.testing.assert_array_equal(trace.carriers, alone.carriers)
            np.testing.assert_allclose(trace.logits, alone.logits, atol=1e-5)
            assert trace.macs == alone.macs
            predicted = classifier.predict([text], rule=rule)
            np.testing.assert_allclose(predicted.logits[0], alone.logits, atol=1e-5)
            assert predicted.macs[0] == alone.macs


def test_scales_beside_a_rule_are_refused(classifier: TextClassifier) -> None:
    with pytest.raises(ValueError, match="Scales belong to the learned thresholds"):
        classifier.trace(TEXT, global_scale=2.0, rule=MergeRule(0.2))
    with pytest.raises(ValueError, match="Scales belong to the learned thresholds"):
        classifier.predict([TEXT], layer_scales=[1.0] * 6, rule=MergeRule(0.2))
