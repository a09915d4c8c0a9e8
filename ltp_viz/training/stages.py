"""The three stages of Learned Token Pruning: dense, soft, hard (Kim et al. 2022, section 4.3).

Each stage leaves a finished model in its own folder. A finished stage is not run again; an interrupted one
resumes from its last complete checkpoint, with the same result as an uninterrupted run.
"""

import json
import logging
import math
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import torch
from accelerate import PartialState
from transformers import TrainerCallback, set_seed

from ltp_viz.core.config import LTPConfig, rising_thresholds
from ltp_viz.core.families.convert import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.atomic_write import atomic_folder, atomic_write
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.splits import read_training_data
from ltp_viz.training.base import load_base, load_classifier
from ltp_viz.training.callbacks import last_logged
from ltp_viz.training.fixed_rule import FixedRuleModel
from ltp_viz.training.flops_target import (
    TOLERANCE,
    LambdaController,
    ScaleController,
    scale_for_target,
    top_k_for_target,
)
from ltp_viz.training.preflight import (
    check_classes_left,
    check_same_data,
    check_same_recipe,
    check_space,
    check_target,
    describe_data,
)
from ltp_viz.training.recipe import Recipe
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.stage_fit import StageFit, processor_has_bf16
from ltp_viz.training.temperature import AnnealedTemperature
from ltp_viz.training.tokenized import TokenizedTexts

logger = logging.getLogger(__name__)


class TrainingRun:
    """One run of a recipe in one folder: `dense/`, `soft/`, `hard/`, log and TensorBoard files.

    The constructor checks all input before anything is written or computed, and raises InputError. Under
    `torchrun` every process creates one, and they work together.
    """

    def __init__(self, recipe: Recipe, sources: Sequence[str], output: Path):
        self.recipe = recipe
        self.sources = list(sources)
        self.output = output
        num_processes = int(os.environ.get("WORLD_SIZE", "1"))
        if recipe.batch_size % num_processes:
            raise InputError(
                f"batch_size is {recipe.batch_size}, which {num_processes} processes cannot share evenly; "
                "give a multiple of their number."
            )
        check_same_recipe(output, recipe)
        data = read_training_data(sources, recipe.task_settings, recipe.reading)
        self.task = data.task
        base = load_base(recipe.base, self.task)
        self.tokenizer = base.tokenizer
        self.max_tokens = min(self.task.max_tokens, base.config.max_text_tokens)
        self._check_max_tokens()
        # What the finished model reads, which may be longer than what it is trained on.
        self.tokenizer.model_max_length = base.config.max_text_tokens
        check_space(output, base.parameters)
        self.train_set = TokenizedTexts(data.train, self.tokenizer, self.max_tokens)
        self.holdout_set = TokenizedTexts(data.holdout, self.tokenizer, self.max_tokens)
        self.holdout_set.keep_some(_MAX_WATCHED_TEXTS, seed=0)
        if recipe.shortest_share < 1:
            self.train_set.keep_shortest(recipe.shortest_share)
        if recipe.max_train_texts:
            self.train_set.keep_some(recipe.max_train_texts, recipe.seed)
        check_classes_left({row["labels"] for row in self.train_set.rows}, recipe)
        check_target(recipe.target_flops, self.holdout_set.lengths(), base.config, recipe.prune_first_layer)
        self.data_record = describe_data(data.train, data.holdout, trained_on=len(self.train_set))
        check_same_data(output, self.data_record)
        self._warn_of_short_soft_stage()
        logger.info(
            "Texts of %s, labels of %s: %s; %d to train on, %d of the holdout to watch, of up to %d tokens",
            " and ".join(self.task.text_columns),
            self.task.label_column,
            "a number" if self.task.is_regression else ", ".join(self.task.label_names),
            len(self.train_set),
            len(self.holdout_set),
            self.max_tokens,
        )
        for message in data.messages:
            logger.info(message)
        if data.kept_aside:
            logger.info("The data have no holdout: %d rows of train are held out", data.kept_aside)
        # Processes synchronise here once all have accepted the input: one that ended early would break the
        # others.
        self.processes = PartialState(cpu=not torch.cuda.is_available())
        self.fit = StageFit(recipe, output, self.tokenizer, self.train_set, self.holdout_set, self.processes)

    def _check_max_tokens(self) -> None:
        texts = len(self.task.text_columns)
        least = self.tokenizer.num_special_tokens_to_add(pair=texts == 2) + texts
        if self.max_tokens < least:
            raise InputError(
                f"max_tokens is {self.max_tokens}; give at least {least}, the special tokens and one of each "
                "text, or 0 for the task's usual."
            )

    def _warn_of_short_soft_stage(self) -> None:
        recipe = self.recipe
        steps_per_epoch = len(self.train_set) * (1 + recipe.distill_copies) / recipe.batch_size
        steps = round(recipe.soft_epochs * steps_per_epoch)
        if recipe.pruning == "learned" and steps < _MIN_SOFT_STEPS:
            epochs = math.ceil(10 * _MIN_SOFT_STEPS / steps_per_epoch) / 10
            logger.warning(
                "The soft stage has %d steps; with fewer than %d, learned thresholds depend on chance; %s.",
                steps,
                _MIN_SOFT_STEPS,
                f"--soft-epochs {epochs:.10g} gives it as many" if epochs <= 1000 else "it needs more data",
            )

    def run(self) -> Path:
        """All stages in order. Returns the folder of the pruned model."""
        self.train_dense()
        self._stage("soft", self._train_soft)
        return self._stage("hard", self._train_hard)

    def train_dense(self) -> Path:
        """Only the dense stage. Returns its folder."""
        self.output.mkdir(parents=True, exist_ok=True)
        if self.processes.is_main_process:
            settings = self.recipe.to_dict() | {"data": self.sources}
            for name, record in (("recipe.json", settings), ("data.json", self.data_record)):
                with atomic_write(self.output / name) as aside:
                    aside.write_text(json.dumps(record, indent=2) + "\n")
        return self._stage("dense", self._train_dense)

    def _stage(self, name: str, train: Callable[[], LTPForSequenceClassification]) -> Path:
        folder = self.output / name
        if not folder.is_dir():
            # A stage starts in the same state, whether this process trained the previous one or was
            # restarted.
            set_seed(self.recipe.seed)
            model = train()
            if self.processes.is_main_process:
                with atomic_folder(folder) as partial:
                    model.save_pretrained(partial)
                    self.tokenizer.save_pretrained(partial)
            self.processes.wait_for_everyone()
        if self.processes.is_main_process:  # left by a killed process
            shutil.rmtree(self.output / "checkpoints" / name, ignore_errors=True)
        return folder

    def _load(self, stage: str) -> LTPForSequenceClassification:
        folder = self.output / stage
        model = LTPForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
        return model.to(self.processes.device)  # the teacher and the search for scales run there

    def _train_dense(self) -> LTPForSequenceClassification:
        recipe = self.recipe
        source = load_classifier(recipe.base, self.task)
        is_pruned = isinstance(source, LTPForSequenceClassification)
        model = source if is_pruned else convert_classifier(source)
        config = cast(LTPConfig, model.config)
        config.problem_type = "regression" if self.task.is_regression else "single_label_classification"
        config.reads_pairs = len(self.task.text_columns) == 2
        config.thresholds = [0.0] * config.num_hidden_layers
        config.thresholds_learned = False
        config.hidden_dropout_prob = recipe.hidden_dropout
        config.attention_probs_dropout_prob = recipe.attention_dropout
        config.recipe = recipe.to_dict()
        # Loaded again with the changed configuration, which includes dropout.
        made = LTPForSequenceClassification(config)
        made.load_state_dict(model.state_dict())
        self.fit("dense", made, recipe.dense_epochs, recipe.dense_learning_rate)
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
            fades=recipe.soft_mask_fades,
            score_scale=recipe.score_scale,
            prune_first_layer=recipe.prune_first_layer,
        )
        callbacks: list[TrainerCallback] = []
        if recipe.target_flops:
            callbacks.append(LambdaController(recipe.target_flops))
        if recipe.temperature_schedule == "annealed":
            callbacks.append(AnnealedTemperature(recipe.last_temperature))
        self.fit("soft", soft, recipe.soft_epochs, recipe.soft_learning_rate, callbacks)
        config.thresholds = soft.learned_thresholds()
        config.thresholds_learned = True
        if recipe.target_flops:  # the controller found lambda
            found = last_logged(self.output / "training_log.jsonl", "soft", "regularizer_weight")
            config.recipe = {**config.recipe, "soft_lambda": found}
        self._reach_target("soft", model)
        return model

    def _without_learning(self, model: LTPForSequenceClassification) -> LTPForSequenceClassification:
        """The dense model prepared for the hard stage of a rule that is not learned."""
        config = model.config
        manual = self.recipe.start_threshold if self.recipe.pruning == "manual" else 0.0
        config.thresholds = [manual] * config.num_hidden_layers
        if not self.recipe.prune_first_layer:
            config.thresholds[0] = 0.0
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
            self.fit("hard", FixedRuleModel(model, rule), recipe.hard_epochs, recipe.hard_learning_rate)
            return model
        callbacks = (
            [ScaleController(recipe.target_flops, list(model.config.thresholds))]
            if recipe.target_flops
            else []
        )
        self.fit("hard", model, recipe.hard_epochs, recipe.hard_learning_rate, callbacks)
        self._reach_target("hard", model, _NEAR_TARGET)
        return model

    def _reach_target(
        self, stage: str, model: LTPForSequenceClassification, tolerance: float = TOLERANCE
    ) -> None:
        """Scale the thresholds to the target FLOPs on the holdout, and log the scale."""
        if not self.recipe.target_flops:
            return
        scale, share = scale_for_target(model, self.holdout_set, self.recipe.target_flops, tolerance)
        model.config.thresholds = [scale * threshold for threshold in model.config.thresholds]
        found = {f"{stage}_threshold_scale": scale, f"{stage}_flops_share": share}
        model.config.recipe = {**(model.config.recipe or {}), **found}
        if self.processes.is_main_process:
            logger.info(
                "%s: thresholds x%.3f reach %.1f %% of the dense FLOPs on the holdout (target %.1f %%)",
                stage,
                scale,
                100 * share,
                100 * self.recipe.target_flops,
            )
            if share - self.recipe.target_flops > _MISSED:
                logger.warning(
                    "%s: no scale of the thresholds reaches the target FLOPs on the holdout, as those of the "
                    "first layers ended at zero; a longer --soft-epochs may let them learn.",
                    stage,
                )


# A hard stage that ends within this distance of the target is not rescaled: the weights would not have been
# trained with the new thresholds.
_NEAR_TARGET = 0.015
# Warn when FLOPs exceed the target by more than this; on a few texts the cost is coarse.
_MISSED = 0.05
# On SST-2 at 40 % of the FLOPs, accuracy on the holdout was 0.68 to 0.87 after 157 soft steps, by chance.
_MIN_SOFT_STEPS = 500
# Texts of the holdout evaluated during training; evaluate a score to report on all of them.
_MAX_WATCHED_TEXTS = 2000
