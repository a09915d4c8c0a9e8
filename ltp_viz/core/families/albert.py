"""ALBERT: BERT's layer, with the weights of one used by several or all of them, and narrow embeddings.

Lan et al., ALBERT: A Lite BERT, ICLR 2020, section 3.1. Layers that share weights prune at thresholds of
their own. Everything that a layer computes is `post_norm`'s; here are the order of the layers and the names.
"""

import re

from torch import Tensor
from transformers import PreTrainedConfig

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families.layout import Layout, common_settings
from ltp_viz.core.families.post_norm import (
    EMBEDDING_NAMES,
    ClassificationHead,
    Embeddings,
    PostNormLayer,
    layer_cost,
)
from ltp_viz.core.families.weights import renamed

FAMILIES = ("albert",)
_LAYER_NAMES = {
    "attention.query": "query",
    "attention.key": "key",
    "attention.value": "value",
    "attention.dense": "attention_output",
    "attention.LayerNorm": "attention_norm",
    "ffn": "up",
    "ffn_output": "down",
    "full_layer_layer_norm": "feed_forward_norm",
}
_NAMES = EMBEDDING_NAMES | {
    "embedding_hidden_mapping_in": "embeddings.widen",
    "pooler": "head.dense",
    "classifier": "head.output",
}
_STORED = re.compile(r"albert_layer_groups\.(\d+)\.albert_layers\.(\d+)\.")
_LAYER_PATTERN = re.compile(r"stored\.(\d+)\.(.+)\.(weight|bias)$")


def convert_config(source: PreTrainedConfig) -> LTPConfig:
    """Each of a group's inner layers is a layer here; `layer_weights` holds their order."""
    inner, groups = source.inner_group_num, source.num_hidden_groups
    group_of = [int(i / (source.num_hidden_layers / groups)) for i in range(source.num_hidden_layers)]
    order = [group * inner + place for group in group_of for place in range(inner)]
    if set(order) != set(range(inner * groups)):
        raise ValueError(
            f"num_hidden_groups is {groups}, more than the {source.num_hidden_layers} layers can use; "
            "give at most one group per layer."
        )
    return LTPConfig(
        **common_settings(source),
        embedding_size=source.embedding_size,
        num_hidden_layers=len(order),
        layer_weights=order,
        type_vocab_size=source.type_vocab_size,
    )


def convert_weights(source: dict[str, Tensor], config: PreTrainedConfig) -> dict[str, Tensor]:
    """Source state dict in LTP's names; stored layers are numbered across groups."""
    inner = config.inner_group_num
    numbered = {
        _STORED.sub(lambda found: f"stored.{int(found[1]) * inner + int(found[2])}.", name): tensor
        for name, tensor in source.items()
    }
    return renamed(numbered, _LAYER_PATTERN, _LAYER_NAMES, _NAMES)


LAYOUT = Layout(
    embeddings=lambda config: Embeddings(config, always_widen=True),
    layers=lambda config: [PostNormLayer(config) for _ in range(config.stored_layers)],
    head=ClassificationHead,
    cost=layer_cost,
    convert_config=convert_config,
    convert_weights=convert_weights,
)
