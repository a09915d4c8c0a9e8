"""One or more tiny random classifiers of every family, as Hugging Face defines them."""

from functools import cache
from typing import Any

import torch
from transformers import (
    AlbertConfig,
    AlbertForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    CamembertConfig,
    CamembertForSequenceClassification,
    Data2VecTextConfig,
    Data2VecTextForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    ErnieConfig,
    ErnieForSequenceClassification,
    IBertConfig,
    IBertForSequenceClassification,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    MPNetConfig,
    MPNetForSequenceClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaPreLayerNormConfig,
    RobertaPreLayerNormForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaXLConfig,
    XLMRobertaXLForSequenceClassification,
)

from ltp_viz.core.families.convert import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification

LONGEST = 64
_SIZE: dict[str, Any] = dict(
    vocab_size=120,
    hidden_size=32,
    num_hidden_layers=3,
    num_attention_heads=4,
    intermediate_size=48,
    num_labels=3,
    max_position_embeddings=LONGEST,
)
_AFTER_PADDING: dict[str, Any] = dict(
    _SIZE, pad_token_id=1, max_position_embeddings=LONGEST + 2, type_vocab_size=1
)
_DISTIL: dict[str, Any] = dict(
    vocab_size=120,
    dim=32,
    n_layers=3,
    n_heads=4,
    hidden_dim=48,
    num_labels=3,
    max_position_embeddings=LONGEST,
)
_NARROW: dict[str, Any] = dict(_SIZE, embedding_size=16)
_CONVOLVED: dict[str, Any] = dict(conv_kernel_size=3, conv_act="gelu", conv_groups=2)
RELATIVE: dict[str, Any] = dict(
    _SIZE,
    share_att_key=False,
    relative_attention=True,
    pos_att_type=["p2c", "c2p"],
    norm_rel_ebd="layer_norm",
    position_buckets=8,
)
_MODERN: dict[str, Any] = dict(_SIZE, num_hidden_layers=4, pad_token_id=0, cls_token_id=2, sep_token_id=3)

# What is tested -> the family's class and configuration.
CASES: dict[str, tuple[Any, Any]] = {
    "bert": (BertForSequenceClassification, BertConfig(**_SIZE)),
    "roberta": (RobertaForSequenceClassification, RobertaConfig(**_AFTER_PADDING)),
    "xlm-roberta": (XLMRobertaForSequenceClassification, XLMRobertaConfig(**_AFTER_PADDING)),
    "camembert": (CamembertForSequenceClassification, CamembertConfig(**_AFTER_PADDING)),
    "data2vec-text": (Data2VecTextForSequenceClassification, Data2VecTextConfig(**_AFTER_PADDING)),
    "electra": (ElectraForSequenceClassification, ElectraConfig(**_NARROW)),
    "distilbert": (DistilBertForSequenceClassification, DistilBertConfig(**_DISTIL)),
    "ernie": (ErnieForSequenceClassification, ErnieConfig(**_SIZE, use_task_id=True, task_type_vocab_size=3)),
    "ibert": (IBertForSequenceClassification, IBertConfig(**_AFTER_PADDING)),
    "roberta-prelayernorm": (
        RobertaPreLayerNormForSequenceClassification,
        RobertaPreLayerNormConfig(**_AFTER_PADDING),
    ),
    "xlm-roberta-xl": (XLMRobertaXLForSequenceClassification, XLMRobertaXLConfig(**_AFTER_PADDING)),
    "albert": (AlbertForSequenceClassification, AlbertConfig(**_NARROW)),
    "albert, two groups of two, equal widths": (
        AlbertForSequenceClassification,
        AlbertConfig(**_SIZE, embedding_size=32, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu"),
    ),
    "mpnet": (
        MPNetForSequenceClassification,
        MPNetConfig(**dict(_SIZE, max_position_embeddings=LONGEST + 2)),
    ),
    "deberta-v2, as v3": (
        DebertaV2ForSequenceClassification,
        DebertaV2Config(**dict(RELATIVE, share_att_key=True), position_biased_input=False),
    ),
    "deberta-v2, as v2 with a convolution": (
        DebertaV2ForSequenceClassification,
        DebertaV2Config(**dict(RELATIVE, **_CONVOLVED, share_att_key=True), position_biased_input=False),
    ),
    "deberta-v2, every option otherwise": (
        DebertaV2ForSequenceClassification,
        DebertaV2Config(
            **_NARROW,
            type_vocab_size=2,
            pooler_hidden_act="tanh",
            relative_attention=True,
            pos_att_type="c2p",
            max_relative_positions=20,
        ),
    ),
    "deberta-v2, position to content": (
        DebertaV2ForSequenceClassification,
        DebertaV2Config(**dict(RELATIVE, pos_att_type=["p2c"], position_buckets=16)),
    ),
    "deberta-v2, no relative terms": (
        DebertaV2ForSequenceClassification,
        DebertaV2Config(**_SIZE, pos_att_type=["p2c", "c2p"]),
    ),
    "modernbert": (
        ModernBertForSequenceClassification,
        ModernBertConfig(**dict(_MODERN, global_attn_every_n_layers=3), local_attention=12),
    ),
    "modernbert, mean and every bias": (
        ModernBertForSequenceClassification,
        ModernBertConfig(
            **dict(_MODERN, global_attn_every_n_layers=2),
            local_attention=6,
            classifier_pooling="mean",
            norm_bias=True,
            attention_bias=True,
            mlp_bias=True,
            classifier_bias=True,
            classifier_activation="relu",
            hidden_activation="silu",
        ),
    ),
}


@cache
def dense_model(case: str) -> Any:
    """Hugging Face's own model, in eager attention, which shows its probabilities."""
    model_class, config = CASES[case]
    torch.manual_seed(1)
    config._attn_implementation = "eager"
    model = model_class(config).eval()
    for name, parameter in model.named_parameters():
        # Biases start at zero and would hide a lost one; large weights make attention differ from its mean.
        is_norm = parameter.ndim == 1 and name.endswith("weight")
        torch.nn.init.normal_(parameter, 1.0 if is_norm else 0.0, 0.2 if parameter.ndim < 2 else 0.4)
    return model


@cache
def pruned_model(case: str) -> LTPForSequenceClassification:
    """The same weights here, with thresholds that drop a few tokens in every layer."""
    model = convert_classifier(dense_model(case))
    layers = model.config.num_hidden_layers
    model.config.thresholds = [0.0035 * (1 + layer / layers) for layer in range(layers)]
    return model


def random_ids(count: int, seed: int = 0) -> torch.Tensor:
    """Ids of `count` tokens, none of which is padding in any family."""
    return torch.randint(3, 120, (count,), generator=torch.Generator().manual_seed(seed))


def segments_of(case: str, count: int) -> torch.Tensor | None:
    """A pair's segments, where the model knows two."""
    if getattr(CASES[case][1], "type_vocab_size", 0) < 2:
        return None
    return (torch.arange(count) > count // 3).long()
