"""The three stages of Learned Token Pruning: dense, soft, hard (Kim et al. 2022, section 4.3).

Each stage leaves a finished model in its own folder; a stage that is finished is not run again, and one
that was interrupted goes on from its last checkpoint.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    PreTrainedTokenizerBase,
    TrainingArguments,
)
from transformers.trainer_utils import EvalPrediction, get_last_checkpoint

from ltp_viz.core.config import rising_thresholds
from ltp_viz.core.families import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules import ThresholdRule
from ltp_viz.data.datasets import TASKS, LabelledTexts, read_labelled_texts
from ltp_viz.training.recipe import Recipe
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.trainer import JsonLinesLog, PruningTrainer

logger = logging.getLogger(__name__)


class TokenizedTexts(Dataset):
    """Labelled texts as token ids."""

    def __init__(self, data: LabelledTexts, tokenizer: PreTrainedTokenizerBase, max_tokens: int):
        encoded = tokenizer(list(data.texts), truncation=True, max_length=max_tokens)
        self.rows = [
            {**{key: encoded[key][i] for key in encoded}, "labels": label}
            for i, label in enumerate(data.labels)
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]

    @torch.inference_mode()
    def add_teacher_logits(self, teacher: LTPForSequenceClassification, batch_size: int) -> None:
        """Let every row carry what the dense model answers; computed once, as the teacher never changes."""
        teacher.eval()
        by_length = sorted(range(len(self.rows)), key=lambda i: len(self.rows[i]["input_ids"]))
        for first in range(0, len(by_length), batch_size):
            rows = [self.rows[i] for i in by_length[first : first + batch_size]]
            lengths = tuple(len(row["input_ids"]) for row in rows)
            ids = torch.tensor([token for row in rows for token in row["input_ids"]])
            never = ThresholdRule((0.0,) * teacher.config.num_hidden_layers)
            logits = teacher.classify(teacher.run(ids, lengths, None, never).final)
            for row, values in zip(rows, logits.tolist(), strict=True):
                row["teacher_logits"] = values


class TrainingRun:
    """One recipe carried out in one folder: `dense/`, `soft/`, `hard/` and `training_log.jsonl`."""

    def __init__(self, recipe: Recipe, data_folder: Path, output: Path):
        self.recipe = recipe
        self.output = output
        self.task = TASKS[recipe.task]
        output.mkdir(parents=True, exist_ok=True)
        self.tokenizer = AutoTokenizer.from_pretrained(recipe.base, trust_remote_code=False)
        # Stored tokenizers may carry the padding of their last use; length is a matter of the text here.
        self.tokenizer.backend_tokenizer.no_padding()
        self.tokenizer.model_max_length = recipe.max_tokens
        train = read_labelled_texts(data_folder / "train.parquet", self.task)
        holdout = read_labelled_texts(data_folder / "holdout.parquet", self.task)
        self.train_set = TokenizedTexts(train, self.tokenizer, recipe.max_tokens)
        self.holdout_set = TokenizedTexts(holdout, self.tokenizer, recipe.max_tokens)

    def run(self) -> Path:
        """All stages in order. Returns the folder of the pruned model."""
        (self.output / "recipe.json").write_text(json.dumps(self.recipe.to_dict(), indent=2) + "\n")
        self._stage("dense", self._train_dense)
        self._stage("soft", self._train_soft)
        return self._stage("hard", self._train_hard)

    def _stage(self, name: str, train: Callable[[], LTPForSequenceClassification]) -> Path:
        folder = self.output / name
        if not folder.is_dir():
            logger.info("stage %s", name)
            model = train()
            # Written aside and renamed, so that a stage's folder is either whole or not there.
            partial = folder.with_suffix(".partial")
            model.save_pretrained(partial)
            self.tokenizer.save_pretrained(partial)
            partial.rename(folder)
        return folder

    def _load(self, stage: str) -> LTPForSequenceClassification:
        return LTPForSequenceClassification.from_pretrained(self.output / stage, dtype=torch.float32)

    def _train_dense(self) -> LTPForSequenceClassification:
        names = self.task.label_names
        source = AutoModelForSequenceClassification.from_pretrained(
            self.recipe.base,
            num_labels=len(names),
            id2label=dict(enumerate(names)),
            label2id={name: i for i, name in enumerate(names)},
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
        )
        model = convert_classifier(source)
        model.config.thresholds = [0.0] * model.config.num_hidden_layers
        model.config.recipe = self.recipe.to_dict()
        recipe = self.recipe
        self._train("dense", model, recipe.dense_epochs, recipe.dense_learning_rate)
        return model

    def _learn_from_dense(self) -> None:
        if self.recipe.distillation_weight > 0 and "teacher_logits" not in self.train_set.rows[0]:
            self.train_set.add_teacher_logits(self._load("dense"), self.recipe.batch_size)

    def _train_soft(self) -> LTPForSequenceClassification:
        recipe = self.recipe
        self._learn_from_dense()
        model = self._load("dense")
        model.config.recipe = recipe.to_dict()
        model.config.thresholds = rising_thresholds(model.config.num_hidden_layers, recipe.final_threshold)
        soft = SoftPruningModel(model, recipe.temperature, recipe.regularizer_weight)
        self._train("soft", soft, recipe.soft_epochs, recipe.soft_learning_rate)
        # Below zero a threshold drops nothing, like zero; stored as zero it reads so.
        model.config.thresholds = [max(0.0, threshold) for threshold in soft.thresholds.tolist()]
        model.config.thresholds_learned = True
        return model

    def _train_hard(self) -> LTPForSequenceClassification:
        self._learn_from_dense()
        model = self._load("soft")
        recipe = self.recipe
        self._train("hard", model, recipe.hard_epochs, recipe.hard_learning_rate)
        return model

    def _train(self, stage: str, model: nn.Module, epochs: float, learning_rate: float) -> None:
        recipe = self.recipe
        checkpoints = self.output / "checkpoints" / stage
        steps_per_epoch = max(1, len(self.train_set) // recipe.batch_size)
        arguments = TrainingArguments(
            output_dir=str(checkpoints),
            num_train_epochs=epochs,
            per_device_train_batch_size=recipe.batch_size,
            per_device_eval_batch_size=recipe.batch_size,
            learning_rate=learning_rate,
            weight_decay=recipe.weight_decay,
            warmup_steps=round(recipe.warmup_share * epochs * steps_per_epoch),
            bf16=processor_has_bf16(),
            use_cpu=not torch.cuda.is_available(),
            train_sampling_strategy="group_by_length",
            eval_strategy="epoch",
            logging_steps=max(1, steps_per_epoch // 40),
            save_steps=max(1, steps_per_epoch // 2),
            save_total_limit=1,
            seed=recipe.seed,
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
            compute_metrics=accuracy,
            threshold_learning_rate=recipe.threshold_learning_rate,
            distillation_weight=recipe.distillation_weight,
            callbacks=[JsonLinesLog(self.output / "training_log.jsonl", stage)],
        )
        resume = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
        trainer.train(resume_from_checkpoint=resume)


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    """Share of right labels."""
    logits = prediction.predictions
    logits = logits[0] if isinstance(logits, tuple) else logits
    return {"accuracy": float(np.mean(np.argmax(logits, -1) == prediction.label_ids))}


def processor_has_bf16() -> bool:
    """Whether bf16 matrix products run natively here, on the GPU or the CPU."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
