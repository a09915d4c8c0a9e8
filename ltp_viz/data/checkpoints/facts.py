"""What a person should know of a loaded model, as plain values: `ltp-viz inspect` and the app show them."""

from dataclasses import asdict, dataclass
from typing import Any

from ltp_viz.core.attention import native
from ltp_viz.core.attention.relation import NO_RELATION
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import encoder_layer
from ltp_viz.core.families import windows
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.checkpoints.agreement import agreement_words
from ltp_viz.data.classifier import TextClassifier

_ANSWERS = {
    "class": "one of its labels (softmax)",
    "labels": "every label above 0.5 (a sigmoid each)",
    "numbers": "numbers, as they are",
}


@dataclass(frozen=True)
class ModelFacts:
    """`agreement` as in `TextClassifier`; `attention` names the path that attention runs on, and why."""

    name: str
    family: str
    layers: int
    width: int
    parameters: int
    answers: str
    labels: tuple[str, ...]
    reads: str  # "one text" or "two texts"
    longest_text: int  # tokens
    truncation_side: str
    thresholds: tuple[float, ...]
    thresholds_learned: bool
    agreement: float | None
    checked: str
    attention: str
    scores: str
    unusual: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def model_facts(classifier: TextClassifier) -> ModelFacts:
    """Of a model as it is loaded here."""
    config = classifier.config
    return ModelFacts(
        name=classifier.name,
        family=config.base_family,
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        parameters=sum(weight.numel() for weight in classifier.model.parameters()),
        answers=_ANSWERS[config.answer_kind],
        labels=classifier.labels,
        reads="two texts" if classifier.reads_pairs else "one text",
        longest_text=config.max_text_tokens,
        truncation_side=classifier.tokenizer.truncation_side,
        thresholds=tuple(config.thresholds),
        thresholds_learned=config.thresholds_learned,
        agreement=classifier.agreement,
        checked=agreement_words(classifier.agreement),
        attention=_attention_words(classifier.model),
        scores=score_words(config),
        unusual=classifier.notes,
    )


def score_words(config: LTPConfig) -> str:
    """What the scores of a model's tokens are."""
    divisor = (
        "the number of tokens in the text"
        if config.score_normalizer == "sequence"
        else config.score_reference_length
    )
    words = (
        "A score is the attention a token receives: averaged over heads, summed over the tokens not yet "
        f"dropped, and divided by {divisor}."
    )
    reaches = windows(config)
    local = [layer for layer, window in enumerate(reaches, 1) if window is not None]
    if not local:
        return words
    others = [layer for layer, window in enumerate(reaches, 1) if window is None]
    window = next(window for window in reaches if window is not None)
    which = ", ".join(map(str, local)) if len(local) <= len(others) else _all_but(others)
    return (
        f"{words} {len(local)} of the {len(reaches)} layers are local ({which}): there, only the attention "
        f"from tokens up to {window} positions away in the text counts."
    )


def _all_but(layers: list[int]) -> str:
    return f"all but {', '.join(map(str, layers))}" if layers else "all"


def _attention_words(model: LTPForSequenceClassification) -> str:
    """What computes attention; layers in which distances count have torch's tiles of their own."""
    layers = [encoder_layer(layer) for layer in model.layers_in_order]
    relative = sum(layer.relation != NO_RELATION for layer in layers)
    if not relative:
        return native.status()
    tiles = "torch in tiles, as distances of tokens count"
    if relative == len(layers):
        return tiles
    return f"{tiles}, in {relative} of {len(layers)} layers; in the others {native.status()}"
