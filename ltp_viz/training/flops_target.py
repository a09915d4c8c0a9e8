"""Reach a wanted share of the dense FLOPs without choosing lambda by hand.

While thresholds learn, a controller moves lambda: up while the hard rule would still cost more than wanted,
down when it costs less. While weights learn under real drops, another moves one scale of all thresholds. What
is left after a stage is a matter of one number, too: all thresholds are multiplied by the scale at which the
holdout, run for real, costs what was wanted.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.schedules import rates_at
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.core.search import geometric_middle, search_setting
from ltp_viz.data.text.tokenization import packed_rows
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.tokenized import TokenizedTexts

# Of the running means over batches, whose own costs scatter with their texts' lengths.
SMOOTHING = 0.9
# Where a search for a scale begins to end; far above what trained thresholds need.
USUAL_SCALE = 64.0
# That a share is taken from: the mean over so many texts of all lengths no longer moves with the choice.
MOST_TEXTS = 1000
_BATCH_SIZE = 64  # of a run that learns nothing
# How near the wanted share a search has to come.
TOLERANCE = 0.003
_MOST_RUNS = 17  # of the holdout, per search for a scale
_FINEST_STRENGTH = 1e-3


class FlopsController(TrainerCallback, ExportableState):
    """Holds the FLOPs share of the batches at a target by one setting of the model.

    Batches weigh what they cost: the share of all is not the mean of the batches' shares. Checkpoints hold
    the controller's state, `transformers` makes it anew from there after a restart, and the trainer tells it
    every batch's MACs.
    """

    lowest: float
    highest: float
    last_part: float  # of the stage in which the setting still changes, 0 to 1

    def __init__(self, target: float, setting: float, macs: Sequence[float] | None = None):
        self.target = target
        self.setting = setting
        self.macs = macs  # running means, pruned and dense; None before the first batch
        self.observed: tuple[float, float] | None = None

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold to go on alike."""
        args = {"target": self.target, "setting": self.setting, "macs": self.macs}
        return {"args": args, "attributes": {}}

    def update(self, pruned: float, dense: float, step: int, steps: int) -> float:
        """Take in the MACs of batch `step` of a stage of `steps`; returns the new setting."""
        before = self.macs or self._start(pruned, dense)
        mean_pruned, mean_dense = self.macs = [
            SMOOTHING * old + (1 - SMOOTHING) * new for old, new in zip(before, (pruned, dense), strict=True)
        ]
        following = self._next(mean_pruned / mean_dense, step, steps)
        self.setting = min(self.highest, max(self.lowest, following))
        return self.setting

    def _start(self, pruned: float, dense: float) -> Sequence[float]:
        """Means before the first batch, whose MACs are given."""
        return pruned, dense

    def _next(self, share: float, step: int, steps: int) -> float:
        """The setting that answers a running mean."""
        raise NotImplementedError

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
            self.update(*self.observed, state.global_step, state.max_steps)
            self.apply(_unwrapped(kwargs["model"]))


class LambdaController(FlopsController):
    """Soft stage: lambda answers the distance to a goal that falls evenly from what the first batch cost.

    So thresholds never run ahead of the weights. The answer is proportional plus integral; below zero, lambda
    pays for tokens where too many are dropped.
    """

    lowest, highest, last_part = -1.0, 5.0, 1.0
    goal_reached = 0.6  # of the stage
    proportional = 3.0  # lambda per unit of distance
    integral_gain = 20.0  # the same, kept up over the whole stage

    def __init__(
        self,
        target: float,
        setting: float = 0.0,
        macs: Sequence[float] | None = None,
        first: float | None = None,
        integral: float = 0.0,
    ):
        super().__init__(target, setting, macs)
        self.first = first  # share that the stage began with
        self.integral = integral

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold to go on alike."""
        state = super().state()
        state["args"] |= {"first": self.first, "integral": self.integral}
        return state

    def _next(self, share: float, step: int, steps: int) -> float:
        self.first = share if self.first is None else self.first
        goal = self.first + (self.target - self.first) * min(1.0, step / (self.goal_reached * steps))
        self.integral += self.integral_gain / steps * (share - goal)
        self.integral = min(self.highest, max(self.lowest, self.integral))
        return self.integral + self.proportional * (share - goal)

    def apply(self, model: SoftPruningModel) -> None:
        """Set lambda."""
        model.regularizer_weight = self.setting


class ScaleController(FlopsController):
    """Hard stage: as weights learn, scores shift; one scale of all thresholds holds the cost where it was.

    Weights have the last fifth of the stage to settle under thresholds that no longer move.
    """

    lowest, highest, last_part = 0.1, 10.0, 0.8
    # Over a whole stage and per unit of distance: a share that is 0.2 too high for a tenth of the steps
    # raises the scale 2.7 times.
    gain = 50.0

    def __init__(
        self,
        target: float,
        thresholds: list[float],
        setting: float = 1.0,
        macs: Sequence[float] | None = None,
    ):
        super().__init__(target, setting, macs)
        self.thresholds = thresholds  # that the stage began with

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold to go on alike."""
        state = super().state()
        state["args"]["thresholds"] = self.thresholds
        return state

    def _start(self, pruned: float, dense: float) -> Sequence[float]:
        return self.target * dense, dense  # the stage begins with thresholds that were scaled to the target

    def _next(self, share: float, step: int, steps: int) -> float:
        return self.setting * math.exp(self.gain / steps * (share - self.target))

    def apply(self, model: LTPForSequenceClassification) -> None:
        """Scale the thresholds."""
        model.config.thresholds = [self.setting * threshold for threshold in self.thresholds]


def _unwrapped(model: Any) -> Any:
    return getattr(model, "module", model)  # torch's wrapper for several processes


@torch.inference_mode()
def hard_flops_share(model: LTPForSequenceClassification, data: TokenizedTexts, rule: ReductionRule) -> float:
    """Share of the dense FLOPs that a real run over the data under a rule needs."""
    model.eval()
    pruned = dense = 0
    for rows in data.batches_by_length(_BATCH_SIZE, MOST_TEXTS):
        run = model.run(*packed_rows(rows, model.config, model.device), rule)
        pruned += int(run_macs(run, model.config).sum())
        dense += sum(dense_macs(len(row["input_ids"]), model.config) for row in rows)
    return pruned / dense


def scale_for_target(
    model: LTPForSequenceClassification, data: TokenizedTexts, target: float, tolerance: float = TOLERANCE
) -> tuple[float, float]:
    """The scale of all thresholds at which the data cost `target`, and the share reached there.

    Over many texts the share falls with the scale, even where single tokens come back. Thresholds are left
    alone, x1, where even the largest scale costs more: those of the first layers are zero then.
    """

    def share_at(scale: float) -> float:
        return hard_flops_share(model, data, ThresholdRule(model.effective_thresholds(scale)))

    high, share = USUAL_SCALE, share_at(1.0)
    if share > target + tolerance and share_at(high) > target:
        # No score is above 1: there, every layer that has a threshold drops all but the first token.
        high = max(high, *(1 / theta for theta in model.config.thresholds if theta > 0), 0.0)
        if share_at(high) > target:
            return 1.0, share
    found = search_setting(
        share_at,
        target,
        high=high,
        start=1.0,
        middle=geometric_middle,
        tolerance=tolerance,
        most=_MOST_RUNS,
        known={1.0: share},
    )
    return found.setting, found.cost


def top_k_for_target(
    model: LTPForSequenceClassification, data: TokenizedTexts, target: float
) -> tuple[TopKRule, float]:
    """Top-k with the rates at which the data cost `target`, and the share reached there; as near as it comes
    where texts lose whole tokens."""

    def rule_at(strength: float) -> TopKRule:
        return TopKRule(rates_at(strength, model.config.num_hidden_layers))

    def share_at(strength: float) -> float:
        return hard_flops_share(model, data, rule_at(strength))

    found = search_setting(share_at, target, tolerance=TOLERANCE, finest=_FINEST_STRENGTH)
    return rule_at(found.setting), found.cost
