"""The post-norm layout of BERT: embeddings, layers and head, and its families' names for them.

BERT, RoBERTa, XLM-R, CamemBERT, ELECTRA, DistilBERT, ERNIE, data2vec-text and I-BERT share it; they differ in
names, which the tables below hold, in the head's activation and in where positions begin.
Shapes: T tokens, d hidden size, H heads, h head width, B texts, C classes.
"""

import re
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedConfig
from transformers.activations import ACT2FN

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderLayer
from ltp_viz.core.families.layout import Head, LayerCost, Layout, plain_settings
from ltp_viz.core.families.weights import renamed
from ltp_viz.core.linear import FusedLinear


class Embeddings(nn.Module):
    """Word, position and segment embeddings of packed token ids, normalised."""

    def __init__(self, config: LTPConfig, always_widen: bool = False):
        super().__init__()
        width = config.embedding_size or config.hidden_size
        self.position_offset = config.position_offset
        self.words = nn.Embedding(config.vocab_size, width)
        self.positions = nn.Embedding(config.max_position_embeddings, width)
        self.segments = nn.Embedding(config.type_vocab_size, width) if config.type_vocab_size else None
        self.norm: nn.Module = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        widens = always_widen or width != config.hidden_size
        self.widen = nn.Linear(width, config.hidden_size) if widens else None

    def forward(self, token_ids: Tensor, positions: Tensor, segments: Tensor | None) -> Tensor:
        """Ids, positions and segment ids (T,) -> states (T, d)."""
        states: Tensor = self.words(token_ids) + self.positions(positions + self.position_offset)
        if self.segments is not None:
            states = states + (self.segments.weight[0] if segments is None else self.segments(segments))
        states = self.dropout(self.norm(states))
        if self.widen is not None:
            states = self.widen(states)
        return states


class PostNormLayer(EncoderLayer):
    """Attention and feed-forward part, each followed by its residual and a norm."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.attention_dropout = config.attention_probs_dropout_prob
        dropout = config.hidden_dropout_prob
        self.query_key_value = FusedLinear(width, 3 * width)
        self.attention_output = FusedLinear(width, width, dropout=dropout)
        self.attention_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.up = FusedLinear(width, config.intermediate_size, activation=config.hidden_act)
        self.down = FusedLinear(config.intermediate_size, width, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)

    def project(self, states: Tensor, positions: Tensor) -> Tensor:
        """Queries, keys and values: (T, d) -> (T, 3, H, h)."""
        projected: Tensor = self.query_key_value(states)
        return projected.view(states.shape[0], 3, self.heads, -1)

    def attended(self, states: Tensor, context: Tensor) -> Tensor:
        """`norm(states + context W_o)`: (T, d) each."""
        attended: Tensor = self.attention_norm(self.attention_output(context, states))
        return attended

    def feed_forward_rows(self, states: Tensor) -> Tensor:
        """`norm(states + act(states W_1) W_2)`: (T, d) -> (T, d)."""
        finished: Tensor = self.feed_forward_norm(self.down(self.up(states), states))
        return finished


class ClassificationHead(Head):
    """Dense, activation, output projection on the first token: the head all these families share."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.activation = ACT2FN[config.head_activation]
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.output = nn.Linear(config.hidden_size, config.num_classes)

    def forward(self, pooled: Tensor) -> Tensor:
        """(B, d) -> (B, C)."""
        logits: Tensor = self.output(self.dropout(self.activation(self.dense(pooled))))
        return logits


@dataclass(frozen=True)
class Family:
    """How one model family differs from BERT."""

    head_activation: str
    head_dense: str  # name of the head's first projection in the source checkpoint
    head_output: str
    positions_after_padding: bool = False  # RoBERTa counts positions from pad_token_id + 1


_ROBERTA = Family("tanh", "classifier.dense", "classifier.out_proj", positions_after_padding=True)
_BERT = Family("tanh", "pooler.dense", "classifier")
FAMILIES: dict[str, Family] = {
    "bert": _BERT,
    "ernie": _BERT,
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    "data2vec-text": _ROBERTA,
    "ibert": _ROBERTA,
    "electra": Family("gelu", "classifier.dense", "classifier.out_proj"),
    "distilbert": Family("relu", "pre_classifier", "classifier"),
}

LAYER_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attention_output",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "feed_forward_norm",
    # DistilBERT
    "attention.q_lin": "query",
    "attention.k_lin": "key",
    "attention.v_lin": "value",
    "attention.out_lin": "attention_output",
    "sa_layer_norm": "attention_norm",
    "ffn.lin1": "up",
    "ffn.lin2": "down",
    "output_layer_norm": "feed_forward_norm",
}
EMBEDDING_NAMES = {
    "embeddings.word_embeddings": "embeddings.words",
    "embeddings.position_embeddings": "embeddings.positions",
    "embeddings.token_type_embeddings": "embeddings.segments",
    "embeddings.LayerNorm": "embeddings.norm",
    "embeddings_project": "embeddings.widen",
}
LAYER_PATTERN = re.compile(r"(?:encoder|transformer)\.layer\.(\d+)\.(.+)\.(weight|bias)$")


def convert_config(source: PreTrainedConfig) -> LTPConfig:
    """The LTP configuration of a plain one. Raises ValueError for decoders and relative positions."""
    if getattr(source, "is_decoder", False) or getattr(source, "position_embedding_type", "absolute") not in (
        None,
        "absolute",
    ):
        raise ValueError(
            "Only encoders with absolute positions are supported, not decoders or relative ones."
        )
    if getattr(source, "quant_mode", False):
        raise ValueError(
            "quant_mode is true: the model computes in integers; give the checkpoint from before "
            "quantisation, whose quant_mode is false."
        )
    family = FAMILIES[source.model_type]
    distil = source.model_type == "distilbert"
    pad = source.pad_token_id
    return LTPConfig(
        base_family=source.model_type,
        vocab_size=source.vocab_size,
        hidden_size=source.hidden_size,
        embedding_size=getattr(source, "embedding_size", None),
        num_hidden_layers=source.num_hidden_layers,
        num_attention_heads=source.num_attention_heads,
        intermediate_size=source.hidden_dim if distil else source.intermediate_size,
        hidden_act=source.activation if distil else source.hidden_act,
        head_activation=family.head_activation,
        max_position_embeddings=source.max_position_embeddings,
        position_offset=(pad or 0) + 1 if family.positions_after_padding else 0,
        type_vocab_size=getattr(source, "type_vocab_size", 0),
        layer_norm_eps=getattr(source, "layer_norm_eps", 1e-12),
        hidden_dropout_prob=source.dropout if distil else source.hidden_dropout_prob,
        attention_probs_dropout_prob=(
            source.attention_dropout if distil else source.attention_probs_dropout_prob
        ),
        pad_token_id=pad,
        id2label=source.id2label,
        label2id=source.label2id,
        problem_type=source.problem_type,
    )


def _plain_settings(config: LTPConfig) -> dict[str, Any]:
    """Undoes `convert_config`; ERNIE's task vector is part of the position embedding by now."""
    settings = plain_settings(config)
    if config.base_family == "distilbert":
        return settings | {
            "dim": config.hidden_size,
            "hidden_dim": config.intermediate_size,
            "n_layers": config.num_hidden_layers,
            "n_heads": config.num_attention_heads,
            "activation": config.hidden_act,
        }
    if config.position_offset:
        settings["pad_token_id"] = config.position_offset - 1
    return settings | {"embedding_size": config.embedding_size, "use_task_id": False}


def layer_cost(config: LTPConfig, layer: int) -> LayerCost:
    """Two products with the attention matrix, four projections, up and down (Kim et al. 2022, table 1)."""
    width = config.hidden_size
    return LayerCost(2 * width, 4 * width**2, 2 * width * config.intermediate_size)


def convert_weights(source: dict[str, Tensor], config: PreTrainedConfig) -> dict[str, Tensor]:
    """Source state dict in LTP's names; query, key and value are fused into one projection."""
    family = FAMILIES[config.model_type]
    names = EMBEDDING_NAMES | {family.head_dense: "head.dense", family.head_output: "head.output"}
    weights = renamed(source, LAYER_PATTERN, LAYER_NAMES, names)
    if (
        task := next((name for name in source if name.endswith("task_type_embeddings.weight")), None)
    ) is not None:
        # ERNIE adds task 0's vector to every token: part of the position embedding from here on.
        weights["embeddings.positions.weight"] = weights["embeddings.positions.weight"] + source[task][0]
    return weights


LAYOUT = Layout(
    embeddings=Embeddings,
    layers=lambda config: [PostNormLayer(config) for _ in range(config.stored_layers)],
    head=ClassificationHead,
    cost=layer_cost,
    convert_config=convert_config,
    convert_weights=convert_weights,
    plain_settings=_plain_settings,
)
