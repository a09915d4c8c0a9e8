"""Every supported family, unpruned, computes what Hugging Face computes."""

from typing import Any

import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    CamembertConfig,
    CamembertForSequenceClassification,
    Data2VecTextConfig,
    Data2VecTextForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    ErnieConfig,
    ErnieForSequenceClassification,
    GPT2Config,
    RobertaConfig,
    RobertaForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from ltp_viz.core.families import LAYOUTS
from ltp_viz.core.families.convert import convert_classifier, convert_config
from ltp_viz.core.model import LTPForSequenceClassification

SIZE = dict(
    vocab_size=120,
    hidden_size=32,
    num_hidden_layers=3,
    num_attention_heads=4,
    intermediate_size=48,
    num_labels=3,
)
AFTER_PADDING = dict(SIZE, pad_token_id=1, max_position_embeddings=66, type_vocab_size=1)
MODELS: dict[str, tuple[Any, Any]] = {
    "bert": (BertForSequenceClassification, BertConfig(**SIZE)),
    "roberta": (RobertaForSequenceClassification, RobertaConfig(**AFTER_PADDING)),
    "xlm-roberta": (XLMRobertaForSequenceClassification, XLMRobertaConfig(**AFTER_PADDING)),
    "camembert": (CamembertForSequenceClassification, CamembertConfig(**AFTER_PADDING)),
    "data2vec-text": (Data2VecTextForSequenceClassification, Data2VecTextConfig(**AFTER_PADDING)),
    "electra": (ElectraForSequenceClassification, ElectraConfig(**SIZE, embedding_size=16)),
    "distilbert": (
        DistilBertForSequenceClassification,
        DistilBertConfig(vocab_size=120, dim=32, n_layers=3, n_heads=4, hidden_dim=48, num_labels=3),  # type: ignore[call-arg]
    ),
    "ernie": (ErnieForSequenceClassification, ErnieConfig(**SIZE, use_task_id=True, task_type_vocab_size=3)),
}


def test_every_family_is_tested() -> None:
    assert set(MODELS) == set(LAYOUTS)


@pytest.mark.parametrize("family", MODELS)
def test_scale_zero_equals_hugging_face(family: str) -> None:
    torch.manual_seed(1)
    model_class, config = MODELS[family]
    dense = model_class(config).eval()
    for parameter in dense.parameters():  # biases start at zero and would hide a lost one
        torch.nn.init.normal_(parameter, std=0.2)
    pruned = convert_classifier(dense)
    assert pruned.config.thresholds_learned is False
    pad = config.pad_token_id
    ids = torch.randint(3, 120, (4, 30))
    mask = torch.ones_like(ids)
    for row, length in enumerate((30, 1, 17, 8)):
        ids[row, length:], mask[row, length:] = pad, 0
    extra = {}
    if getattr(config, "type_vocab_size", 0) > 1:
        extra["token_type_ids"] = torch.randint(0, 2, ids.shape)
    with torch.inference_mode():
        expected = dense(input_ids=ids, attention_mask=mask, **extra).logits
        actual = pruned(input_ids=ids, attention_mask=mask, global_scale=0.0, **extra).logits
    assert (actual - expected).abs().max() < 1e-5


def test_save_and_load_keep_thresholds_and_logits(dense_bert: Any, tmp_path: Any) -> None:
    model = convert_classifier(dense_bert)
    model.config.thresholds = [0.001, 0.0123456789, 0.0, -1.0]
    model.config.thresholds_learned = True
    model.save_pretrained(tmp_path)
    loaded = LTPForSequenceClassification.from_pretrained(tmp_path)
    assert loaded.config.thresholds == model.config.thresholds
    assert loaded.config.thresholds_learned
    ids = torch.randint(3, 200, (2, 12))
    with torch.inference_mode():
        torch.testing.assert_close(loaded(input_ids=ids).logits, model(input_ids=ids).logits)


def test_other_families_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'gpt2' is not supported; use one of bert"):
        convert_config(GPT2Config())
