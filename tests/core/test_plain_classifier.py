"""Hugging Face's own model made from one of this library's: the same answers, the same weights."""

import copy
from typing import Any

import pytest
import torch
from transformers import AlbertConfig, AlbertForSequenceClassification, DebertaV2Config
from transformers import DebertaV2ForSequenceClassification as Deberta

from ltp_viz.core.families.convert import convert_classifier, plain_classifier
from tests.core.family_cases import CASES, RELATIVE, dense_model, pruned_model, random_ids, segments_of

every_case = pytest.mark.parametrize("case", CASES)


@every_case
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_computes_what_the_model_does_without_pruning(case: str, dtype: torch.dtype) -> None:
    model = copy.deepcopy(pruned_model(case)).to(dtype)  # type: ignore[call-arg]
    plain = plain_classifier(model)
    assert type(plain) is type(dense_model(case)) and not plain.training and plain.dtype == dtype
    lengths = (40, 17)
    ids = torch.stack([random_ids(40, seed) for seed in (5, 6)])
    mask = torch.stack([(torch.arange(40) < length).long() for length in lengths])
    segments = segments_of(case, 40)
    extra: dict[str, Any] = {} if segments is None else {"token_type_ids": segments.expand(2, -1)}
    with torch.inference_mode():
        answered = plain(input_ids=ids, attention_mask=mask, **extra).logits.float()
        expected = model(input_ids=ids, attention_mask=mask, global_scale=0.0, **extra).logits.float()
    if dtype == torch.float32:
        assert expected.abs().max() > 0.1
        assert (answered - expected).abs().max() < 1e-4
    else:  # runs; these weights are too large for the digits of bf16
        assert answered.isfinite().all()


@every_case
def test_converted_again_it_has_the_same_weights(case: str) -> None:
    model = pruned_model(case)
    again = convert_classifier(plain_classifier(model))
    kept = {**model.config.to_dict(), "thresholds": None, "thresholds_learned": None}
    assert {**again.config.to_dict(), "thresholds": None, "thresholds_learned": None} == kept
    weights = again.state_dict()
    assert weights.keys() == model.state_dict().keys()
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weights[name], weight, atol=1e-5, rtol=1e-5, msg=name)


def test_more_distances_than_the_model_is_wide() -> None:
    """As in DeBERTa-v3-xsmall, whose 512 distances have embeddings of width 384."""
    wide = dict(position_buckets=32, position_biased_input=False, share_att_key=True)
    config = DebertaV2Config(**RELATIVE | wide)
    torch.manual_seed(0)
    dense = Deberta(config).eval()
    for parameter in dense.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.4)
    ids = random_ids(60)[None]
    with torch.inference_mode():
        expected = dense(input_ids=ids).logits
        answered = plain_classifier(convert_classifier(dense))(input_ids=ids).logits
    assert expected.abs().max() > 0.1 and (answered - expected).abs().max() < 1e-4


@pytest.mark.parametrize("groups_of", [(6, 1, 1), (4, 2, 1), (4, 4, 1), (3, 1, 2), (4, 2, 3)])
def test_alberts_groups_are_found(groups_of: tuple[int, int, int]) -> None:
    layers, groups, inner = groups_of
    config = AlbertConfig(
        vocab_size=20,
        hidden_size=8,
        embedding_size=4,
        num_attention_heads=2,
        intermediate_size=8,
        num_hidden_layers=layers,
        num_hidden_groups=groups,
        inner_group_num=inner,
    )
    found = plain_classifier(convert_classifier(AlbertForSequenceClassification(config).eval())).config
    assert (found.num_hidden_layers, found.num_hidden_groups, found.inner_group_num) == groups_of


def test_an_order_of_layers_that_no_albert_has_is_refused() -> None:
    model = copy.deepcopy(pruned_model("albert, two groups of two, equal widths"))
    model.config.layer_weights = [0, 1, 2, 3, 3, 2]
    model.config.num_hidden_layers = 6
    with pytest.raises(ValueError, match=r"\[0, 1, 2, 3, 3, 2\], an order that no ALBERT"):
        plain_classifier(model)
