"""Whether a model that was carried over answers as Hugging Face's own class does: tried when it is loaded.

A short text and a pair, unpruned, through both roads that a text can take here (`trace` and `predict`).
"""

import inspect
from typing import Any

import numpy as np
import torch

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError

TRIAL_TEXT = "A warm, funny film."
TRIAL_PAIR = (TRIAL_TEXT, "It made me laugh.")
# Sums in another order differ by some 1e-6 of the largest logit; anything above this is another computation.
LARGEST_DIFFERENCE = 1e-4


def checked_agreement(source: Any, classifier: TextClassifier) -> float:
    """Largest difference of a logit between `source`, a Hugging Face model in fp32, and the classifier.

    Raises InputError where it is too large for the same computation.
    """
    differences, size = [], 1.0
    for text, pair in ((TRIAL_TEXT, None), TRIAL_PAIR):
        expected = _hugging_face_logits(source, classifier, text, pair)
        # Of a pair as of a text: what a model is meant to read does not matter to the comparison.
        start = classifier.start(text, pair)
        second = None if pair is None else [pair]
        seen = classifier.reading_pairs(pair is not None).predict([text], global_scale=0, text_pairs=second)
        for logits in (start.trace(0.0).logits, seen.logits[0]):
            differences.append(float(np.abs(logits - expected).max()))
        size = max(size, float(np.abs(expected).max()))
    largest = max(differences) if all(value == value for value in differences) else float("nan")
    if not largest <= LARGEST_DIFFERENCE * size:
        raise InputError(
            f"The model {classifier.name!r} answers otherwise here than in Hugging Face's "
            f"{type(source).__name__} (a logit differs by {largest:.2g}), so it is refused; its config.json "
            "may have settings that are not supported here."
        )
    return largest


@torch.inference_mode()
def _hugging_face_logits(source: Any, classifier: TextClassifier, text: str, pair: str | None) -> Any:
    """Logits (C,) as a user of transformers gets them."""
    encoded = classifier.tokenizer(
        text, pair, truncation=True, max_length=classifier.config.max_text_tokens, return_tensors="pt"
    )
    accepted = inspect.signature(source.forward).parameters
    inputs = {name: value for name, value in encoded.items() if name in accepted}
    if getattr(source.config, "type_vocab_size", 0) <= 1:
        inputs.pop("token_type_ids", None)  # the class would look up a segment that it does not have
    return source.eval()(**inputs).logits[0].float().numpy()


def agreement_words(agreement: float | None) -> str:
    """One line for people."""
    if agreement is None:
        return "a checkpoint of this library; Hugging Face has no class of its own to compare with"
    if agreement == 0:
        return "agrees with Hugging Face exactly"
    digits, exponent = f"{agreement:.0e}".split("e")
    return f"agrees with Hugging Face within {digits}e{int(exponent)}"
