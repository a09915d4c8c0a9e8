"""The three stages of Learned Token Pruning: dense, soft, hard (Kim et al. 2022, section 4.3).

Each stage leaves a finished model in its own folder; a stage that is finished is not run again, and one
that was interrupted goes on from its last whole checkpoint, to the same end as an unbroken run.
"""

import json
import logging
import math
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from safetensors.torch import load_model
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    PrinterCallback,
    ProgressCallback,
    TrainerCallback,
    TrainerState,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_utils import EvalPrediction

from ltp_viz.core.config import LTPConfig, rising_thresholds
from ltp_viz.core.families import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.splits import read_training_data
from ltp_viz.training.callbacks import (
    JsonLinesLog,
    MarkComplete,
    TensorBoardLog,
    TerminalProgress,
    last_complete_checkpoint,
    remove_incomplete_checkpoints,
)
from ltp_viz.training.fixed_rule import FixedRuleModel
from ltp_viz.training.flops_target import (
    LambdaController,
    ScaleController,
    scale_for_target,
    top_k_for_target,
)
from ltp_viz.training.preflight import check_same_data, check_same_recipe, check_space, load_base
from ltp_viz.training.recipe import Recipe
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.temperature import AnnealedTemperature
from ltp_viz.training.tokenized import TokenizedTexts
from ltp_viz.training.trainer import PruningTrainer

logger = logging.getLogger(__name__)


class TrainingRun:
    """One recipe carried out in one folder: `dense/`, `soft/`, `hard/`, log and TensorBoard files.

    Everything that can be wrong with the input is found on construction, before anything is written or
    computed; raises InputError then. Under `torchrun` every process makes one and they work together.
    """

    def __init__(self, recipe: Recipe, sources: Sequence[str], output: Path):
        self.recipe = recipe
        self.output = output
        num_processes = int(os.environ.get("WORLD_SIZE", "1"))
        if recipe.batch_size % num_processes:
            raise InputError(
                f"batch_size is {recipe.batch_size}, which {num_processes} processes cannot share evenly; "
                "give a multiple of their number."
            )
        check_same_recipe(output, recipe)
        data = read_training_data(sources, recipe.task_settings)
        self.task = data.task
        base = load_base(recipe.base, self.task)
        self.tokenizer = base.tokenizer
        self.max_tokens = min(self.task.max_tokens, base.max_tokens)
        self.tokenizer.model_max_length = self.max_tokens
        check_space(output, base.parameters)
        self.train_set = TokenizedTexts(data.train, self.tokenizer, self.max_tokens)
        self.holdout_set = TokenizedTexts(data.holdout, self.tokenizer, self.max_tokens)
        self.holdout_set.keep_some(_MOST_WATCHED, seed=0)
        if recipe.shortest_share < 1:
            self.train_set.keep_shortest(recipe.shortest_share)
        if recipe.max_train_texts:
            self.train_set.keep_some(recipe.max_train_texts, recipe.seed)
        self._warn_of_short_soft_stage()
        self.counts = {"train_texts": len(self.train_set), "holdout_texts": len(data.holdout)}
        check_same_data(output, self.counts)
        if data.kept_aside:
            logger.info("The data bring no holdout: %d rows of train kept aside", data.kept_aside)
        # Processes meet here, once all have found the input good: one that left early would break the others.
        self.processes = PartialState(cpu=not torch.cuda.is_available())

    def _warn_of_short_soft_stage(self) -> None:
        recipe = self.recipe
        steps_per_epoch = len(self.train_set) * (1 + recipe.distill_copies) / recipe.batch_size
        steps = round(recipe.soft_epochs * steps_per_epoch)
        if recipe.pruning == "learned" and steps < _FEWEST_SOFT_STEPS:
            logger.warning(
                "The soft stage has %d steps, and thresholds that learn in fewer than %d depend on luck; "
                "--soft-epochs %.2g gives it as many.",
                steps,
                _FEWEST_SOFT_STEPS,
                _FEWEST_SOFT_STEPS / steps_per_epoch,
            )

    def run(self) -> Path:
        """All stages in order. Returns the folder of the pruned model."""
        self.train_dense()
        self._stage("soft", self._train_soft)
        return self._stage("hard", self._train_hard)

    def train_dense(self) -> Path:
        """The dense stage alone. Returns its folder."""
        self.output.mkdir(parents=True, exist_ok=True)
        if self.processes.is_main_process:
            (self.output / "recipe.json").write_text(json.dumps(self.recipe.to_dict(), indent=2) + "\n")
            (self.output / "data.json").write_text(json.dumps(self.counts, indent=2) + "\n")
        return self._stage("dense", self._train_dense)

    def _stage(self, name: str, train: Callable[[], LTPForSequenceClassification]) -> Path:
        folder = self.output / name
        if not folder.is_dir():
            # A stage starts alike, whether the process just trained the one before it or was started anew.
            set_seed(self.recipe.seed)
            model = train()
            if self.processes.is_main_process:
                # Written aside and renamed, so that a stage's folder is either whole or not there.
                partial = folder.with_suffix(".partial")
                model.save_pretrained(partial)
                self.tokenizer.save_pretrained(partial)
                partial.rename(folder)
            self.processes.wait_for_everyone()
        if self.processes.is_main_process:  # a killed process may have left them
            shutil.rmtree(self.output / "checkpoints" / name, ignore_errors=True)
        return folder

    def _load(self, stage: str) -> LTPForSequenceClassification:
        folder = self.output / stage
        model = LTPForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
        return model.to(self.processes.device)  # before training too: the teacher and scales run there

    def _train_dense(self) -> LTPForSequenceClassification:
        recipe, names = self.recipe, self.task.label_names
        source = AutoModelForSequenceClassification.from_pretrained(
            recipe.base,
            num_labels=len(names),
            id2label=dict(enumerate(names)),
            label2id={name: i for i, name in enumerate(names)},
            ignore_mismatched_sizes=True,  # a head for other classes starts anew
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
        )
        is_pruned = isinstance(source, LTPForSequenceClassification)
        model = source if is_pruned else convert_classifier(source)
        config = model.config
        config.problem_type = "regression" if self.task.is_regression else "single_label_classification"
        config.reads_pairs = len(self.task.text_columns) == 2
        config.thresholds = [0.0] * config.num_hidden_layers
        config.thresholds_learned = False
        config.hidden_dropout_prob = recipe.hidden_dropout
        config.attention_probs_dropout_prob = recipe.attention_dropout
        config.recipe = recipe.to_dict()
        # Made anew from the changed configuration, dropout included.
        made = LTPForSequenceClassification(config)
        made.load_state_dict(model.state_dict())
        self._train("dense", made, recipe.dense_epochs, recipe.dense_learning_rate)
        return made

    def _learn_from_dense(self) -> None:
        if self.recipe.distill and self.train_set.teacher is None:
            self.train_set.add_copies(self.recipe.distill_copies, self.recipe.seed)
            path = self.output / "teacher.npy"
            with torch.autocast(self.processes.device.type, torch.bfloat16, enabled=processor_has_bf16()):
                self.train_set.add_teacher(self._load("dense"), path, keep=self.processes.is_main_process)

    def _train_soft(self) -> LTPForSequenceClassification:
        recipe = self.recipe
        self._learn_from_dense()
        model = self._load("dense")
        config = model.config
        config.recipe = recipe.to_dict()
        config.score_normalizer = recipe.score_normalizer
        layers = config.num_hidden_layers
        thresholds = (
            rising_thresholds(layers, recipe.start_threshold)
            if recipe.threshold_start == "rising"
            else [recipe.start_threshold] * layers
        )
        if not recipe.prune_first_layer:
            thresholds[0] = 0.0
        config.thresholds = thresholds
        if recipe.pruning != "learned":
            return self._without_learning(model)
        soft = SoftPruningModel(
            model,
            recipe.last_temperature,
            recipe.regularizer_weight,
            recipe.prune_first_layer,
            recipe.soft_mask_fades,
            recipe.score_scale,
        )
        callbacks: list[TrainerCallback] = []
        if recipe.target_flops:
            callbacks.append(LambdaController(recipe.target_flops))
        if recipe.temperature_schedule == "annealed":
            callbacks.append(AnnealedTemperature(recipe.last_temperature))
        self._train("soft", soft, recipe.soft_epochs, recipe.soft_learning_rate, callbacks)
        config.thresholds = soft.learned_thresholds()
        config.thresholds_learned = True
        self._reach_target("soft", model)
        return model

    def _without_learning(self, model: LTPForSequenceClassification) -> LTPForSequenceClassification:
        """The dense model as the hard stage of a rule that learns nothing begins with it."""
        config = model.config
        manual = self.recipe.start_threshold if self.recipe.pruning == "manual" else 0.0
        config.thresholds = [manual] * config.num_hidden_layers
        if manual:
            self._reach_target("soft", model)
        return model

    def _train_hard(self) -> LTPForSequenceClassification:
        self._learn_from_dense()
        model = self._load("soft")
        recipe = self.recipe
        if recipe.pruning == "top_k":
            rule, share = top_k_for_target(model, self.holdout_set, recipe.target_flops)
            found = {"rates": list(rule.rates), "hard_flops_share": share}
            model.config.recipe = {**(model.config.recipe or {}), **found}
            self._train("hard", FixedRuleModel(model, rule), recipe.hard_epochs, recipe.hard_learning_rate)
            return model
        callbacks = (
            [ScaleController(recipe.target_flops, list(model.config.thresholds))]
            if recipe.target_flops
            else []
        )
        self._train("hard", model, recipe.hard_epochs, recipe.hard_learning_rate, callbacks)
        self._reach_target("hard", model, _NEAR_TARGET)
        return model

    def _reach_target(
        self, stage: str, model: LTPForSequenceClassification, tolerance: float = 0.003
    ) -> None:
        """Scale the thresholds to the wanted FLOPs on the holdout, and note what that took."""
        if not self.recipe.target_flops:
            return
        scale, share = scale_for_target(model, self.holdout_set, self.recipe.target_flops, tolerance)
        model.config.thresholds = [scale * threshold for threshold in model.config.thresholds]
        found = {f"{stage}_threshold_scale": scale, f"{stage}_flops_share": share}
        model.config.recipe = {**(model.config.recipe or {}), **found}
        if self.processes.is_main_process:
            logger.info(
                "%s: thresholds x%.3f reach %.1f %% of the dense FLOPs on the holdout (wanted %.1f %%)",
                stage,
                scale,
                100 * share,
                100 * self.recipe.target_flops,
            )

    def _train(
        self,
        stage: str,
        model: nn.Module,
        epochs: float,
        learning_rate: float,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        recipe = self.recipe
        checkpoints = self.output / "checkpoints" / stage
        steps_per_epoch = max(1, len(self.train_set) // recipe.batch_size)
        # A checkpoint follows a log entry: what an entry sums up never reaches over a restart.
        logging_steps = min(_MOST_STEPS_TO_REDO, max(1, steps_per_epoch // 40))
        logs_per_checkpoint = max(1, min(_MOST_STEPS_TO_REDO, steps_per_epoch // 2) // logging_steps)
        per_process = recipe.batch_size // self.processes.num_processes
        arguments = TrainingArguments(
            output_dir=str(checkpoints),
            num_train_epochs=epochs,
            per_device_train_batch_size=per_process,
            per_device_eval_batch_size=recipe.batch_size,
            learning_rate=learning_rate,
            weight_decay=recipe.weight_decay,
            warmup_steps=round(recipe.warmup_share * epochs * steps_per_epoch),
            bf16=processor_has_bf16(),
            use_cpu=not torch.cuda.is_available(),
            # After each epoch, or a shorter stage, but as part of its last step: before that step's
            # checkpoint, not after it.
            eval_strategy="steps",
            eval_steps=math.ceil(min(1.0, epochs) * math.ceil(len(self.train_set) / recipe.batch_size)),
            logging_steps=logging_steps,
            save_steps=logging_steps * logs_per_checkpoint,
            save_total_limit=2,  # the newest may be half-written when the process is killed
            seed=recipe.seed,
            restore_callback_states_from_checkpoint=True,
            report_to="none",
            remove_unused_columns=False,
            label_names=["labels"],
        )
        trainer = PruningTrainer(
            model=model,
            args=arguments,
            train_dataset=self.train_set,
            eval_dataset=self.holdout_set,
            data_collator=DataCollatorWithPadding(self.tokenizer),
            compute_metrics=holdout_metrics,
            threshold_learning_rate=recipe.threshold_rate(round(epochs * steps_per_epoch)),
            distillation_weight=recipe.distillation_weight,
            state_distillation_weight=recipe.state_distillation_weight,
            callbacks=[
                *callbacks,
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
            # Killed after the last step, before the stage was saved; Trainer would take one step too many.
            load_model(model, resume / "model.safetensors")
            if isinstance(model, LTPForSequenceClassification):
                model.config.thresholds = LTPConfig.from_pretrained(resume).thresholds
        else:
            trainer.train(resume_from_checkpoint=None if resume is None else str(resume))


def _is_at_end(checkpoint: Path) -> bool:
    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    return state.global_step >= state.max_steps


# A hard stage that ends so near the wanted share is left alone: weights would not learn under thresholds that
# move after it.
_NEAR_TARGET = 0.015
# On SST-2 at 40 % of the FLOPs, accuracy on the holdout was 0.68 to 0.87 after 157 soft steps, by luck.
_FEWEST_SOFT_STEPS = 500
# Texts of the holdout that are watched while training; whoever reports a score evaluates on all of them.
_MOST_WATCHED = 2000
# A killed run repeats at most so many steps.
_MOST_STEPS_TO_REDO = 200


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
