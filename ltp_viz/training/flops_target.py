"""Reach a wanted share of the dense FLOPs without choosing lambda by hand.

While thresholds learn, a controller moves lambda: up while the hard rule would still cost more than wanted,
down when it costs less. What is left after a stage is a matter of one number: all thresholds are multiplied
by the scale at which the holdout, run for real, costs what was wanted.
"""

import math
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

from ltp_viz.core.flops import dense_macs, layer_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules import ThresholdRule
from ltp_viz.data.tokenization import packed_rows
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.tokenized import TokenizedTexts

# Over a whole stage and per unit of error: a share that is 0.2 too high for a tenth of the steps raises
# lambda 2.7 times.
GAIN = 50.0
# Lambda's range: outside it either the task or the regulariser is all there is.
LOWEST, HIGHEST = 1e-4, 1.0
# Of the running mean over batches, whose own shares scatter with their texts' lengths.
SMOOTHING = 0.95
# That a share is taken from: the mean over so many texts of all lengths no longer moves with the choice.
MOST_TEXTS = 1000


class FlopsController(TrainerCallback, ExportableState):
    """Integral control of `log(lambda)` on the FLOPs share of each batch. Its state lives in checkpoints."""

    def __init__(self, target: float, regularizer_weight: float, share: float | None = None):
        self.target = target
        self.regularizer_weight = regularizer_weight
        self.share = target if share is None else share  # running mean; starts without an error

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold to go on alike."""
        return {
            "args": {
                "target": self.target,
                "regularizer_weight": self.regularizer_weight,
                "share": self.share,
            },
            "attributes": {},
        }

    def update(self, share: float, steps: int) -> float:
        """Take in one batch's share of the dense FLOPs in a stage of `steps`; returns the new lambda."""
        self.share = SMOOTHING * self.share + (1 - SMOOTHING) * share
        weight = self.regularizer_weight * math.exp(GAIN / steps * (self.share - self.target))
        self.regularizer_weight = min(HIGHEST, max(LOWEST, weight))
        return self.regularizer_weight

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Hand lambda to the model, after a restart too."""
        _soft(kwargs["model"]).regularizer_weight = self.regularizer_weight

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """One step of control."""
        model = _soft(kwargs["model"])
        if model.flops_share is not None:
            model.regularizer_weight = self.update(model.flops_share, state.max_steps)


def _soft(model: Any) -> SoftPruningModel:
    model = getattr(model, "module", model)  # torch's wrapper for several processes
    assert isinstance(model, SoftPruningModel)
    return model


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
        for step in run.steps:
            pairs = zip(step.attended.lengths, step.survivors.lengths, strict=True)
            pruned += sum(sum(layer_macs(entered, left, model.config)) for entered, left in pairs)
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
