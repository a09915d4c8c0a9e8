"""ALBERT: BERT's layer, with the weights of one used by several or all of them, and narrow embeddings.

Lan et al., ALBERT: A Lite BERT, ICLR 2020, section 3.1. Layers that share weights prune at thresholds of
their own. Everything that a layer computes is `post_norm`'s; here are the order of the layers and the names.
"""

import re
from typing import Any

from torch import Tensor
from transformers import PreTrainedConfig

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families.layout import Layout, common_settings, plain_settings
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
    order = _order(source.num_hidden_layers, groups, inner)
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


def _order(layers: int, groups: int, inner: int) -> list[int]:
    """Stored layers in the order of their use, where each layer of Hugging Face's is one of `groups` groups
    of `inner` layers."""
    group_of = [int(layer / (layers / groups)) for layer in range(layers)]
    return [group * inner + place for group in group_of for place in range(inner)]


def _plain_settings(config: LTPConfig) -> dict[str, Any]:
    """Undoes `convert_config`: finds the groups that have this order of layers."""
    order, stored = config.layer_order, config.stored_layers
    for inner in range(1, stored + 1):
        if stored % inner or len(order) % inner:
            continue
        layers, groups = len(order) // inner, stored // inner
        if _order(layers, groups, inner) == order:
            return plain_settings(config) | {
                "embedding_size": config.embedding_size,
                "num_hidden_layers": layers,
                "num_hidden_groups": groups,
                "inner_group_num": inner,
            }
    raise ValueError(f"layer_weights is {order}, an order that no ALBERT of Hugging Face has.")


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
    plain_settings=_plain_settings,
)
