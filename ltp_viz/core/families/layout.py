"""What a file in this folder must answer for its model families: embed, attend and finish, read, convert."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from transformers import PreTrainedConfig

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderLayer


@dataclass(frozen=True)
class Layout:
    """The parts of a classifier, and how a plain checkpoint becomes one. Shapes: T tokens, B texts,
    d hidden size, C classes."""

    # Module of ids, positions in the full text and segments or None, (T,) each -> states (T, d).
    embeddings: Callable[[LTPConfig], nn.Module]
    # Layer of an index from 0 on: attend with column sums, feed forward.
    layer: Callable[[LTPConfig, int], EncoderLayer]
    # Module of the first tokens' last states (B, d) -> logits (B, C).
    head: Callable[[LTPConfig], nn.Module]
    # The configuration of a plain checkpoint; raises ValueError for a variant that does not fit.
    convert_config: Callable[[PreTrainedConfig], LTPConfig]
    # A plain checkpoint's state dict and model type -> this library's names.
    convert_weights: Callable[[dict[str, Tensor], str], dict[str, Tensor]]
