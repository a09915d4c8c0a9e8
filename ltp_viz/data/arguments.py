"""Arguments of the public methods, checked in one place: each fault is one message that names the value, what
is allowed and what to do."""

import math
import reprlib
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

from ltp_viz.core.forced import ForcedTokens
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.data.errors import InputError

_OF_A_RULE = ("can_reduce", "reduce")


def checked_text(value: Any, name: str = "text") -> str:
    """A text as it is. Raises InputError for anything that is not a string."""
    if not isinstance(value, str):
        raise InputError(f"{name} is {_shown(value)}; give a text, in quotes.")
    return value


def checked_texts(values: Any, name: str = "texts") -> list[str]:
    """Texts from a list, an array, a data frame's column or a generator; a single text is one text.

    Raises InputError where it is none of these or holds anything but strings.
    """
    if isinstance(values, str):
        return [str(values)]
    if not isinstance(values, Iterable) or isinstance(values, bytes | dict):
        raise InputError(f"{name} is {_shown(values)}; give a text, or a list of texts.")
    if (columns := getattr(values, "columns", None)) is not None:  # a data frame, which yields their names
        listed = ", ".join(map(str, columns))
        raise InputError(f"{name} is a table with the columns {listed}; give one of them.")
    texts = list(values)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(
                f"{name}[{number}] is {_shown(text)}; every one must be a text, so leave this one out or "
                "write it as one."
            )
    return [str(text) for text in texts]  # NumPy's strings are of a class of their own


def checked_batch_size(value: Any) -> int:
    """Raises InputError unless it is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InputError(f"batch_size is {_shown(value)}; give a whole number of at least 1.")
    return int(value)


def checked_scales(
    global_scale: Any, layer_scales: Any, num_layers: int
) -> tuple[float, tuple[float, ...] | None]:
    """Scales as numbers. Raises InputError unless each is finite and at least 0, one per layer."""
    scale = _checked_scale(global_scale, "global_scale")
    if layer_scales is None:
        return scale, None
    if isinstance(layer_scales, str | bytes) or not isinstance(layer_scales, Iterable):
        raise InputError(f"layer_scales is {_shown(layer_scales)}; give {num_layers} numbers, one per layer.")
    scales = tuple(
        _checked_scale(value, f"layer_scales[{layer}]") for layer, value in enumerate(layer_scales)
    )
    if len(scales) != num_layers:
        raise InputError(
            f"layer_scales holds {len(scales)} values but the model has {num_layers} layers; "
            "give one scale per layer."
        )
    return scale, scales


def _checked_scale(value: Any, name: str) -> float:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not 0 <= value < math.inf:
        raise InputError(
            f"{name} is {_shown(value)}. A threshold scale must be a finite number of at least 0; 1 is as "
            "trained."
        )
    return float(value)


def checked_rule(value: Any) -> ReductionRule:
    """Raises InputError for anything that is no rule, and for a rule's class."""
    if isinstance(value, type) or not all(callable(getattr(value, name, None)) for name in _OF_A_RULE):
        raise InputError(
            f"rule is {_shown(value)}; give a rule, such as TopKRule(...) of ltp_viz.core.rules."
        )
    rule: ReductionRule = value
    return rule


def checked_forced(value: Any) -> ForcedTokens:
    """Raises InputError for anything but `ForcedTokens`."""
    if not isinstance(value, ForcedTokens):
        raise InputError(
            f"forced is {_shown(value)}; give ForcedTokens(keep=(...), drop=(...)) of positions."
        )
    return value


def checked_ids(values: Any, name: str, count: int, what: str) -> tuple[int, ...]:
    """Ids from 0 to `count` - 1. Raises InputError for others."""
    ids: Sequence[Any] = list(values)
    wrong = next((i for i in ids if isinstance(i, bool) or not isinstance(i, Integral)), None)
    if wrong is not None:
        raise InputError(f"{name} holds {_shown(wrong)}; give whole numbers.")
    if ids and (min(ids) < 0 or max(ids) >= count):
        raise InputError(f"{name} must be from 0 to {count - 1}, {what}.")
    return tuple(int(i) for i in ids)


def _shown(value: Any) -> str:
    return f"{reprlib.repr(value)}, of type {type(value).__name__}"
