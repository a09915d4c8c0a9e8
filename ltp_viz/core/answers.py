"""What logits mean: one of several classes, any of several labels, or numbers.

A yes/no model of one logit z is none of its own: `core.model.as_yes_or_no` gives it the logits (0, z), whose
softmax is (1 - sigmoid(z), sigmoid(z)), so that it is a classifier of two classes everywhere.
Shapes: C logits; "..." any leading axes.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

# "class": softmax, the likeliest class. "labels": sigmoid each, every label above 0.5. "numbers": as given.
AnswerKind = Literal["class", "labels", "numbers"]
ANSWER_KINDS: tuple[str, ...] = get_args(AnswerKind)
NO_LABEL = "none"  # how an answer without any label reads


def probabilities_of(logits: NDArray[Any], kind: AnswerKind = "class") -> NDArray[np.float64]:
    """Probabilities of logits, (..., C): softmax over the last axis, or a sigmoid of each for labels.

    Numbers have none; theirs are NaN.
    """
    values = logits.astype(np.float64)
    if kind == "numbers":
        return np.full(values.shape, np.nan)
    if kind == "labels":
        # exp of a negative number alone, which cannot overflow.
        small = np.exp(-np.abs(values))
        sigmoid: NDArray[np.float64] = np.where(values >= 0, 1.0, small) / (1.0 + small)
        return sigmoid
    shifted = np.exp(values - values.max(-1, keepdims=True))
    softmax: NDArray[np.float64] = shifted / shifted.sum(-1, keepdims=True)
    return softmax


def chosen(logits: NDArray[Any], kind: AnswerKind = "class") -> NDArray[np.bool_]:
    """Which outputs the answer names, (..., C): the likeliest class, the labels above 0.5, no number."""
    if kind == "numbers":
        return np.zeros(logits.shape, dtype=np.bool_)
    if kind == "labels":
        return np.asarray(logits > 0)  # a sigmoid above 0.5
    return np.asarray(np.arange(logits.shape[-1]) == logits.argmax(-1)[..., None])


def same_answer(first: NDArray[Any], second: NDArray[Any], kind: AnswerKind = "class") -> NDArray[np.bool_]:
    """Whether logits (..., C) name the same class, or the same labels, (...); of numbers, always true."""
    return np.asarray((chosen(first, kind) == chosen(second, kind)).all(-1))


def answer_with_share(logits: NDArray[Any], names: Sequence[str], kind: AnswerKind = "class") -> str:
    """As `answer_text`, each name with its probability in percent."""
    if kind == "numbers":
        return answer_text(logits, names, kind)
    probabilities = probabilities_of(logits, kind)
    shown = np.flatnonzero(chosen(logits, kind)).tolist()
    return ", ".join(f"{names[index]} {probabilities[index]:.1%}" for index in shown) or NO_LABEL


def margin_of(probabilities: NDArray[np.float64], kind: AnswerKind = "class") -> float:
    """How sure an answer is, 0 to 1, from probabilities (C,): the likeliest class less the runner-up. Of
    labels, twice the distance of the least decided one from 0.5; NaN for numbers."""
    if kind == "numbers":
        return float("nan")
    if kind == "labels":
        return float(2 * np.abs(probabilities - 0.5).min())
    runner_up, answer = np.sort(probabilities)[-2:]
    return float(answer - runner_up)


def yes_or_no_names(label: str) -> tuple[str, str]:
    """What the two answers about one output are called; a checkpoint that names nothing calls it LABEL_0."""
    return ("no", "yes") if label.startswith("LABEL_") else (f"not {label}", label)


def answer_text(logits: NDArray[Any], names: Sequence[str], kind: AnswerKind = "class") -> str:
    """The answer in words, from logits (C,): the class, the labels or "none", the numbers."""
    if kind == "numbers":
        if len(names) == 1:
            return f"{logits[0]:.4g}"
        return ", ".join(f"{name} {value:.4g}" for name, value in zip(names, logits, strict=True))
    return ", ".join(names[index] for index in np.flatnonzero(chosen(logits, kind)).tolist()) or NO_LABEL
