"""DeBERTa-v2 and v3: BERT's layer with disentangled attention.

He et al., DeBERTa, ICLR 2021, equation 4: `A[i, j] = q_i k_j + q_i r^K[d(i, j)] + k_j r^Q[d(j, i)]`, content
to content, content to position and position to content, divided by `sqrt(3 h)`. `d` is the distance of two
tokens in the full text, in log buckets, so a drop changes none. Every term can be absent.

What depends on weights alone is computed when a checkpoint is converted: each layer stores `r^K` and `r^Q`,
its projections of the embeddings of distances, and queries and `r^Q` take in the `1 / sqrt(3)`.

The first layer of some adds a convolution of the embeddings to its output. As only embeddings have all
neighbours at their places, they carry it beside the states, which are twice as wide until there.

Shapes: T tokens, d hidden size, H heads, h head width, b texts, t queries, k keys, R = 2 * span distances.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedConfig
from transformers.activations import ACT2FN

from ltp_viz.core.attention.relation import NO_RELATION, Added, Relation
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderLayer
from ltp_viz.core.families.layout import LayerCost, Layout, plain_settings, settings_of
from ltp_viz.core.families.post_norm import (
    EMBEDDING_NAMES,
    LAYER_NAMES,
    LAYER_PATTERN,
    ClassificationHead,
    PostNormLayer,
)
from ltp_viz.core.families.post_norm import layer_cost as post_norm_cost
from ltp_viz.core.families.weights import renamed, restore

FAMILIES = ("deberta-v2",)
_TO_POSITION, _TO_CONTENT = "c2p", "p2c"


@dataclass(frozen=True)
class Settings:
    """What varies among DeBERTas."""

    terms: tuple[str, ...]  # of "c2p" (content to position) and "p2c" (position to content)
    span: int  # distances or buckets that each sign has
    buckets: int  # 0: distances are not put into buckets
    max_distance: int  # of the logarithmic buckets
    absolute_positions: bool  # whether embeddings have positions as well
    convolution: int  # width of the convolution that the first layer adds; 0: none
    convolution_groups: int
    convolution_act: str


def _settings(config: LTPConfig) -> Settings:
    return settings_of(config, Settings)


class Embeddings(nn.Module):
    """Word, position and segment embeddings of packed token ids, widened and normalised."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        settings = _settings(config)
        width = config.embedding_size or config.hidden_size
        self.words = nn.Embedding(config.vocab_size, width)
        has_positions = settings.absolute_positions
        self.positions = nn.Embedding(config.max_position_embeddings, width) if has_positions else None
        self.segments = nn.Embedding(config.type_vocab_size, width) if config.type_vocab_size else None
        widens = width != config.hidden_size
        self.widen = nn.Linear(width, config.hidden_size, bias=False) if widens else None
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.convolution = Convolution(config) if settings.convolution else None

    def forward(self, token_ids: Tensor, positions: Tensor, segments: Tensor | None) -> Tensor:
        """Ids, positions and segment ids (T,) -> states (T, d), or (T, 2 d) with a convolution."""
        states: Tensor = self.words(token_ids)
        if self.positions is not None:
            states = states + self.positions(positions)
        if self.segments is not None:
            states = states + (self.segments.weight[0] if segments is None else self.segments(segments))
        if self.widen is not None:
            states = self.widen(states)
        states = self.dropout(self.norm(states))
        if self.convolution is not None:
            states = torch.cat([states, self.convolution(states, positions)], -1)
        return states


class Convolution(nn.Module):
    """Neighbours of each token in its full text, mixed."""

    def __init__(self, config: LTPConfig):
        super().__init__()
        settings = _settings(config)
        width, groups = config.hidden_size, settings.convolution_groups
        self.mix = nn.Conv1d(width, width, settings.convolution, groups=groups)
        self.activation = ACT2FN[settings.convolution_act]
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, states: Tensor, positions: Tensor) -> Tensor:
        """States (..., T, d) of full texts end to end and positions (..., T) in them -> (..., T, d)."""
        groups, count = self.mix.groups, positions.shape[-1]
        (width,) = self.mix.kernel_size
        places = torch.arange(count, device=positions.device)
        mixed = cast(Tensor, self.mix.bias)  # a convolution without a bias was not asked for
        for offset in range(width):
            beside = (places + offset - width // 2).clamp(0, count - 1)
            # Texts follow one another: a row of another text is not at the position that is looked for.
            is_neighbour = positions[..., beside] == positions + offset - width // 2
            rows = states.index_select(-2, beside) * is_neighbour[..., None]
            weight = self.mix.weight[:, :, offset].unflatten(0, (groups, -1))  # (g, d / g, d / g)
            grouped = torch.einsum("...gi,goi->...go", rows.unflatten(-1, (groups, -1)), weight)
            mixed = mixed + grouped.flatten(-2)
        activated: Tensor = self.activation(self.dropout(mixed))
        return activated


class DisentangledLayer(PostNormLayer):
    """BERT's layer, whose attention adds terms by relative distance."""

    def __init__(self, config: LTPConfig):
        super().__init__(config)
        self.settings = _settings(config)
        rows, width = 2 * self.settings.span, config.hidden_size
        terms = self.settings.terms
        self.relative_keys = nn.Embedding(rows, width) if _TO_POSITION in terms else None
        self.relative_queries = nn.Embedding(rows, width) if _TO_CONTENT in terms else None

    @property
    def relation(self) -> Relation:
        """Content to position and position to content."""
        if not self.settings.terms:
            return NO_RELATION
        per_key = 2 * self.settings.span if _TO_CONTENT in self.settings.terms else 0
        return Relation(terms=self._terms, numbers_per_key=per_key)

    def _terms(self, key: Tensor, heads: slice) -> Added:
        """From keys (b, H', k, h) of H' heads."""
        to_content: Tensor | None = None
        if self.relative_queries is not None:
            scaled = key * key.shape[-1] ** -0.5
            to_content = scaled @ self._by_head(self.relative_queries, key)[heads]  # (b, H', k, R)

        def added(query: Tensor, distances: Tensor) -> Tensor:
            # (b, 1, t, k): which of the R distances each pair is at.
            found = _distance_rows(distances, self.settings)[:, None].expand(-1, query.shape[1], -1, -1)
            total: Tensor | None = None  # one of the two at least is there: see `relation`
            if self.relative_keys is not None:
                total = (query @ self._by_head(self.relative_keys, query)[heads]).gather(3, found)
            if to_content is not None:
                read = to_content.gather(3, found.transpose(2, 3)).transpose(2, 3)
                total = read if total is None else total + read
            return cast(Tensor, total)

        return added

    def _by_head(self, distances: nn.Embedding, like: Tensor) -> Tensor:
        """Embeddings of distances (R, d) as (H, h, R)."""
        weight: Tensor = distances.weight.to(like.dtype).unflatten(1, (self.heads, -1))
        return weight.permute(1, 2, 0)


class ConvolvedLayer(DisentangledLayer):
    """The first layer of some: adds the convolution that its states carry beside them, (T, 2 d)."""

    def __init__(self, config: LTPConfig):
        super().__init__(config)
        self.convolution_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def project(self, states: Tensor, positions: Tensor) -> Tensor:
        """Queries, keys and values: (T, 2 d) -> (T, 3, H, h)."""
        return super().project(states.chunk(2, -1)[0].contiguous(), positions)

    def attended(self, states: Tensor, context: Tensor) -> Tensor:
        """As without a convolution, which stays beside: (T, 2 d) and (T, d) -> (T, 2 d)."""
        states, convolved = states.chunk(2, -1)
        return torch.cat([super().attended(states.contiguous(), context), convolved], -1)

    def feed_forward_rows(self, states: Tensor) -> Tensor:
        """The layer's output plus the convolution, normalised: (S, 2 d) -> (S, d)."""
        states, convolved = states.chunk(2, -1)
        finished: Tensor = self.convolution_norm(super().feed_forward_rows(states.contiguous()) + convolved)
        return finished


def _layers(config: LTPConfig) -> list[EncoderLayer]:
    first = ConvolvedLayer if _settings(config).convolution else DisentangledLayer
    return [first(config), *(DisentangledLayer(config) for _ in range(config.stored_layers - 1))]


def _distance_rows(distances: Tensor, settings: Settings) -> Tensor:
    """Row of each distance query - key among the R embeddings."""
    if not settings.buckets:
        return (distances + settings.span).clamp(0, 2 * settings.span - 1)
    table = _bucket_table(settings, distances.device)
    most = settings.max_distance
    return table[distances.clamp(-most, most) + most]


@lru_cache
def _bucket_table(settings: Settings, device: torch.device) -> Tensor:
    """Rows of the distances -max to max: those up to half of the buckets have one each, the others share."""
    with torch.inference_mode(False):
        most, middle = settings.max_distance, settings.buckets // 2
        distances = torch.arange(-most, most + 1)
        size = torch.where(distances.abs() < middle, torch.tensor(middle - 1), distances.abs())
        share = torch.log(size / middle) / torch.log(torch.tensor((most - 1) / middle))
        far = torch.ceil(share * (middle - 1)) + middle
        buckets = torch.where(size <= middle, distances.to(far.dtype), far * distances.sign())
        return (buckets.long() + settings.span).clamp(0, 2 * settings.span - 1).to(device)


def layer_cost(config: LTPConfig, layer: int) -> LayerCost:
    """BERT's, and per token its product with each of the R distances for every term, and the convolution."""
    settings, width = _settings(config), config.hidden_size
    per_token = len(settings.terms) * 2 * settings.span * width
    if layer == 0 and settings.convolution:
        per_token += settings.convolution * width**2 // settings.convolution_groups
    plain = post_norm_cost(config, layer)
    return LayerCost(plain.per_pair, plain.per_token + per_token, plain.feed_forward_per_token)


def check(config: LTPConfig) -> None:
    """Raises ValueError where a setting is impossible."""
    settings = _settings(config)
    if not set(settings.terms) <= {_TO_POSITION, _TO_CONTENT}:
        raise ValueError(f"The terms of DeBERTa's attention are {settings.terms}; use 'c2p' and 'p2c'.")
    if settings.terms and (settings.span < 1 or settings.max_distance < 1 or settings.buckets < 0):
        raise ValueError("DeBERTa's span and max_distance must be 1 or more, and buckets 0 or more.")
    if settings.convolution and settings.convolution % 2 == 0:
        raise ValueError(f"conv_kernel_size is {settings.convolution}; only odd widths keep the length.")


def convert_config(source: PreTrainedConfig) -> LTPConfig:
    """The LTP configuration of a plain one. Raises ValueError where a setting is impossible."""
    is_relative = source.relative_attention
    most = source.max_relative_positions
    most = source.max_position_embeddings if most < 1 else most
    buckets = max(0, getattr(source, "position_buckets", -1))
    if getattr(source, "attention_head_size", 0) not in (0, source.hidden_size // source.num_attention_heads):
        raise ValueError(
            "attention_head_size differs from hidden_size / num_attention_heads; that is not supported."
        )
    settings = Settings(
        terms=tuple(
            name for name in (_TO_POSITION, _TO_CONTENT) if is_relative and name in _terms_of(source)
        ),
        span=buckets or most,
        buckets=buckets,
        max_distance=most,
        absolute_positions=source.position_biased_input,
        convolution=max(0, getattr(source, "conv_kernel_size", 0) or 0),
        convolution_groups=getattr(source, "conv_groups", 1),
        convolution_act=getattr(source, "conv_act", "tanh"),
    )
    config = LTPConfig(
        base_family=source.model_type,
        vocab_size=source.vocab_size,
        hidden_size=source.hidden_size,
        embedding_size=getattr(source, "embedding_size", None),
        num_hidden_layers=source.num_hidden_layers,
        num_attention_heads=source.num_attention_heads,
        intermediate_size=source.intermediate_size,
        hidden_act=source.hidden_act,
        head_activation=source.pooler_hidden_act,
        max_position_embeddings=source.max_position_embeddings,
        type_vocab_size=source.type_vocab_size,
        layer_norm_eps=source.layer_norm_eps,
        hidden_dropout_prob=source.hidden_dropout_prob,
        attention_probs_dropout_prob=source.attention_probs_dropout_prob,
        pad_token_id=source.pad_token_id,
        layout=asdict(settings) | {"terms": list(settings.terms)},
        id2label=source.id2label,
        label2id=source.label2id,
        problem_type=source.problem_type,
    )
    check(config)
    return config


def _terms_of(source: PreTrainedConfig) -> list[str]:
    return list(source.pos_att_type or [])


def convert_weights(source: dict[str, Tensor], config: PreTrainedConfig) -> dict[str, Tensor]:
    """Source state dict in LTP's names, with what depends on weights alone computed."""
    weights = _renamed(source, config)
    settings = _settings(convert_config(config))
    factor = _factor(config)
    prefix = next(name for name in source if "encoder.layer.0." in name).split("layer.0.")[0]
    distances = _distance_embeddings(source, config, prefix, 2 * settings.span) if settings.terms else None
    for layer in range(config.num_hidden_layers):
        _scale_query(weights, layer, factor)
        if distances is None:
            continue
        shares = getattr(config, "share_att_key", False)
        attention = f"{prefix}layer.{layer}.attention.self."
        for term, name, shared, own, scale in (
            (_TO_POSITION, "relative_keys", "key_proj", "pos_key_proj", 1.0),
            (_TO_CONTENT, "relative_queries", "query_proj", "pos_query_proj", factor),
        ):
            if term in settings.terms:
                module = attention + (shared if shares else own)
                projected = F.linear(distances, source[f"{module}.weight"], source[f"{module}.bias"])
                weights[f"layers.{layer}.{name}.weight"] = projected * scale
    return weights


def _renamed(source: dict[str, Tensor], config: PreTrainedConfig) -> dict[str, Tensor]:
    """Everything but relative terms in LTP's names."""
    names = EMBEDDING_NAMES | {
        "embeddings.embed_proj": "embeddings.widen",
        "encoder.conv.conv": "embeddings.convolution.mix",
        "encoder.conv.LayerNorm": "layers.0.convolution_norm",
        "pooler.dense": "head.dense",
        "classifier": "head.output",
    }
    layer_names = LAYER_NAMES | {f"attention.self.{name}_proj": name for name in ("query", "key", "value")}
    settings = _settings(convert_config(config))
    kept = {
        name: tensor
        for name, tensor in source.items()
        if settings.absolute_positions or "position_embeddings" not in name
    }
    return renamed(kept, LAYER_PATTERN, layer_names, names)


def _factor(config: PreTrainedConfig) -> float:
    """By which queries are scaled for the number of terms."""
    terms = _terms_of(config)
    return float((1 + (_TO_POSITION in terms) + (_TO_CONTENT in terms)) ** -0.5)


def _scale_query(weights: dict[str, Tensor], layer: int, factor: float) -> None:
    for parameter in ("weight", "bias"):
        name = f"layers.{layer}.query_key_value.{parameter}"
        query, *others = weights[name].chunk(3)
        weights[name] = torch.cat([query * factor, *others])


def _distance_embeddings(
    source: dict[str, Tensor], config: PreTrainedConfig, prefix: str, rows: int
) -> Tensor:
    """Embeddings of the distances (R, d), normalised where the model does so."""
    distances = source[f"{prefix}rel_embeddings.weight"][:rows]
    if "layer_norm" in [part.strip() for part in getattr(config, "norm_rel_ebd", "none").lower().split("|")]:
        weight, bias = (source[f"{prefix}LayerNorm.{name}"] for name in ("weight", "bias"))
        distances = F.layer_norm(distances, distances.shape[1:], weight, bias, config.layer_norm_eps)
    return distances


def _plain_settings(config: LTPConfig) -> dict[str, Any]:
    """Undoes `convert_config`. Embeddings of distances are stored as they are used, without a norm."""
    settings = _settings(config)
    return plain_settings(config) | {
        "embedding_size": config.embedding_size,
        "pooler_hidden_act": config.head_activation,
        "pooler_hidden_size": config.hidden_size,
        "relative_attention": bool(settings.terms),
        "pos_att_type": list(settings.terms),
        "max_relative_positions": settings.max_distance,
        "position_buckets": settings.buckets or -1,
        "position_biased_input": settings.absolute_positions,
        "norm_rel_ebd": "none",
        "share_att_key": False,
        "conv_kernel_size": settings.convolution,
        "conv_groups": settings.convolution_groups,
        "conv_act": settings.convolution_act,
    }


def restore_weights(weights: dict[str, Tensor], source: dict[str, Tensor], config: PreTrainedConfig) -> None:
    """Undoes `convert_weights` into the state dict of a plain model, in place.

    Its layers project R embeddings of distances, which have width d. So the `r^K` and `r^Q` of all layers,
    side by side and without their mean, must have a rank of at most d. They do after conversion; after
    training, with R > d, they may not. Then the nearest matrix of that rank is written.
    """
    settings, layers = _settings(convert_config(config)), range(config.num_hidden_layers)
    factor, scaled = _factor(config), dict(weights)
    for layer in layers:
        _scale_query(scaled, layer, 1 / factor)
    restore(scaled, source, lambda labels: _renamed(labels, config))
    prefix = next(name for name in source if "encoder.layer.0." in name).split("layer.0.")[0]
    projections: dict[str, Tensor] = {}  # Hugging Face's module -> (R, d)
    for layer in layers:
        module = f"{prefix}layer.{layer}.attention.self."
        if _TO_POSITION in settings.terms:
            projections[module + "pos_key_proj"] = weights[f"layers.{layer}.relative_keys.weight"]
        if _TO_CONTENT in settings.terms:
            queries = weights[f"layers.{layer}.relative_queries.weight"]
            projections[module + "pos_query_proj"] = queries / factor
    if not projections:
        return
    means = {module: projected.double().mean(0) for module, projected in projections.items()}
    centred = {module: projected - means[module] for module, projected in projections.items()}
    together = torch.cat(list(centred.values()), 1)  # (R, layers * terms * d)
    main = torch.linalg.eigh(together @ together.T).eigenvectors[:, -config.hidden_size :]  # ascending
    embeddings = source[f"{prefix}rel_embeddings.weight"].zero_()
    embeddings[:, : main.shape[1]] = main
    for module, projected in centred.items():
        weight = source[f"{module}.weight"].zero_()
        weight[:, : main.shape[1]] = projected.T @ main
        source[f"{module}.bias"].copy_(means[module])


LAYOUT = Layout(
    embeddings=Embeddings,
    layers=_layers,
    head=ClassificationHead,
    cost=layer_cost,
    convert_config=convert_config,
    convert_weights=convert_weights,
    plain_settings=_plain_settings,
    restore_weights=restore_weights,
    check=check,
)
