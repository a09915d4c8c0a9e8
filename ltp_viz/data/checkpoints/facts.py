"""What a person should know of a loaded model, as plain values: `ltp-viz inspect` and the app show them."""

from dataclasses import asdict, dataclass
from typing import Any

from ltp_viz.core.attention import native
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
        attention=native.status(),
        unusual=classifier.notes,
    )
