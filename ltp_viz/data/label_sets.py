"""Answers as single whole numbers: a class by its index, a set of labels by the sum of 2^i over its labels.

Two answers are alike where their numbers are, for classes and for sets of labels, so tables, filters and
counts need not know which they hold. C is the number of labels; "..." any leading axes.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ltp_viz.core.answers import AnswerKind, chosen
from ltp_viz.data.errors import InputError

MOST_LABELS = 52  # of a set: every such number is a float without rounding


def set_code(labels: Iterable[int]) -> int:
    """The number of one set, from the indices of its labels; 0 is the empty set."""
    return sum(1 << index for index in set(labels))


def set_members(codes: ArrayLike, count: int) -> NDArray[np.bool_]:
    """Which of `count` labels each set holds, (..., C), from the numbers of sets (...)."""
    numbers = np.asarray(codes).astype(np.int64)
    return np.asarray((numbers[..., None] >> np.arange(count)) & 1, dtype=np.bool_)


def answer_codes(logits: NDArray[Any], kind: AnswerKind) -> NDArray[np.int64]:
    """The number of every answer, (...), from logits (..., C) of classes or of labels."""
    if kind == "labels":
        members = chosen(logits, kind).astype(np.int64)
        return np.asarray(members @ (1 << np.arange(logits.shape[-1], dtype=np.int64)))
    return np.asarray(logits.argmax(-1), dtype=np.int64)


def truth_of(labels: ArrayLike, kind: AnswerKind, count: int) -> NDArray[Any]:
    """What answers are scored against: the labels as they are, (N,), or of sets 0 and 1, (N, C)."""
    return set_members(labels, count).astype(np.int64) if kind == "labels" else np.asarray(labels)


def check_label_count(count: int, model: str) -> None:
    """Raises InputError where a model has too many labels for sets of them."""
    if count > MOST_LABELS:
        raise InputError(
            f"The model {model!r} has {count} labels, and sets are compared of {MOST_LABELS} at most; choose "
            "one of its labels (--label)."
        )
