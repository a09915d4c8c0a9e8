"""Configuration of a pruned classifier: the encoder's shape, the thresholds and how scores are divided."""

from dataclasses import field
from typing import Any, Literal

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from ltp_viz.core.answers import AnswerKind

ScoreNormalizer = Literal["reference", "sequence"]

# Published starting value of the last layer's threshold (Kim et al. 2022, section 5.1).
INITIAL_FINAL_THRESHOLD = 0.01
# Stored in every config.json: transformers alone knows no "ltp" and would advise an update. The import also
# registers the class, so that `AutoModelForSequenceClassification` works without code from the folder.
LOAD_WITH = "from ltp_viz import load_model; model = load_model(FOLDER)"


def rising_thresholds(num_layers: int, final: float = INITIAL_FINAL_THRESHOLD) -> list[float]:
    """Thresholds that rise linearly to `final` at the last layer; the usual start of training."""
    return [final * (layer + 1) / num_layers for layer in range(num_layers)]


@strict
class LTPConfig(PreTrainedConfig):
    """Everything besides weights that determines what a pruned classifier computes.

    `thresholds` holds one value per layer; it is the only place where thresholds are stored.
    `score_reference_length` is the constant that scores are divided by under
    `score_normalizer="reference"` (the published code pads to 128 and so divides by 128);
    `"sequence"` divides by the text's own length instead. `protected_positions` are token positions
    that no rule may drop; position 0, which the head reads, is protected always.
    `text_limit` is the longest text in tokens where the tokenizer says less than there are positions.
    `recipe` records how the checkpoint was trained.

    `layout` holds the settings that only one layout has: see `Settings` in its file of `families/`.
    `layer_weights` says for each layer which stored one it uses, where several share one; None: each its own.
    """

    model_type = "ltp"
    keys_to_ignore_at_inference = ["keep_rates"]  # noqa: RUF012  the base class declares it so

    base_family: str = "bert"
    vocab_size: int = 30522
    hidden_size: int = 384
    embedding_size: int | None = None
    num_hidden_layers: int = 6
    num_attention_heads: int = 12
    intermediate_size: int = 1536
    hidden_act: str = "gelu"
    head_activation: str = "tanh"
    max_position_embeddings: int = 512
    position_offset: int = 0
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    initializer_range: float = 0.02
    pad_token_id: int | None = 0
    layer_weights: list[int] | None = None
    layout: dict[str, Any] = field(default_factory=dict)

    thresholds: list[float] = field(default_factory=list)
    thresholds_learned: bool = False
    score_reference_length: int = 128
    score_normalizer: str = "reference"
    protected_positions: list[int] = field(default_factory=lambda: [0])
    reads_pairs: bool = False
    text_limit: int | None = None
    recipe: dict[str, Any] | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        kwargs.pop("load_with", None)  # a note for readers of the file: see `to_diff_dict`
        super().__post_init__(**kwargs)  # type: ignore[no-untyped-call]
        if self.embedding_size is None:
            self.embedding_size = self.hidden_size
        if not self.thresholds:
            self.thresholds = rising_thresholds(self.num_hidden_layers)
        if len(self.thresholds) != self.num_hidden_layers:
            raise ValueError(
                f"thresholds holds {len(self.thresholds)} values but the model has "
                f"{self.num_hidden_layers} layers; give one threshold per layer."
            )
        order = self.layer_order
        if len(order) != self.num_hidden_layers or set(order) != set(range(self.stored_layers)):
            raise ValueError(
                f"layer_weights is {self.layer_weights}; it must name a stored layer, from 0 on and without "
                f"gaps, for each of the {self.num_hidden_layers} layers."
            )
        if self.score_normalizer not in ("reference", "sequence"):
            raise ValueError(
                f"score_normalizer is {self.score_normalizer!r}; it must be 'reference' or 'sequence'."
            )

    def to_diff_dict(self) -> dict[str, Any]:
        """What config.json holds: values that are not defaults, and how to load the model."""
        return {"load_with": LOAD_WITH, **super().to_diff_dict()}

    @property
    def layer_order(self) -> list[int]:
        """Which stored layer runs as each of the L layers, (L,)."""
        return list(range(self.num_hidden_layers)) if self.layer_weights is None else self.layer_weights

    @property
    def stored_layers(self) -> int:
        """How many layers have weights of their own."""
        return max(self.layer_order, default=-1) + 1

    @property
    def max_text_tokens(self) -> int:
        """Longest text that the model reads, in tokens and specials included: as many as have a position
        embedding, or fewer where the tokenizer says so."""
        positions = self.max_position_embeddings - self.position_offset
        return positions if self.text_limit is None else min(positions, self.text_limit)

    @property
    def always_kept(self) -> tuple[int, ...]:
        """`protected_positions` and position 0, ascending; a text may be too short to have all of them.

        The one place that decides what is protected: rules, sweeps, soft masks and forced tokens ask here."""
        return tuple(sorted({0, *self.protected_positions}))

    @property
    def num_classes(self) -> int:
        """C, the width of the logits."""
        return int(self.num_labels or 0)

    @property
    def answer_kind(self) -> AnswerKind:
        """What the logits mean, from Hugging Face's `problem_type`; a single logit is a number."""
        if self.problem_type == "multi_label_classification":
            return "labels"
        return "numbers" if self.problem_type == "regression" or self.num_classes == 1 else "class"

    @property
    def label_names(self) -> tuple[str, ...]:
        """Class names in the order of the logits, (C,)."""
        names: dict[Any, str] = dict(self.id2label or {})
        return tuple(names[index] for index in range(self.num_classes))
