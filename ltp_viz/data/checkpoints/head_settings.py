"""What a folder says about its head beyond the weights: pairs, the longest text, how one logit is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from ltp_viz.core.answers import yes_or_no_names
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.model import LTPForSequenceClassification, as_yes_or_no
from ltp_viz.data.errors import InputError

# Labels that speak of two texts, in lower case.
_PAIR_LABELS = {
    "entailment",
    "contradiction",
    "not_entailment",
    "non_entailment",
    "paraphrase",
    "not_paraphrase",
    "duplicate",
    "not_duplicate",
    "equivalent",
    "not_equivalent",
    "similarity",
}
_PAIR_TASKS = {"mnli", "snli", "anli", "qnli", "qqp", "mrpc", "rte", "wnli", "stsb", "sts-b", "paws", "xnli"}
# Of transformers' tokenizers that know no length, 10^30.
_NO_LENGTH = 10**9


@dataclass(frozen=True)
class HeadSettings:
    """How a model is read. `text_limit` is None where positions alone limit a text."""

    reads_pairs: bool
    text_limit: int | None
    yes_or_no: tuple[str, str] | None  # names of the classes; None: outputs are read as they are
    by_wish: bool = False  # a person wants `yes_or_no`, and the folder does not say so

    def applied(self, model: LTPForSequenceClassification) -> LTPForSequenceClassification:
        """A freshly loaded model under these settings."""
        model.config.reads_pairs = self.reads_pairs
        model.config.text_limit = self.text_limit
        return model if self.yes_or_no is None else as_yes_or_no(model, self.yes_or_no)

    def apply_to(self, config: LTPConfig) -> None:
        """The same for a configuration whose model is not loaded yet."""
        config.reads_pairs, config.text_limit = self.reads_pairs, self.text_limit
        if self.yes_or_no is not None:
            config.problem_type = "single_label_classification"
            config.id2label = dict(enumerate(self.yes_or_no))
            config.label2id = {name: index for index, name in enumerate(self.yes_or_no)}


def head_settings(
    asked: str,
    config: LTPConfig,
    tokenizer: PreTrainedTokenizerBase,
    raw: Mapping[str, Any],
    cross_encoder: Mapping[str, Any] | None,
    *,
    reads_pairs: bool | None = None,
    yes_or_no: bool | None = None,
    is_plain: bool = True,
) -> HeadSettings:
    """From the stored configuration `raw` and sentence-transformers' own file, `cross_encoder`, if any.

    `reads_pairs` and `yes_or_no` are a person's wish, None: as the folder says. A pruned checkpoint of this
    library (not `is_plain`) says itself whether it reads pairs. Raises InputError where several logits are to
    be read as one yes or no.
    """
    activation = _cross_encoder_activation(raw, cross_encoder)
    is_cross_encoder = activation is not None
    guessed = is_cross_encoder or _speaks_of_pairs(config.label_names, raw)
    if yes_or_no and config.num_classes != 1:
        raise InputError(
            f"The model {asked!r} has {config.num_classes} outputs, and only a single one can be read as yes "
            "or no; leave yes_or_no out."
        )
    by_itself = config.num_classes == 1 and (
        config.answer_kind == "labels" or (is_cross_encoder and "sigmoid" in (activation or "").lower())
    )
    is_yes_or_no = by_itself if yes_or_no is None else yes_or_no
    return HeadSettings(
        reads_pairs=(guessed if is_plain else config.reads_pairs) if reads_pairs is None else reads_pairs,
        text_limit=_text_limit(config, tokenizer),
        yes_or_no=yes_or_no_names(config.label_names[0]) if is_yes_or_no else None,
        by_wish=is_yes_or_no and not by_itself,
    )


def _cross_encoder_activation(raw: Mapping[str, Any], own_file: Mapping[str, Any] | None) -> str | None:
    """Name of the function that a sentence-transformers cross-encoder applies to its logit; None: it is none.

    Versions 2 to 6 of sentence-transformers wrote it in three places.
    """
    if own_file is not None and own_file.get("model_type") == "CrossEncoder":
        return str(own_file.get("activation_fn", "Sigmoid"))
    if isinstance(inside := raw.get("sentence_transformers"), Mapping):
        return str(inside.get("activation_fn", "Sigmoid"))
    old = raw.get("sbert_ce_default_activation_function")
    return None if old is None else str(old)


def _speaks_of_pairs(labels: Sequence[str], raw: Mapping[str, Any]) -> bool:
    names = {label.strip().lower().replace(" ", "_").replace("-", "_") for label in labels}
    return bool(names & _PAIR_LABELS) or str(raw.get("finetuning_task", "")).lower() in _PAIR_TASKS


def _text_limit(config: LTPConfig, tokenizer: PreTrainedTokenizerBase) -> int | None:
    """The tokenizer's `model_max_length`, which Hugging Face obeys, where it is the smaller limit."""
    limit = int(min(tokenizer.model_max_length, _NO_LENGTH))
    positions = config.max_position_embeddings - config.position_offset
    return limit if limit < positions else None
