"""ModernBERT: norms before each half, rotary positions, gated feed-forward part, local and global layers.

Warner et al., Smarter, Better, Faster, Longer, 2024, section 2.1. Queries and keys are rotated by their
positions in the full text (Su et al. 2021, equation 34), and a local layer reads keys up to half a window
away there; a drop changes neither. What a token receives in a local layer comes from within its window. The
head reads the first token, or the mean over the tokens that survive.

Shapes: T tokens, d hidden size, H heads, h head width, B texts, C classes.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig
from transformers.activations import ACT2FN

from ltp_viz.core.attention.relation import NO_RELATION, Relation
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderLayer
from ltp_viz.core.families.layout import (
    Head,
    LayerCost,
    Layout,
    mean_over_texts,
    plain_settings,
    settings_of,
)
from ltp_viz.core.linear import FusedLinear
from ltp_viz.core.packed import PackedBatch

FAMILIES = ("modernbert",)
_READS = {"cls": "first", "mean": "mean"}


@dataclass(frozen=True)
class Settings:
    """What varies among ModernBERTs."""

    window: int  # farthest distance at which a local layer reads
    local: tuple[bool, ...]  # (L,) whether each layer is local
    global_theta: float  # base of the rotations
    local_theta: float
    attention_bias: bool
    feed_forward_bias: bool
    norm_bias: bool
    head_bias: bool
    head_reads: str  # "first" token or "mean"


def _settings(config: LTPConfig) -> Settings:
    return settings_of(config, Settings)


class Embeddings(nn.Module):
    """Word embeddings of packed token ids, normalised; positions enter in attention."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        self.words = nn.Embedding(config.vocab_size, config.hidden_size)
        bias = _settings(config).norm_bias
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps, bias=bias)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, token_ids: Tensor, positions: Tensor, segments: Tensor | None) -> Tensor:
        """Ids (T,) -> states (T, d); positions and segments play no part."""
        states: Tensor = self.dropout(self.norm(self.words(token_ids)))
        return states


class ModernBertLayer(EncoderLayer):
    """Norm and attention, then norm and a gated feed-forward part, each with a residual."""

    def __init__(self, config: LTPConfig, index: int):
        super().__init__()
        settings, width = _settings(config), config.hidden_size
        self.heads = config.num_attention_heads
        self.attention_dropout = config.attention_probs_dropout_prob
        self.window = settings.window if settings.local[index] else None
        self.theta = settings.local_theta if settings.local[index] else settings.global_theta

        def norm() -> nn.Module:
            return nn.LayerNorm(width, eps=config.layer_norm_eps, bias=settings.norm_bias)

        # The embeddings are normalised already.
        self.attention_norm = norm() if index else nn.Identity()
        bias = settings.attention_bias
        self.query_key_value = FusedLinear(width, 3 * width, bias=bias)
        self.attention_output = FusedLinear(width, width, dropout=self.attention_dropout, bias=bias)
        self.feed_forward_norm = norm()
        inner, bias = config.intermediate_size, settings.feed_forward_bias
        self.up = FusedLinear(width, inner, activation=config.hidden_act, bias=bias)
        self.gate = FusedLinear(width, inner, bias=bias)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.down = FusedLinear(inner, width, bias=bias)

    @property
    def relation(self) -> Relation:
        """The window of a local layer."""
        return NO_RELATION if self.window is None else Relation(window=self.window)

    def project(self, states: Tensor, positions: Tensor) -> Tensor:
        """Queries and keys, rotated by their positions, and values: (T, d) -> (T, 3, H, h)."""
        projected = self.query_key_value(self.attention_norm(states)).unflatten(1, (3, self.heads, -1))
        return torch.cat([_rotated(projected[:, :2], positions, self.theta), projected[:, 2:]], 1)

    def attended(self, states: Tensor, context: Tensor) -> Tensor:
        """`states + context W_o`: (T, d) each."""
        attended: Tensor = self.attention_output(context, states)
        return attended

    def feed_forward_rows(self, states: Tensor) -> Tensor:
        """`states + (act(x W_1) * (x W_g)) W_2` of the normalised states x: (S, d) -> (S, d)."""
        normed = self.feed_forward_norm(states)
        finished: Tensor = self.down(self.dropout(self.up(normed) * self.gate(normed)), states)
        return finished


def _rotated(vectors: Tensor, positions: Tensor, theta: float) -> Tensor:
    """Vectors (T, ..., h), each pair of numbers a half apart turned by its angle at positions (T,)."""
    width = vectors.shape[-1]
    places = torch.arange(0, width, 2, dtype=torch.float32, device=vectors.device)
    angles = positions[:, None].float() * (1.0 / theta ** (places / width))  # (T, h / 2)
    angles = angles.view(len(positions), *(1,) * (vectors.ndim - 2), -1)
    cos, sin = angles.cos(), angles.sin()
    first, second = vectors.float().chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1).to(vectors.dtype)


class PredictionHead(Head):
    """Norm, pooling, dense, activation, norm, output projection."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        settings, width = _settings(config), config.hidden_size
        self.reads_all_tokens = settings.head_reads == "mean"
        self.final_norm = nn.LayerNorm(width, eps=config.layer_norm_eps, bias=settings.norm_bias)
        self.dense = nn.Linear(width, width, bias=settings.head_bias)
        self.activation = ACT2FN[config.head_activation]
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps, bias=settings.norm_bias)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.output = nn.Linear(width, config.num_classes)

    def pool(self, final: PackedBatch, presence: Tensor | None = None) -> Tensor:
        """The first token's state, or the mean over all that survive, normalised: (B, d)."""
        if not self.reads_all_tokens:
            first: Tensor = self.final_norm(super().pool(final))
            return first
        return mean_over_texts(self.final_norm(final.states), final, presence)

    def forward(self, pooled: Tensor) -> Tensor:
        """(B, d) -> (B, C)."""
        logits: Tensor = self.output(self.dropout(self.norm(self.activation(self.dense(pooled)))))
        return logits


def layer_cost(config: LTPConfig, layer: int) -> LayerCost:
    """As BERT's, with a third projection in the feed-forward part and, in local layers, a window."""
    settings, width = _settings(config), config.hidden_size
    window = settings.window if settings.local[layer] else None
    return LayerCost(2 * width, 4 * width**2, 3 * width * config.intermediate_size, window)


def check(config: LTPConfig) -> None:
    """Raises ValueError where a setting is impossible."""
    settings = _settings(config)
    if len(settings.local) != config.num_hidden_layers:
        raise ValueError(
            f"The layout says of {len(settings.local)} layers whether they are local, and there are "
            f"{config.num_hidden_layers}; say it of each."
        )
    if settings.head_reads not in _READS.values():
        raise ValueError(f"head_reads is {settings.head_reads!r}; it must be 'first' or 'mean'.")
    if settings.window < 0 or min(settings.global_theta, settings.local_theta) <= 0:
        raise ValueError("The window must be 0 or more and the bases of rotations above 0.")
    if config.hidden_size // config.num_attention_heads % 2:
        raise ValueError("Rotary positions need heads of an even width.")


def convert_config(source: PreTrainedConfig) -> LTPConfig:
    """The LTP configuration of a plain one. Raises ValueError for stretched rotary positions."""
    thetas = {}
    for kind in ("full_attention", "sliding_attention"):
        rope = source.rope_parameters[kind]
        if rope.get("rope_type", "default") != "default":
            raise ValueError(
                f"rope_parameters ask for {rope['rope_type']!r} positions; only 'default' is supported."
            )
        thetas[kind] = float(rope["rope_theta"])
    settings = Settings(
        window=source.local_attention // 2,
        local=tuple(kind == "sliding_attention" for kind in source.layer_types),
        global_theta=thetas["full_attention"],
        local_theta=thetas["sliding_attention"],
        attention_bias=source.attention_bias,
        feed_forward_bias=source.mlp_bias,
        norm_bias=source.norm_bias,
        head_bias=source.classifier_bias,
        head_reads=_READS[source.classifier_pooling],
    )
    config = LTPConfig(
        base_family=source.model_type,
        vocab_size=source.vocab_size,
        hidden_size=source.hidden_size,
        num_hidden_layers=source.num_hidden_layers,
        num_attention_heads=source.num_attention_heads,
        intermediate_size=source.intermediate_size,
        hidden_act=source.hidden_activation,
        head_activation=source.classifier_activation,
        max_position_embeddings=source.max_position_embeddings,
        type_vocab_size=0,
        layer_norm_eps=source.norm_eps,
        hidden_dropout_prob=float(source.mlp_dropout),
        attention_probs_dropout_prob=float(source.attention_dropout),
        pad_token_id=source.pad_token_id,
        layout=asdict(settings) | {"local": list(settings.local)},
        id2label=source.id2label,
        label2id=source.label2id,
        problem_type=source.problem_type,
    )
    check(config)
    return config


def _plain_settings(config: LTPConfig) -> dict[str, Any]:
    """Undoes `convert_config`."""
    settings = _settings(config)
    return plain_settings(config) | {
        "hidden_activation": config.hidden_act,
        "classifier_activation": config.head_activation,
        "norm_eps": config.layer_norm_eps,
        "local_attention": 2 * settings.window,
        "layer_types": ["sliding_attention" if local else "full_attention" for local in settings.local],
        "rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": settings.global_theta},
            "sliding_attention": {"rope_type": "default", "rope_theta": settings.local_theta},
        },
        "attention_bias": settings.attention_bias,
        "mlp_bias": settings.feed_forward_bias,
        "norm_bias": settings.norm_bias,
        "classifier_bias": settings.head_bias,
        "classifier_pooling": next(name for name, reads in _READS.items() if reads == settings.head_reads),
    }


_LAYER_NAMES = {
    "attn.Wqkv": "query_key_value",
    "attn.Wo": "attention_output",
    "attn_norm": "attention_norm",
    "mlp.Wo": "down",
    "mlp_norm": "feed_forward_norm",
}
_NAMES = {
    "model.embeddings.tok_embeddings": "embeddings.words",
    "model.embeddings.norm": "embeddings.norm",
    "model.final_norm": "head.final_norm",
    "head.dense": "head.dense",
    "head.norm": "head.norm",
    "classifier": "head.output",
}


def convert_weights(source: dict[str, Tensor], config: PreTrainedConfig) -> dict[str, Tensor]:
    """Source state dict in LTP's names; the two halves of the gated projection are apart."""
    weights: dict[str, Tensor] = {}
    for name, tensor in source.items():
        stem, parameter = name.rsplit(".", 1)
        if stem in _NAMES:
            weights[f"{_NAMES[stem]}.{parameter}"] = tensor
            continue
        index, part = stem.removeprefix("model.layers.").split(".", 1)
        if part == "mlp.Wi":
            up, gate = tensor.chunk(2)
            weights[f"layers.{index}.up.{parameter}"] = up
            weights[f"layers.{index}.gate.{parameter}"] = gate
        else:
            weights[f"layers.{index}.{_LAYER_NAMES[part]}.{parameter}"] = tensor
    return weights


LAYOUT = Layout(
    embeddings=Embeddings,
    layers=lambda config: [ModernBertLayer(config, index) for index in range(config.stored_layers)],
    head=PredictionHead,
    cost=layer_cost,
    convert_config=convert_config,
    convert_weights=convert_weights,
    plain_settings=_plain_settings,
    check=check,
)
