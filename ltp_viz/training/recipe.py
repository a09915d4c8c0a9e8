"""All settings of a training run; printed, and saved beside the run and in the checkpoint's config."""

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
    labels: tuple[str, ...] = _setting(
        (), "which class a label value means; --labels=VALUE=CLASS for one that begins with a minus"
    )
    regression: bool = _setting(False, "labels are numbers (regression)")
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
    max_tokens: int = _setting(0, "truncate texts to this number of tokens; 0: the task's usual")
    max_train_texts: int = _setting(0, "train on this number of texts, chosen by the seed; 0: all")
    shortest_share: float = _setting(1.0, "train on this share of the texts, the shortest")

    dense_epochs: float = _setting(4.0, "epochs of the dense stage")
    soft_epochs: float = _setting(1.0, "epochs of the soft stage, where thresholds are learned")
    hard_epochs: float = _setting(2.0, "epochs of the hard stage, under real drops")
    batch_size: int = _setting(64, "texts per step, over all processes")
    dense_learning_rate: float = _setting(8e-5, "of the weights, dense stage")
    soft_learning_rate: float = _setting(5e-5, "of the weights, soft stage")
    hard_learning_rate: float = _setting(5e-5, "of the weights, hard stage")
    weight_decay: float = _setting(0.01, "of the weights")
    warmup_share: float = _setting(0.06, "of a stage's steps")
    hidden_dropout: float = _setting(0.1, "of embeddings and of each layer's output")
    attention_dropout: float = _setting(0.0, "of attention probabilities; costly on long texts")

    target_flops: float = _setting(0.0, "target share of the dense FLOPs, such as 0.45; 0: lambda is fixed")
    pruning: Pruning = _setting(  # noqa: RUF009
        "learned",
        "rule of the hard stage: learned thresholds; or, for comparison and without a soft stage, manual "
        "(one threshold for all layers) or top_k (a schedule), both at the target FLOPs",
        choices=get_args(Pruning),
    )
    regularizer_weight: float = _setting(0.1, "lambda; with a target it is found automatically")
    threshold_learning_rate: float = _setting(
        0.0, "of the thresholds; 0: derived from the number of steps and the first thresholds"
    )
    distill: bool = _setting(False, "soft and hard stages learn from the dense stage's answers")
    distillation_weight: float = _setting(1.0, "weight of the divergence from the dense stage's answers")
    state_distillation_weight: float = _setting(
        0.0, "with distill: weight of the distance from the dense stage's last state of the first token"
    )
    distill_copies: int = _setting(
        0,
        "with distill: additional copies of each text in soft and hard stages, with some tokens left out and "
        "the dense stage's answer as label; useful for small data",
    )
    soft_mask_fades: SoftMaskFades = _setting(  # noqa: RUF009
        "attention",
        "what a soft mask fades: the token's share in later attention, or (as published) its state",
        choices=get_args(SoftMaskFades),
    )
    score_scale: ScoreScale = _setting(  # noqa: RUF009
        "log",
        "soft masks compare score and threshold by ratio, or (linear, as published) by difference",
        choices=get_args(ScoreScale),
    )
    temperature: float = _setting(
        0.0, "of the soft mask; with annealing, its final value; 0: 0.05 for log, 1e-3 for linear scores"
    )
    temperature_schedule: TemperatureSchedule = _setting(  # noqa: RUF009
        "annealed",
        "annealed: decreases from ten times the temperature",
        choices=get_args(TemperatureSchedule),
    )
    threshold_start: ThresholdStart = _setting(  # noqa: RUF009
        "rising",
        "initial thresholds: rising linearly to the last layer's, or all equal",
        choices=get_args(ThresholdStart),
    )
    final_threshold: float = _setting(
        0.0, "initial threshold of the last layer; 0: 5e-4 for log, 0.01 for linear scores"
    )
    score_normalizer: ScoreNormalizer = _setting(  # noqa: RUF009
        "reference",
        "scores are divided by a constant, or by the text's length",
        choices=get_args(ScoreNormalizer),
    )
    prune_first_layer: bool = _setting(True, "whether the first layer may drop tokens")
    seed: int = _setting(0, "seed of every random choice")

    def __post_init__(self) -> None:
        self._check_kinds()
        self._check_combinations()
        self._check_ranges()

    def _check_kinds(self) -> None:
        for setting in dataclasses.fields(self):
            value, choices = getattr(self, setting.name), setting.metadata["choices"]
            is_long = setting.name == "text_columns" and isinstance(value, tuple) and len(value) > 2
            if is_long or not _is_like(value, setting.default):
                kind = "a list of VALUE=CLASS" if setting.name == "labels" else _KINDS[type(setting.default)]
                raise InputError(f"{setting.name} is {value!r}; it must be {kind}.")
            if choices and value not in choices:
                raise InputError(f"{setting.name} is {value!r}; it must be one of {', '.join(choices)}.")

    def _check_combinations(self) -> None:
        if not self.base:
            raise InputError("No --base is given; name the folder or hub name of a pretrained encoder.")
        if self.labels and self.regression:
            raise InputError("labels name classes, and a regression has none; leave out --labels.")
        _ = self.reading  # refuses unknown settings before anything is computed
        if self.pruning != "learned" and not self.target_flops:
            raise InputError(f"pruning {self.pruning!r} needs a target cost; give --target-flops too.")
        if self.distill_copies and not self.distill:
            raise InputError("distill_copies use the dense stage's answers as labels; give --distill too.")
        if self.state_distillation_weight and not self.distill:
            raise InputError("state_distillation_weight uses the dense stage's states; give --distill too.")
        if self.pruning == "top_k" and not self.prune_first_layer:
            raise InputError(
                "pruning 'top_k' uses a schedule for all layers; leave out --no-prune-first-layer."
            )

    def _check_ranges(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                shown = f"{value}"[:20]  # integers in a file may have any number of digits
                raise InputError(f"{name} is {shown}; it must be from {low:g} to {high:g}.")
        if 0 < self.temperature < _MIN_TEMPERATURE:
            raise InputError(
                f"temperature is {self.temperature:g}; give at least {_MIN_TEMPERATURE:g}, below which "
                "soft masks have no gradient, or 0 for the usual one."
            )

    @property
    def task_settings(self) -> Task:
        """The task as far as the recipe determines it; the data complete it."""
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
        """The task's data on the hub. Raises InputError if it has none."""
        hub = self.task_settings.hub
        if hub is None:
            raise InputError("Task custom has no data of its own; name a folder or hub data set with --data.")
        return [":".join(part for part in hub if part)]

    @property
    def reading(self) -> ReadingOptions:
        """How files are read where that is not detected. Raises InputError on an unknown setting."""
        return ReadingOptions(
            FileFormat(self.delimiter, self.encoding, self.quoting, self.header), labels=self.labels
        )

    @property
    def last_temperature(self) -> float:
        """Final temperature of the soft mask: as set, or the default of the score scale."""
        return self.temperature or {"log": 0.05, "linear": 1e-3}[self.score_scale]

    @property
    def start_threshold(self) -> float:
        """Initial threshold of the last layer: as set, or the default of the score scale; on log scores it
        drops little."""
        return self.final_threshold or {"log": 5e-4, "linear": 0.01}[self.score_scale]

    def threshold_rate(self, steps: int) -> float:
        """Learning rate of the thresholds in a soft stage of `steps` steps.

        Adam moves a threshold by at most the rate per step. The derived rate lets it travel far enough over
        the stage, although gradient noise cancels a part of the way: twenty units on log scores, a hundred
        times its initial value on linear ones (1e-3 for 1,000 steps, the published choice). In a short stage
        the rate is limited to keep noise from dominating.
        """
        if self.threshold_learning_rate:
            return self.threshold_learning_rate
        if self.score_scale == "log":
            return min(0.05, 20 / max(1, steps))
        return self.start_threshold * min(0.2, 100 / max(1, steps))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"text_columns": list(self.text_columns), "labels": list(self.labels)}


_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple: "a list of one or two columns",
}


def _is_like(value: Any, default: Any) -> bool:
    """Whether a value, possibly from a file, has the setting's type."""
    if isinstance(default, tuple):
        return isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


# Allowed range of each setting, including both ends.
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


_MIN_TEMPERATURE = 1e-6


def read_recipe_file(path: Path) -> dict[str, Any]:
    """Settings from a JSON file such as a run's `recipe.json`, which also names its data, as `data`.

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
