"""RoBERTa with norms before each half: RoBERTa-PreLayerNorm and XLM-RoBERTa-XL.

Attention and the feed-forward part read normalised states and add to the states as they are; a last norm
stands before the head. XLM-RoBERTa-XL has none in its embeddings. Shapes: T tokens, d hidden size, B texts.
"""

from torch import Tensor, nn
from transformers import PreTrainedConfig

from ltp_viz.core.config import LTPConfig
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
from ltp_viz.core.packed import PackedBatch

_PLAIN_EMBEDDINGS = "xlm-roberta-xl"
FAMILIES = ("roberta-prelayernorm", _PLAIN_EMBEDDINGS)
_LAYER_NAMES = {name: target for name, target in LAYER_NAMES.items() if "norm" not in target} | {
    "attention.LayerNorm": "attention_norm",
    "intermediate.LayerNorm": "feed_forward_norm",
    # XLM-RoBERTa-XL
    "attention.self_attn_layer_norm": "attention_norm",
    "LayerNorm": "feed_forward_norm",
}
_NAMES = EMBEDDING_NAMES | {
    "roberta_prelayernorm.LayerNorm": "head.final_norm",
    "encoder.LayerNorm": "head.final_norm",
    "classifier.dense": "head.dense",
    "classifier.out_proj": "head.output",
}


class PreNormLayer(PostNormLayer):
    """The parts of BERT's layer with each norm before its half."""

    def project(self, states: Tensor, positions: Tensor) -> Tensor:
        """Queries, keys and values of the normalised states: (T, d) -> (T, 3, H, h)."""
        return super().project(self.attention_norm(states), positions)

    def attended(self, states: Tensor, context: Tensor) -> Tensor:
        """`states + context W_o`: (T, d) each."""
        attended: Tensor = self.attention_output(context, states)
        return attended

    def feed_forward_rows(self, states: Tensor) -> Tensor:
        """`states + act(norm(states) W_1) W_2`: (S, d) -> (S, d)."""
        finished: Tensor = self.down(self.up(self.feed_forward_norm(states)), states)
        return finished


class NormedHead(ClassificationHead):
    """RoBERTa's head after a last norm."""

    def __init__(self, config: LTPConfig):
        super().__init__(config)
        self.final_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def pool(self, final: PackedBatch, presence: Tensor | None = None) -> Tensor:
        """The first token's last state, normalised: (B, d)."""
        pooled: Tensor = self.final_norm(super().pool(final))
        return pooled


def _embeddings(config: LTPConfig) -> Embeddings:
    embeddings = Embeddings(config)
    if config.base_family == _PLAIN_EMBEDDINGS:
        embeddings.norm = nn.Identity()
    return embeddings


def convert_config(source: PreTrainedConfig) -> LTPConfig:
    """The LTP configuration of a plain one. Raises ValueError for decoders."""
    if source.is_decoder:
        raise ValueError("Only encoders are supported, not decoders; give a model whose is_decoder is false.")
    return LTPConfig(
        **common_settings(source),
        num_hidden_layers=source.num_hidden_layers,
        position_offset=(source.pad_token_id or 0) + 1,
        type_vocab_size=source.type_vocab_size,
    )


def convert_weights(source: dict[str, Tensor], config: PreTrainedConfig) -> dict[str, Tensor]:
    """Source state dict in LTP's names."""
    return renamed(source, LAYER_PATTERN, _LAYER_NAMES, _NAMES)


LAYOUT = Layout(
    embeddings=_embeddings,
    layers=lambda config: [PreNormLayer(config) for _ in range(config.stored_layers)],
    head=NormedHead,
    cost=layer_cost,
    convert_config=convert_config,
    convert_weights=convert_weights,
    plain_settings=plain_settings,
)
