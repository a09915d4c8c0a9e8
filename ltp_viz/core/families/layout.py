"""What a file in this folder must answer for its model families: embed, attend and finish, read, convert."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderLayer
from ltp_viz.core.packed import PackedBatch


class Head(nn.Module, ABC):
    """From the tokens that survive all layers to logits. Shapes: B texts, d hidden size, C classes."""

    # Whether all surviving tokens are read, or only the first of each text.
    reads_all_tokens = False

    def pool(self, final: PackedBatch, presence: Tensor | None = None) -> Tensor:
        """The vector of each text that the logits depend on, (B, d): here the first token's state.

        `presence` (T,), in training: how far each token is there.
        """
        return final.states[final.first_rows()]

    @abstractmethod
    def forward(self, pooled: Tensor) -> Tensor:
        """(B, d) -> logits (B, C)."""


def mean_over_texts(states: Tensor, batch: PackedBatch, presence: Tensor | None) -> Tensor:
    """Mean state (B, d) of each text's tokens, from (T, d): each counts as often as it stands for tokens, and
    as far as it is there."""
    weights = torch.ones_like(batch.positions, dtype=torch.float32)
    for more in (batch.sizes, presence):
        weights = weights if more is None else weights * more
    # In fp32: a sum over a long text has more digits than bf16.
    weighted = states.float() * weights[:, None]
    count, texts = len(batch.lengths), batch.text_index
    total = weighted.new_zeros(count, states.shape[1]).index_add(0, texts, weighted)
    return (total / weights.new_zeros(count).index_add(0, texts, weights)[:, None]).to(states.dtype)


@dataclass(frozen=True)
class LayerCost:
    """What one layer computes, in multiply-accumulates."""

    per_pair: int  # for each query and each key that it reads
    per_token: int  # in the attention part
    feed_forward_per_token: int
    window: int | None = None  # farthest distance at which a key is read; None: any


@dataclass(frozen=True)
class Layout:
    """The parts of a classifier, and how a plain checkpoint becomes one. Shapes: T tokens, d hidden size."""

    # Module of ids, positions in the full text and segments or None, (T,) each -> states (T, d).
    embeddings: Callable[[LTPConfig], nn.Module]
    # The layers that have weights of their own: attend with column sums, feed forward.
    layers: Callable[[LTPConfig], list[EncoderLayer]]
    head: Callable[[LTPConfig], Head]
    # What a layer of an index from 0 on computes.
    cost: Callable[[LTPConfig, int], LayerCost]
    # The configuration of a plain checkpoint; raises ValueError for a variant that does not fit.
    convert_config: Callable[[PreTrainedConfig], LTPConfig]
    # A plain checkpoint's state dict and configuration -> this library's names.
    convert_weights: Callable[[dict[str, Tensor], PreTrainedConfig], dict[str, Tensor]]
    # Settings of Hugging Face's configuration of a model that computes the same: undoes `convert_config`.
    plain_settings: Callable[[LTPConfig], dict[str, Any]]
    # Writes weights with this library's names into the state dict of a plain model: undoes `convert_weights`,
    # where it does more than rename.
    restore_weights: Callable[[dict[str, Tensor], dict[str, Tensor], PreTrainedConfig], None] | None = None
    # Raises ValueError where `LTPConfig.layout` lacks a setting of this layout, or holds an impossible one.
    check: Callable[[LTPConfig], object] = lambda config: None


# Settings that Hugging Face's configurations of most families call by the same names as ours.
_COMMON = (
    "vocab_size",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "max_position_embeddings",
    "layer_norm_eps",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "pad_token_id",
    "id2label",
    "label2id",
    "problem_type",
)


def common_settings(source: PreTrainedConfig) -> dict[str, Any]:
    """Our settings of a plain configuration that calls them by the same names."""
    return {"base_family": source.model_type, **{name: getattr(source, name) for name in _COMMON}}


def plain_settings(config: LTPConfig) -> dict[str, Any]:
    """The settings that Hugging Face's configurations call by the same names, as `common_settings` does."""
    names = (*_COMMON, "num_hidden_layers", "type_vocab_size")
    return {name: getattr(config, name) for name in names}


Settings = TypeVar("Settings")


def settings_of(config: LTPConfig, kind: type[Settings]) -> Settings:
    """A layout's own settings, a dataclass, from `LTPConfig.layout`.

    Raises ValueError where one is missing, unknown or of another type.
    """
    expected: dict[str, Any] = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    found = config.layout
    if set(found) != set(expected):
        wrong = min(set(found) ^ set(expected))
        fault = "lacks" if wrong in expected else "has the unknown setting"
        raise ValueError(f"The layout in config.json {fault} {wrong!r}; save the model again.")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    for name, value in values.items():
        wanted = expected[name]
        if not isinstance(value, wanted if isinstance(wanted, type) else _origin(wanted)):
            raise ValueError(f"The layout in config.json has {name} {value!r}, which is not a {wanted}.")
    return kind(**values)


def _origin(annotation: Any) -> type:
    """`tuple` of `tuple[str, ...]`."""
    origin: type = annotation.__origin__
    return origin
