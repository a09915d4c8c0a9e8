"""Reach a wanted share of the dense FLOPs without choosing lambda by hand.

While thresholds learn, a controller moves lambda: up while the hard rule would still cost more than wanted,
down when it costs less. While weights learn under real drops, another moves one scale of all thresholds. What
is left after a stage is a matter of one number, too: all thresholds are multiplied by the scale at which the
holdout, run for real, costs what was wanted.
"""

import math
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

from ltp_viz.core.flops import dense_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules import ThresholdRule
from ltp_viz.data.classifier import run_macs
from ltp_viz.data.tokenization import packed_rows
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.tokenized import TokenizedTexts

# Over a whole stage and per unit of error: a share that is 0.2 too high for a tenth of the steps raises
# the setting 2.7 times.
GAIN = 50.0
# Of the running mean over batches, whose own shares scatter with their texts' lengths.
SMOOTHING = 0.95
# That a share is taken from: the mean over so many texts of all lengths no longer moves with the choice.
MOST_TEXTS = 1000


class FlopsController(TrainerCallback, ExportableState):
    """Integral control of the logarithm of one setting on the FLOPs share of each batch.

    Checkpoints hold its state, `transformers` makes it anew from there after a restart, and the trainer tells
    it every batch's share.
    """

    lowest: float
    highest: float
    last_part: float  # of the stage in which the setting still changes, 0 to 1

    def __init__(self, target: float, setting: float, share: float | None = None):
        self.target = target
        self.setting = setting
        self.share = target if share is None else share  # running mean; starts without an error
        self.observed: float | None = None

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold to go on alike."""
        args = {"target": self.target, "setting": self.setting, "share": self.share}
        return {"args": args, "attributes": {}}

    def update(self, share: float, steps: int) -> float:
        """Take in one batch's share of the dense FLOPs in a stage of `steps`; returns the new setting."""
        self.share = SMOOTHING * self.share + (1 - SMOOTHING) * share
        setting = self.setting * math.exp(GAIN / steps * (self.share - self.target))
        self.setting = min(self.highest, max(self.lowest, setting))
        return self.setting

    def apply(self, model: Any) -> None:
        """Hand the setting to the model."""
        raise NotImplementedError

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Hand the setting to the model, after a restart too."""
        self.apply(_unwrapped(kwargs["model"]))

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """One step of control."""
        if self.observed is not None and state.global_step <= self.last_part * state.max_steps:
            self.update(self.observed, state.max_steps)
            self.apply(_unwrapped(kwargs["model"]))


class LambdaController(FlopsController):
    """Soft stage: lambda rises while the hard rule would cost more than wanted."""

    lowest, highest, last_part = 1e-4, 1.0, 1.0

    def apply(self, model: SoftPruningModel) -> None:
        """Set lambda."""
        model.regularizer_weight = self.setting


class ScaleController(FlopsController):
    """Hard stage: as weights learn, scores shift; one scale of all thresholds holds the cost where it was.

    Weights have the last fifth of the stage to settle under thresholds that no longer move.
    """

    lowest, highest, last_part = 0.1, 10.0, 0.8

    def __init__(
        self, target: float, thresholds: list[float], setting: float = 1.0, share: float | None = None
    ):
        super().__init__(target, setting, share)
        self.thresholds = thresholds  # that the stage began with

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold to go on alike."""
        state = super().state()
        state["args"]["thresholds"] = self.thresholds
        return state

    def apply(self, model: LTPForSequenceClassification) -> None:
        """Scale the thresholds."""
        model.config.thresholds = [self.setting * threshold for threshold in self.thresholds]


def _unwrapped(model: Any) -> Any:
    return getattr(model, "module", model)  # torch's wrapper for several processes


@torch.inference_mode()
def hard_flops_share(
    model: LTPForSequenceClassification, data: TokenizedTexts, scale: float, batch_size: int = 64
) -> float:
    """Share of the dense FLOPs that a real pruned run over the data needs, thresholds times `scale`."""
    model.eval()
    rule = ThresholdRule(model.effective_thresholds(scale))
    pruned = dense = 0
    for rows in data.batches_by_length(batch_size, MOST_TEXTS):
        run = model.run(*packed_rows(rows, model.config, model.device), rule)
        pruned += int(run_macs(run, model.config).sum())
        dense += sum(dense_macs(len(row["input_ids"]), model.config) for row in rows)
    return pruned / dense


def scale_for_target(
    model: LTPForSequenceClassification, data: TokenizedTexts, target: float, tolerance: float = 0.003
) -> tuple[float, float]:
    """The scale of all thresholds at which the data cost `target`, and the share reached there.

    Bisects between x0 and x16: over many texts the share falls with the scale, even where single tokens come
    back. Where x16 still costs more (thresholds of zero, say), returns that end.
    """
    low, high = 0.0, 16.0
    scale, share = 1.0, hard_flops_share(model, data, 1.0)
    for _ in range(16):
        if abs(share - target) <= tolerance:
            break
        low, high = (scale, high) if share > target else (low, scale)
        scale = math.sqrt(low * high) if low > 0 else high / 2
        share = hard_flops_share(model, data, scale)
    return scale, share
