"""MPNet: BERT's layer plus a bias by relative distance that all layers share.

Song et al., MPNet, NeurIPS 2020. The bias is one number per head and bucket of distances (Raffel et al. 2020,
section 2.1): near distances have a bucket each, farther ones share them logarithmically, up to 128. Distances
are those in the full text, so a drop changes none. Positions are counted after padding, as RoBERTa's.
Shapes: b texts, H heads, t queries, k keys.
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedConfig

from ltp_viz.core.attention.relation import Added, Relation
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderLayer
from ltp_viz.core.families.layout import Layout, common_settings, plain_settings
from ltp_viz.core.families.post_norm import (
    EMBEDDING_NAMES,
    LAYER_NAMES,
    LAYER_PATTERN,
    ClassificationHead,
    Embeddings,
    PostNormLayer,
    layer_cost,
)
from ltp_viz.core.families.weights import renamed

FAMILIES = ("mpnet",)
# Hugging Face's class takes neither from the configuration.
_BUCKETS, _MOST_DISTANCE = 32, 128
_PADDING = 1
_LAYER_NAMES = LAYER_NAMES | {
    "attention.attn.q": "query",
    "attention.attn.k": "key",
    "attention.attn.v": "value",
    "attention.attn.o": "attention_output",
    "attention.LayerNorm": "attention_norm",
}
_NAMES = EMBEDDING_NAMES | {
    "relative_attention_bias": "layers.0.relative_bias",
    "classifier.dense": "head.dense",
    "classifier.out_proj": "head.output",
}


class MPNetLayer(PostNormLayer):
    """BERT's layer, whose attention adds a bias that belongs to the first layer."""

    def __init__(self, config: LTPConfig, relative_bias: nn.Embedding, owns_bias: bool):
        super().__init__(config)
        if owns_bias:
            self.relative_bias = relative_bias
        else:  # past the module's own bookkeeping, which would list and store the bias once per layer
            self.__dict__["relative_bias"] = relative_bias

    @property
    def relation(self) -> Relation:
        """A bias by the bucket of the distance."""

        def terms(key: Tensor, heads: slice) -> Added:
            def added(query: Tensor, distances: Tensor) -> Tensor:
                bias = F.embedding(_buckets(distances), self.relative_bias.weight[:, heads])  # (b, t, k, H')
                return bias.permute(0, 3, 1, 2)

            return added

        return Relation(terms=terms)


def _buckets(distances: Tensor) -> Tensor:
    """Bucket of each distance query - key, 0 to 31."""
    table = _bucket_table(distances.device)
    return table[distances.clamp(-_MOST_DISTANCE, _MOST_DISTANCE) + _MOST_DISTANCE]


@lru_cache
def _bucket_table(device: torch.device) -> Tensor:
    """Of the distances -128 to 128: half of the buckets per sign, half of those for one distance each."""
    with torch.inference_mode(False):
        distances = torch.arange(-_MOST_DISTANCE, _MOST_DISTANCE + 1)
        half = _BUCKETS // 2
        exact = half // 2
        size = distances.abs()
        scaled = torch.log(size.float().clamp_min(1) / exact) / math.log(_MOST_DISTANCE / exact)
        far = (exact + (scaled * (half - exact)).long()).clamp_max(half - 1)
        buckets = torch.where(size < exact, size, far) + (distances < 0) * half
        return buckets.to(device)


def _layers(config: LTPConfig) -> list[EncoderLayer]:
    bias = nn.Embedding(_BUCKETS, config.num_attention_heads)
    return [MPNetLayer(config, bias, owns_bias=index == 0) for index in range(config.stored_layers)]


def convert_config(source: PreTrainedConfig) -> LTPConfig:
    """The LTP configuration of a plain one. Raises ValueError for another number of buckets."""
    if source.relative_attention_num_buckets != _BUCKETS:
        raise ValueError(
            f"relative_attention_num_buckets is {source.relative_attention_num_buckets}; MPNet's own code "
            f"computes {_BUCKETS} buckets, so give a model of that many."
        )
    return LTPConfig(
        **common_settings(source),
        num_hidden_layers=source.num_hidden_layers,
        position_offset=_PADDING + 1,
        type_vocab_size=0,
    )


def convert_weights(source: dict[str, Tensor], config: PreTrainedConfig) -> dict[str, Tensor]:
    """Source state dict in LTP's names."""
    return renamed(source, LAYER_PATTERN, _LAYER_NAMES, _NAMES)


LAYOUT = Layout(
    embeddings=Embeddings,
    layers=_layers,
    head=ClassificationHead,
    cost=layer_cost,
    convert_config=convert_config,
    convert_weights=convert_weights,
    plain_settings=plain_settings,
)
