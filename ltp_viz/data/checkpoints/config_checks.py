"""Whether the numbers and names of a checkpoint's configuration can be computed with."""

import reprlib
from typing import Any

from transformers.activations import ACT2FN

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families import LAYOUTS
from ltp_viz.data.errors import InputError
from ltp_viz.data.text.tokenization import clean_text

# Far above any score, and far from where a scale of 3 would leave the numbers that JSON can hold.
_LARGEST_THRESHOLD = 1000.0
_LARGEST_REFERENCE_LENGTH = 10**6
_LEAST_NORM_EPS = 1e-20  # a smaller one is 0 in 32 bits, by which a row of equal numbers would be divided
FEWEST_TOKENS = 8  # room for a word of each text of a pair between the special tokens


def check_config(asked: str, config: LTPConfig) -> None:
    """Raises InputError, with one message about the model called `asked`, where a value makes no sense."""
    if config.base_family not in LAYOUTS:
        raise InputError(
            f"In the config.json of {asked!r}, base_family is {reprlib.repr(config.base_family)}; "
            f"it must be one of {', '.join(LAYOUTS)}."
        )
    _check_labels(asked, config)
    _check_shape(asked, config)
    for number, threshold in enumerate(config.thresholds, start=1):
        if not abs(threshold) <= _LARGEST_THRESHOLD:  # NaN is not
            raise InputError(
                f"Threshold {number} of {asked!r} is {threshold}; every one must be a finite number from "
                f"{-_LARGEST_THRESHOLD:g} to {_LARGEST_THRESHOLD:g}."
            )
    if not 1 <= config.score_reference_length <= _LARGEST_REFERENCE_LENGTH:
        raise _out_of_range(asked, config, "score_reference_length", 1, _LARGEST_REFERENCE_LENGTH)
    if not _LEAST_NORM_EPS <= config.layer_norm_eps <= 1:
        raise _out_of_range(asked, config, "layer_norm_eps", _LEAST_NORM_EPS, 1)
    for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
        if not 0 <= getattr(config, name) <= 1:
            raise _out_of_range(asked, config, name, 0, 1)
    if min(config.protected_positions, default=0) < 0:
        raise InputError(f"The protected_positions of {asked!r} must be positions in a text, 0 or more.")


def _out_of_range(asked: str, config: LTPConfig, name: str, least: float, most: float) -> InputError:
    value = reprlib.repr(getattr(config, name))
    return InputError(f"In the config.json of {asked!r}, {name} is {value}; give {least:g} to {most:g}.")


def _check_labels(asked: str, config: LTPConfig) -> None:
    names: dict[Any, Any] = dict(config.id2label or {})
    if config.num_classes < 1 or not all(_is_word(names.get(index)) for index in range(config.num_classes)):
        raise InputError(
            f"The labels of {asked!r} are {reprlib.repr(names)}; its id2label must name the outputs 0, 1, 2 "
            "and so on with words."
        )


def _is_word(name: object) -> bool:
    return isinstance(name, str) and name == clean_text(name)


def _check_shape(asked: str, config: LTPConfig) -> None:
    width, heads = config.hidden_size, config.num_attention_heads
    if heads < 1 or width < 1 or width % heads:
        raise InputError(
            f"The width of {asked!r} is {width}, which {heads} attention heads cannot share; give "
            "a multiple of their number."
        )
    if config.position_offset < 0 or config.max_text_tokens < FEWEST_TOKENS:
        raise InputError(
            f"Of {config.max_position_embeddings} positions, {asked!r} leaves out {config.position_offset} "
            f"(position_offset, or pad_token_id + 1); {FEWEST_TOKENS} or more must remain for a text."
        )
    for activation in (config.hidden_act, config.head_activation):
        if activation not in ACT2FN:
            raise InputError(
                f"The activation {reprlib.repr(activation)} of {asked!r} is not known; 'gelu' is usual."
            )
