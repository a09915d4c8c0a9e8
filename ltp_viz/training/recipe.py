"""All settings of a training run; printed, saved beside the run and in the checkpoint's config."""

import dataclasses
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ltp_viz.core.config import ScoreNormalizer
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.reading import DELIMITERS, ENCODINGS, FileFormat, Header, Quoting, ReadingOptions
from ltp_viz.data.tables.tasks import TASKS, Task
from ltp_viz.training.soft_pruning import ScoreScale, SoftMaskFades

TemperatureSchedule = Literal["constant", "annealed"]
ThresholdStart = Literal["rising", "flat"]
Pruning = Literal["learned", "manual", "top_k"]


def _setting(default: Any, help: str, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"help": help, "choices": choices})


@dataclass(frozen=True)
class Recipe:
    """Settings of the three stages. Published ranges: Kim et al. 2022, section 5.1."""

    task: str = _setting("custom", "known task, or custom", choices=tuple(TASKS))
    base: str = _setting("", "pretrained encoder: folder or hub name (required)")

    text_columns: tuple[str, ...] = _setting((), "one column of texts, or two for pairs")
    label_column: str = _setting("", "column of the labels")
    regression: bool = _setting(False, "labels are numbers to predict")
    delimiter: str = _setting("", f"between cells: {', '.join(DELIMITERS.values())}; empty: detected")
    encoding: str = _setting("", f"of text files: {', '.join(ENCODINGS)}; empty: detected")
    quoting: Quoting = _setting(  # noqa: RUF009
        "auto",
        "text: quotes are part of the texts, as in GLUE files; standard: cells may stand in quotes",
        choices=get_args(Quoting),
    )
    header: Header = _setting(  # noqa: RUF009
        "auto", "whether the first line names the columns", choices=get_args(Header)
    )
    max_tokens: int = _setting(0, "cut texts to so many tokens; 0: the task's usual")
    max_train_texts: int = _setting(0, "train on so many texts, chosen by the seed; 0: all")
    shortest_share: float = _setting(1.0, "train on this share of the texts, the shortest ones")

    dense_epochs: float = _setting(4.0, "epochs of the dense stage")
    soft_epochs: float = _setting(1.0, "epochs of the soft stage, where thresholds learn")
    hard_epochs: float = _setting(2.0, "epochs of the hard stage, under real drops")
    batch_size: int = _setting(64, "texts per step, over all processes")
    dense_learning_rate: float = _setting(8e-5, "of the weights, dense stage")
    soft_learning_rate: float = _setting(5e-5, "of the weights, soft stage")
    hard_learning_rate: float = _setting(5e-5, "of the weights, hard stage")
    weight_decay: float = _setting(0.01, "of the weights")
    warmup_share: float = _setting(0.06, "of a stage's steps")
    hidden_dropout: float = _setting(0.1, "of embeddings and of what layers add")
    attention_dropout: float = _setting(0.0, "of attention probabilities; costly on long texts")

    target_flops: float = _setting(
        0.0, "share of the dense FLOPs to aim at, such as 0.45; 0: lambda stays fixed"
    )
    pruning: Pruning = _setting(  # noqa: RUF009
        "learned",
        "what the hard stage prunes by: thresholds that learned; to compare with them and without a soft "
        "stage, manual (one threshold for all layers) or top_k (a schedule), both at the target's FLOPs",
        choices=get_args(Pruning),
    )
    regularizer_weight: float = _setting(0.1, "lambda; a target sets its own")
    threshold_learning_rate: float = _setting(
        0.0, "of the thresholds; 0: found from the number of steps and the thresholds' start"
    )
    distill: bool = _setting(False, "soft and hard stages learn from the dense stage's answers")
    distillation_weight: float = _setting(1.0, "weight of the divergence from the dense stage's answers")
    state_distillation_weight: float = _setting(
        0.0, "with distill: weight of the distance from the dense stage's last state of the first token"
    )
    distill_copies: int = _setting(
        0,
        "with distill: so many more copies of each text in soft and hard stages, some tokens left out, with "
        "the dense stage's answer as label; good for small data",
    )
    soft_mask_fades: SoftMaskFades = _setting(  # noqa: RUF009
        "attention",
        "what a soft mask fades: the token's part in later attention, or (as published) its state",
        choices=get_args(SoftMaskFades),
    )
    score_scale: ScoreScale = _setting(  # noqa: RUF009
        "log",
        "soft masks compare score and threshold by ratio, or (linear, as published) by difference",
        choices=get_args(ScoreScale),
    )
    temperature: float = _setting(
        0.0, "of the soft mask; annealed, where it ends; 0: 0.05 for log, 1e-3 for linear scores"
    )
    temperature_schedule: TemperatureSchedule = _setting(  # noqa: RUF009
        "annealed", "annealed: from ten times the temperature down", choices=get_args(TemperatureSchedule)
    )
    threshold_start: ThresholdStart = _setting(  # noqa: RUF009
        "rising",
        "first thresholds: linearly up to the last layer's, or all alike",
        choices=get_args(ThresholdStart),
    )
    final_threshold: float = _setting(
        0.0, "start of the last layer's threshold; 0: 5e-4 for log, 0.01 for linear scores"
    )
    score_normalizer: ScoreNormalizer = _setting(  # noqa: RUF009
        "reference",
        "scores are divided by a constant, or by the text's length",
        choices=get_args(ScoreNormalizer),
    )
    prune_first_layer: bool = _setting(True, "whether the first layer may drop tokens")
    seed: int = _setting(0, "of every random choice")

    def __post_init__(self) -> None:
        for setting in dataclasses.fields(self):
            value, choices = getattr(self, setting.name), setting.metadata["choices"]
            if not _is_like(value, setting.default):
                kind = _KINDS[type(setting.default)]
                raise InputError(f"{setting.name} is {value!r}; it must be {kind}.")
            if choices and value not in choices:
                raise InputError(f"{setting.name} is {value!r}; it must be one of {', '.join(choices)}.")
        if not self.base:
            raise InputError("No --base is given; name the folder or hub name of a pretrained encoder.")
        _ = self.reading  # refuses unknown settings before anything is computed
        if self.pruning != "learned" and not self.target_flops:
            raise InputError(f"pruning {self.pruning!r} is set by its cost; give --target-flops too.")
        if self.distill_copies and not self.distill:
            raise InputError("distill_copies have the dense stage's answers as labels; give --distill too.")
        if self.state_distillation_weight and not self.distill:
            raise InputError("state_distillation_weight draws on the dense stage; give --distill too.")
        if self.pruning == "top_k" and not self.prune_first_layer:
            raise InputError(
                "pruning 'top_k' has a schedule for all layers; leave out --no-prune-first-layer."
            )
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                shown = f"{value}"[:20]  # whole numbers in a file may have any length
                raise InputError(f"{name} is {shown}; it must be from {low:g} to {high:g}.")
        if 0 < self.temperature < _LEAST_TEMPERATURE:
            raise InputError(
                f"temperature is {self.temperature:g}; give at least {_LEAST_TEMPERATURE:g}, below which "
                "soft masks have no gradient, or 0 for the usual one."
            )

    @property
    def task_settings(self) -> Task:
        """The task as far as the recipe fixes it; the data fill in the rest."""
        task = TASKS[self.task]
        changes: dict[str, Any] = {}
        if self.text_columns:
            changes["text_columns"] = self.text_columns
        if self.label_column:
            changes["label_column"] = self.label_column
        if self.regression and not task.is_regression:
            changes |= {"is_regression": True, "metric": "pearson", "label_names": ()}
        if self.max_tokens:
            changes["max_tokens"] = self.max_tokens
        return dataclasses.replace(task, **changes)

    def hub_sources(self) -> list[str]:
        """The data that the task has on the hub. Raises InputError where it has none."""
        hub = self.task_settings.hub
        if hub is None:
            raise InputError("Task custom has no data of its own; name a folder or hub data set with --data.")
        return [":".join(part for part in hub if part)]

    @property
    def reading(self) -> ReadingOptions:
        """How files are read where that is not detected. Raises InputError on an unknown setting."""
        return ReadingOptions(FileFormat(self.delimiter, self.encoding, self.quoting, self.header))

    @property
    def last_temperature(self) -> float:
        """Of the soft mask: the one given, or the usual one of the scale."""
        return self.temperature or {"log": 0.05, "linear": 1e-3}[self.score_scale]

    @property
    def start_threshold(self) -> float:
        """Of the last layer: the one given, or the usual one of the scale; on log scores it drops little."""
        return self.final_threshold or {"log": 5e-4, "linear": 0.01}[self.score_scale]

    def threshold_rate(self, steps: int) -> float:
        """Learning rate of the thresholds in a soft stage of so many steps.

        Adam moves a threshold by at most the rate per step. Found, the rate lets it travel far enough over
        the stage, of which noise in its gradient leaves a part only: on log scores twenty units, on linear
        ones a hundred times its start (1e-3 for 1,000 steps, the published choice). In a short stage it is
        held to what is not yet noise.
        """
        if self.threshold_learning_rate:
            return self.threshold_learning_rate
        if self.score_scale == "log":
            return min(0.05, 20 / max(1, steps))
        return self.start_threshold * min(0.2, 100 / max(1, steps))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"text_columns": list(self.text_columns)}


_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple: "a list of one or two columns",
}


def _is_like(value: Any, default: Any) -> bool:
    """Whether a value, perhaps from a file, is of the setting's kind."""
    if isinstance(default, tuple):
        return isinstance(value, tuple) and len(value) <= 2 and all(isinstance(part, str) for part in value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


# What a setting may be, ends included.
_RANGES = (
    ("seed", 0, 2**32 - 1),
    ("weight_decay", 0, 1),
    ("warmup_share", 0, 1),
    ("target_flops", 0, 1),
    ("batch_size", 1, 4096),
    ("max_tokens", 0, 1_000_000),
    ("max_train_texts", 0, 1_000_000_000),
    ("shortest_share", 0.01, 1),
    ("dense_epochs", 0.01, 1000),
    ("soft_epochs", 0.01, 1000),
    ("hard_epochs", 0.01, 1000),
    ("dense_learning_rate", 0, 1),
    ("soft_learning_rate", 0, 1),
    ("hard_learning_rate", 0, 1),
    ("threshold_learning_rate", 0, 1),
    ("final_threshold", 0, 1),
    ("temperature", 0, 1e3),
    ("hidden_dropout", 0, 0.9),
    ("attention_dropout", 0, 0.9),
    ("distillation_weight", 0, 1000),
    ("state_distillation_weight", 0, 1000),
    ("distill_copies", 0, 100),
    ("regularizer_weight", 0, 1000),
)


_LEAST_TEMPERATURE = 1e-6


def read_recipe_file(path: Path) -> dict[str, Any]:
    """Settings from a JSON file such as a run's `recipe.json`, which names its data too, as `data`.

    Raises InputError on unknown settings.
    """
    try:
        settings = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a JSON file of settings: {error}") from error
    known = {"data", *(setting.name for setting in dataclasses.fields(Recipe))}
    unknown = sorted(set(settings) - known) if isinstance(settings, dict) else ["(no object)"]
    if unknown:
        raise InputError(
            f"{path} has the unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}."
        )
    data = settings.get("data", ["a"])
    if not (isinstance(data, list) and data and all(isinstance(source, str) for source in data)):
        raise InputError(f"data is {data!r} in {path}; it must be a list of folders or hub names.")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
