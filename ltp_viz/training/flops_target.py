"""Reach a target share of the dense FLOPs without choosing lambda by hand.

One controller adjusts lambda while thresholds are learned: up while the hard rule would cost more than the
target, down when it costs less. A second one rescales the thresholds during fine-tuning under real drops.
After a stage, a final rescaling of all thresholds reaches the target in a real run on the holdout.
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

# Of the running means over batches, whose costs vary with the lengths of their texts.
SMOOTHING = 0.9
# Upper end of the search for a scale; far above what trained thresholds need.
USUAL_SCALE = 64.0
# Sample size for the FLOPs estimate; larger samples give the same mean.
MAX_TEXTS = 1000
_BATCH_SIZE = 64  # of a forward-only run
# Largest distance from the target share at the end of a search.
TOLERANCE = 0.003
_MAX_RUNS = 17  # of the holdout, per search
_FINEST_STRENGTH = 1e-3


class FlopsController(TrainerCallback, ExportableState):
    """Keeps the FLOPs share of the batches at a target through one setting of the model.

    Batches are weighted by their cost: the overall share is not the mean of the batches' shares. Checkpoints
    store the controller's state, from which `transformers` restores it after a restart. The trainer passes it
    the MACs of every batch.
    """

    lowest: float
    highest: float
    last_part: float  # share of the stage in which the setting changes, 0 to 1

    def __init__(self, target: float, setting: float, macs: Sequence[float] | None = None):
        self.target = target
        self.setting = setting
        self.macs = macs  # running means, pruned and dense; None before the first batch
        self.observed: tuple[float, float] | None = None

    def state(self) -> dict[str, Any]:
        """The state that a checkpoint must store for an unchanged continuation."""
        args = {"target": self.target, "setting": self.setting, "macs": self.macs}
        return {"args": args, "attributes": {}}

    def update(self, pruned: float, dense: float, step: int, steps: int) -> float:
        """Include the MACs of batch `step` of a stage of `steps`; returns the new setting."""
        before = self.macs or self._start(pruned, dense)
        mean_pruned, mean_dense = self.macs = [
            SMOOTHING * old + (1 - SMOOTHING) * new for old, new in zip(before, (pruned, dense), strict=True)
        ]
        following = self._next(mean_pruned / mean_dense, step, steps)
        self.setting = min(self.highest, max(self.lowest, following))
        return self.setting

    def _start(self, pruned: float, dense: float) -> Sequence[float]:
        """Initial means, given the MACs of the first batch."""
        return pruned, dense

    def _next(self, share: float, step: int, steps: int) -> float:
        """The setting for a running mean."""
        raise NotImplementedError

    def apply(self, model: Any) -> None:
        """Set the model's setting."""
        raise NotImplementedError

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Apply the setting, also after a restart."""
        self.apply(_unwrapped(kwargs["model"]))

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Update the setting with the batch of this step."""
        if self.observed is not None and state.global_step <= self.last_part * state.max_steps:
            self.update(*self.observed, state.global_step, state.max_steps)
            self.apply(_unwrapped(kwargs["model"]))


class LambdaController(FlopsController):
    """Soft stage: lambda follows the distance to a goal that decreases evenly from the cost of the first
    batch.

    The gradual goal keeps thresholds from changing faster than weights adapt. The control is proportional
    plus integral; a negative lambda rewards kept tokens if too many are dropped.
    """

    lowest, highest, last_part = -1.0, 5.0, 1.0
    goal_reached = 0.6  # of the stage
    proportional = 3.0  # lambda per unit of distance
    integral_gain = 20.0  # lambda per unit of distance over the whole stage

    def __init__(
        self,
        target: float,
        setting: float = 0.0,
        macs: Sequence[float] | None = None,
        first: float | None = None,
        integral: float = 0.0,
    ):
        super().__init__(target, setting, macs)
        self.first = first  # share at the start of the stage
        self.integral = integral

    def state(self) -> dict[str, Any]:
        """The state that a checkpoint must store for an unchanged continuation."""
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
    """Hard stage: scores shift as weights learn; one scale of all thresholds keeps the cost constant.

    In the last fifth of the stage thresholds are fixed, so that weights can settle.
    """

    lowest, highest, last_part = 0.1, 10.0, 0.8
    # Per unit of distance over a whole stage: a share that is 0.2 too high for a tenth of the steps
    # multiplies the scale by 2.7.
    gain = 50.0

    def __init__(
        self,
        target: float,
        thresholds: list[float],
        setting: float = 1.0,
        macs: Sequence[float] | None = None,
    ):
        super().__init__(target, setting, macs)
        self.thresholds = thresholds  # at the start of the stage

    def state(self) -> dict[str, Any]:
        """The state that a checkpoint must store for an unchanged continuation."""
        state = super().state()
        state["args"]["thresholds"] = self.thresholds
        return state

    def _start(self, pruned: float, dense: float) -> Sequence[float]:
        return self.target * dense, dense  # the stage starts with thresholds scaled to the target

    def _next(self, share: float, step: int, steps: int) -> float:
        return self.setting * math.exp(self.gain / steps * (share - self.target))

    def apply(self, model: LTPForSequenceClassification) -> None:
        """Scale the thresholds."""
        model.config.thresholds = [self.setting * threshold for threshold in self.thresholds]


def _unwrapped(model: Any) -> Any:
    return getattr(model, "module", model)  # torch's wrapper for multiple processes


@torch.inference_mode()
def hard_flops_share(model: LTPForSequenceClassification, data: TokenizedTexts, rule: ReductionRule) -> float:
    """Share of the dense FLOPs of a real run over the data under a rule."""
    model.eval()
    pruned = dense = 0
    for rows in data.batches_by_length(_BATCH_SIZE, MAX_TEXTS):
        run = model.run(*packed_rows(rows, model.config, model.device), rule)
        pruned += int(run_macs(run, model.config).sum())
        dense += sum(dense_macs(len(row["input_ids"]), model.config) for row in rows)
    return pruned / dense


def scale_for_target(
    model: LTPForSequenceClassification, data: TokenizedTexts, target: float, tolerance: float = TOLERANCE
) -> tuple[float, float]:
    """The scale of all thresholds at which the data cost `target`, and the share reached.

    Over many texts the share decreases as the scale rises, even if single tokens are kept again. Returns
    scale 1 if even the largest scale costs more, which means that the thresholds of the first layers are
    zero.
    """

    def share_at(scale: float) -> float:
        return hard_flops_share(model, data, ThresholdRule(model.effective_thresholds(scale)))

    high, share = USUAL_SCALE, share_at(1.0)
    if share > target + tolerance and share_at(high) > target:
        # No score is above 1, so every layer with a threshold above 0 drops all but the first token there.
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
        most=_MAX_RUNS,
        known={1.0: share},
    )
    return found.setting, found.cost


def top_k_for_target(
    model: LTPForSequenceClassification, data: TokenizedTexts, target: float
) -> tuple[TopKRule, float]:
    """Top-k with the rates at which the data cost `target`, and the share reached, which is approximate
    because tokens are removed whole."""

    def rule_at(strength: float) -> TopKRule:
        return TopKRule(rates_at(strength, model.config.num_hidden_layers))

    def share_at(strength: float) -> float:
        return hard_flops_share(model, data, rule_at(strength))

    found = search_setting(share_at, target, tolerance=TOLERANCE, finest=_FINEST_STRENGTH)
    return rule_at(found.setting), found.cost
