"""transformers' Trainer with thresholds in a parameter group of their own and a log of what they do."""

import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.training.soft_pruning import SoftPruningModel


class PruningTrainer(Trainer):
    """Trains an `LTPForSequenceClassification` or a `SoftPruningModel`."""

    def __init__(
        self,
        *args: Any,
        threshold_learning_rate: float = 0.0,
        distillation_weight: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.threshold_learning_rate = threshold_learning_rate
        self.distillation_weight = distillation_weight
        self._keep_rates: list[torch.Tensor] = []

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Thresholds learn faster than weights and without weight decay."""
        if self.optimizer is None:
            assert self.model is not None
            decayed = set(self.get_decay_parameter_names(self.model))
            weights = [(n, p) for n, p in self.model.named_parameters() if n != "thresholds"]
            groups: list[dict[str, Any]] = [
                {"params": [p for n, p in weights if n in decayed], "weight_decay": self.args.weight_decay},
                {"params": [p for n, p in weights if n not in decayed], "weight_decay": 0.0},
            ]
            thresholds = [p for n, p in self.model.named_parameters() if n == "thresholds"]
            if thresholds:
                groups.append({"params": thresholds, "weight_decay": 0.0, "lr": self.threshold_learning_rate})
            self.optimizer = torch.optim.AdamW(groups, lr=self.args.learning_rate, fused=True)
        return self.optimizer

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The model's own loss, plus the divergence from the dense teacher where rows carry its logits.

        Keep rates are gathered on the way for the log.
        """
        teacher_logits = inputs.pop("teacher_logits", None)
        outputs = model(**inputs)
        loss = outputs["loss"]
        if teacher_logits is not None:
            student, teacher = outputs["logits"].float(), teacher_logits.float()
            divergence = F.kl_div(
                student.log_softmax(-1), teacher.log_softmax(-1), reduction="batchmean", log_target=True
            )
            loss = loss + self.distillation_weight * divergence
        if model.training:
            self._keep_rates.append(outputs["keep_rates"].detach())
        return (loss, outputs) if return_outputs else loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add thresholds and the mean keep rates since the last log."""
        if "loss" in logs and self._keep_rates:
            logs["keep_rates"] = torch.stack(self._keep_rates).mean(0).tolist()  # type: ignore[assignment]
            self._keep_rates.clear()
        model = self.accelerator.unwrap_model(self.model)
        if isinstance(model, SoftPruningModel):
            logs["thresholds"] = model.thresholds.tolist()  # type: ignore[assignment]
        elif isinstance(model, LTPForSequenceClassification):
            logs["thresholds"] = list(model.config.thresholds)  # type: ignore[assignment]
        super().log(logs, start_time)


class JsonLinesLog(TrainerCallback):
    """Appends every log entry to a JSON-lines file, with the name of its stage."""

    def __init__(self, path: Path, stage: str):
        self.path = path
        self.stage = stage

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Write one line."""
        if state.is_world_process_zero and logs:
            entry = {"stage": self.stage, "step": state.global_step, **logs}
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")
