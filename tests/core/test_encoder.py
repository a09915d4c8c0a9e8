"""Invariants of physical removal."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule

LENGTHS = [1, 2, 3, 17, 64, 159, 160, 161, 300, 512]


def ids_of(length: int) -> Tensor:
    generator = torch.Generator().manual_seed(length)
    return torch.randint(3, 200, (length,), generator=generator)


@torch.inference_mode()
def run(model: LTPForSequenceClassification, ids: Tensor, scale: float = 1.0, **kwargs: Any) -> EncoderRun:
    rule = ThresholdRule(model.effective_thresholds(scale))
    return model.run(ids, (len(ids),), None, rule, score_all_layers=True, **kwargs)


@torch.inference_mode()
def logits_of(model: LTPForSequenceClassification, encoder_run: EncoderRun) -> Tensor:
    return model.classify(encoder_run.final)


@torch.inference_mode()
def key_masked_logits(dense: Any, model: LTPForSequenceClassification, ids: Tensor) -> Tensor:
    """The same decisions without removal: Hugging Face's own layers, dropped tokens masked as keys."""
    states = dense.bert.embeddings(input_ids=ids[None])
    alive = torch.ones(len(ids), dtype=torch.bool)
    for index, layer in enumerate(dense.bert.encoder.layer):
        attention = layer.attention.self
        q, k, v = (
            projection(states).view(1, len(ids), attention.num_attention_heads, -1).transpose(1, 2)
            for projection in (attention.query, attention.key, attention.value)
        )
        weights = q @ k.transpose(2, 3) * attention.scaling
        probabilities = weights.masked_fill(~alive, float("-inf")).softmax(-1)
        scores = probabilities[0, :, alive].sum((0, 1)) / (attention.num_attention_heads * 128)
        context = (probabilities @ v).transpose(1, 2).flatten(2)
        states = layer.attention.output(context, states)
        alive = alive & (scores >= model.config.thresholds[index])
        alive[0] = True
        states = layer.output(layer.intermediate(states), states)
    return dense.classifier(dense.bert.pooler(states))


@pytest.mark.parametrize("length", LENGTHS)
def test_removal_equals_key_masking(
    length: int, dense_bert: Any, pruned_bert: LTPForSequenceClassification
) -> None:
    ids = ids_of(length)
    pruned = run(pruned_bert, ids)
    torch.testing.assert_close(
        logits_of(pruned_bert, pruned), key_masked_logits(dense_bert, pruned_bert, ids), atol=1e-4, rtol=1e-4
    )
    if length > 16:
        assert 1 < pruned.final.lengths[0] < length, "thresholds of the fixture must drop some and keep some"


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 3.0, 1e6])
def test_masks_shrink_and_position_zero_stays(
    length: int, scale: float, pruned_bert: LTPForSequenceClassification
) -> None:
    alive = set(range(length))
    for step in run(pruned_bert, ids_of(length), scale).steps:
        assert set(step.attended.positions.tolist()) == alive
        left = set(step.survivors.positions.tolist())
        assert left <= alive and 0 in left
        alive = left
    assert (scale != 0.0 or len(alive) == length) and (scale != 1e6 or alive == {0})


def test_batched_equals_one_by_one(pruned_bert: LTPForSequenceClassification) -> None:
    texts = [ids_of(length) for length in (40, 3, 512, 17, 1, 200, 40)]
    rule = ThresholdRule(pruned_bert.effective_thresholds())
    with torch.inference_mode():
        lengths = tuple(len(text) for text in texts)
        together = pruned_bert.run(torch.cat(texts), lengths, None, rule)
        logits = pruned_bert.classify(together.final)
    for index, text in enumerate(texts):
        alone = run(pruned_bert, text)
        mine = together.final.text_index == index
        assert together.final.positions[mine].tolist() == alone.final.positions.tolist()
        torch.testing.assert_close(
            logits[index : index + 1], logits_of(pruned_bert, alone), atol=1e-5, rtol=1e-5
        )


@pytest.mark.parametrize("normalizer", ["reference", "sequence"])
def test_padding_changes_nothing(normalizer: str, pruned_bert: LTPForSequenceClassification) -> None:
    config = pruned_bert.config
    config.score_normalizer = normalizer
    try:
        ids = ids_of(20)[None]
        padded = torch.cat([ids, torch.zeros(1, 100, dtype=torch.long)], 1)
        with torch.inference_mode():
            bare = pruned_bert(input_ids=ids)
            wide = pruned_bert(input_ids=padded, attention_mask=(padded > 0).long())
        torch.testing.assert_close(bare.logits, wide.logits)
        assert torch.equal(bare.keep_rates, wide.keep_rates)
    finally:
        config.score_normalizer = "reference"


def test_sequence_normalizer_divides_by_own_length(pruned_bert: LTPForSequenceClassification) -> None:
    ids = ids_of(16)
    reference = run(pruned_bert, ids).steps[0].scores
    pruned_bert.config.score_normalizer = "sequence"
    try:
        own = run(pruned_bert, ids).steps[0].scores
    finally:
        pruned_bert.config.score_normalizer = "reference"
    assert own is not None and reference is not None
    torch.testing.assert_close(own, reference * 128 / 16)
    assert own.sum().item() == pytest.approx(1.0, rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(scales=st.lists(st.lists(st.floats(0, 3), min_size=4, max_size=4), min_size=2, max_size=5))
def test_going_on_from_an_earlier_run_equals_a_fresh_one(
    scales: list[list[float]], pruned_bert: LTPForSequenceClassification
) -> None:
    ids, previous = ids_of(60), ()
    for layer_scales in scales:
        rule = ThresholdRule(pruned_bert.effective_thresholds(1.0, layer_scales))
        with torch.inference_mode():
            resumed = pruned_bert.run(ids, (60,), None, rule, score_all_layers=True, previous=previous)
            fresh = pruned_bert.run(ids, (60,), None, rule, score_all_layers=True)
        for a, b in zip(resumed.steps, fresh.steps, strict=True):
            assert a.scores is not None and b.scores is not None
            torch.testing.assert_close(a.scores, b.scores)
            assert torch.equal(a.survivors.positions, b.survivors.positions)
            torch.testing.assert_close(a.survivors.states, b.survivors.states)
        previous = resumed.steps


def test_changing_one_layer_runs_only_the_layers_from_it(pruned_bert: LTPForSequenceClassification) -> None:
    ids = ids_of(60)
    first = run(pruned_bert, ids)
    rule = ThresholdRule(pruned_bert.effective_thresholds(1.0, [1, 1, 0, 1]))
    calls: list[int] = []
    hooks = [
        layer.up.register_forward_hook(lambda *_, index=index: calls.append(index))
        for index, layer in enumerate(pruned_bert.layers)
    ]
    with torch.inference_mode():
        pruned_bert.run(ids, (60,), None, rule, score_all_layers=True, previous=first.steps)
    for hook in hooks:
        hook.remove()
    assert calls == [2, 3]


def test_protected_positions_survive(pruned_bert: LTPForSequenceClassification) -> None:
    pruned_bert.config.protected_positions = [0, 5]
    try:
        assert run(pruned_bert, ids_of(30), 1e6).final.positions.tolist() == [0, 5]
    finally:
        pruned_bert.config.protected_positions = [0]


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ({"layer_scales": [1.0]}, "holds 1 values but the model has 4 layers"),
        ({"global_scale": -1.0}, "scale is -1.0"),
        ({"global_scale": float("nan")}, "scale is nan"),
        ({"layer_scales": [1, 1, 1, float("inf")]}, "scale is inf"),
    ],
)
def test_impossible_scales_are_refused(
    scales: dict[str, Any], message: str, pruned_bert: LTPForSequenceClassification
) -> None:
    with pytest.raises(ValueError, match=message):
        pruned_bert.effective_thresholds(**scales)
