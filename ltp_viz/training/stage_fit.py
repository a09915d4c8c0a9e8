"""Fits one stage with transformers' `Trainer`: what it logs, how often it saves, and how it resumes after it
was killed, with the same result as an uninterrupted run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from safetensors.torch import load_model
from torch import nn
from transformers import (
    DataCollatorWithPadding,
    PreTrainedTokenizerBase,
    PrinterCallback,
    ProgressCallback,
    TrainerCallback,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_utils import EvalPrediction

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.metrics import task_metrics
from ltp_viz.training.callbacks import (
    JsonLinesLog,
    MarkComplete,
    StopAtNaN,
    TensorBoardLog,
    TerminalProgress,
    last_complete_checkpoint,
    remove_incomplete_checkpoints,
)
from ltp_viz.training.recipe import Recipe
from ltp_viz.training.tokenized import TokenizedTexts
from ltp_viz.training.trainer import PruningTrainer

# Maximum number of steps that a killed run repeats.
_MAX_STEPS_TO_REDO = 200


@dataclass(frozen=True)
class StageFit:
    """Settings that all stages of a run share; called once for each stage."""

    recipe: Recipe
    output: Path
    tokenizer: PreTrainedTokenizerBase
    train_set: TokenizedTexts
    holdout_set: TokenizedTexts
    processes: PartialState

    def __call__(
        self,
        stage: str,
        model: nn.Module,
        epochs: float,
        learning_rate: float,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        """Train `model` in place, from the stage's last complete checkpoint if there is one."""
        checkpoints = self.output / "checkpoints" / stage
        trainer = PruningTrainer(
            model=model,
            args=self._arguments(checkpoints, epochs, learning_rate),
            train_dataset=self.train_set,
            eval_dataset=self.holdout_set,
            data_collator=DataCollatorWithPadding(self.tokenizer),
            compute_metrics=holdout_metrics,
            threshold_learning_rate=self.recipe.threshold_rate(round(epochs * self._steps_per_epoch)),
            distillation_weight=self.recipe.distillation_weight,
            state_distillation_weight=self.recipe.state_distillation_weight,
            callbacks=[
                *callbacks,
                StopAtNaN(),
                JsonLinesLog(self.output / "training_log.jsonl", stage),
                TensorBoardLog(self.output / "tensorboard" / stage),
                MarkComplete(),
            ],
        )
        trainer.remove_callback(ProgressCallback)
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(TerminalProgress(stage))
        if self.processes.is_main_process:
            remove_incomplete_checkpoints(checkpoints)
        self.processes.wait_for_everyone()
        resume = last_complete_checkpoint(checkpoints)
        if resume is not None and _is_at_end(resume):
            # Killed after the last step and before the stage was saved: Trainer would take one step too many.
            load_model(model, resume / "model.safetensors")
            if isinstance(model, LTPForSequenceClassification):
                model.config.thresholds = LTPConfig.from_pretrained(resume).thresholds
        else:
            trainer.train(resume_from_checkpoint=None if resume is None else str(resume))

    @property
    def _steps_per_epoch(self) -> int:
        return max(1, len(self.train_set) // self.recipe.batch_size)

    def _arguments(self, checkpoints: Path, epochs: float, learning_rate: float) -> TrainingArguments:
        recipe = self.recipe
        # Save only right after a log entry, so that no entry sums over a restart.
        logging_steps = min(_MAX_STEPS_TO_REDO, max(1, self._steps_per_epoch // 40))
        logs_per_checkpoint = max(1, min(_MAX_STEPS_TO_REDO, self._steps_per_epoch // 2) // logging_steps)
        return TrainingArguments(
            output_dir=str(checkpoints),
            num_train_epochs=epochs,
            per_device_train_batch_size=recipe.batch_size // self.processes.num_processes,
            per_device_eval_batch_size=recipe.batch_size,
            learning_rate=learning_rate,
            weight_decay=recipe.weight_decay,
            warmup_steps=round(recipe.warmup_share * epochs * self._steps_per_epoch),
            bf16=processor_has_bf16(),
            use_cpu=not torch.cuda.is_available(),
            # Evaluate after each epoch, or shorter stage, as part of its last step: before that step's
            # checkpoint, not after it.
            eval_strategy="steps",
            eval_steps=math.ceil(min(1.0, epochs) * math.ceil(len(self.train_set) / recipe.batch_size)),
            logging_steps=logging_steps,
            logging_nan_inf_filter=False,  # it would hide NaN from `StopAtNaN`
            save_steps=logging_steps * logs_per_checkpoint,
            save_total_limit=2,  # the newest may be incomplete when the process is killed
            seed=recipe.seed,
            restore_callback_states_from_checkpoint=True,
            report_to="none",
            remove_unused_columns=False,
            label_names=["labels"],
        )


def _is_at_end(checkpoint: Path) -> bool:
    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    return state.global_step >= state.max_steps


def holdout_metrics(prediction: EvalPrediction) -> dict[str, float]:
    """Scores as GLUE defines them."""
    outputs: Any = prediction.predictions
    outputs = outputs[0] if isinstance(outputs, tuple) else outputs
    labels: Any = prediction.label_ids
    return task_metrics(labels, outputs)


def processor_has_bf16() -> bool:
    """Whether bf16 matrix products run natively here, on the GPU or the CPU."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
