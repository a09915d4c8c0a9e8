"""The learning rate of thresholds, and that they stay where a gradient reaches them."""

import copy
from pathlib import Path

import torch
from transformers import TrainingArguments

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.trainer import PruningTrainer


def rates(model: LTPForSequenceClassification, folder: Path, steps: int) -> list[list[float]]:
    """Learning rate of every parameter group before each step."""
    arguments = TrainingArguments(
        output_dir=str(folder), learning_rate=1e-5, warmup_steps=10, use_cpu=True, report_to="none"
    )
    soft = SoftPruningModel(
        copy.deepcopy(model), temperature=1e-3, regularizer_weight=0.1, fades="states", score_scale="linear"
    )
    trainer = PruningTrainer(model=soft, args=arguments, threshold_learning_rate=1e-3)
    trainer.create_optimizer_and_scheduler(steps)
    assert trainer.optimizer is not None and trainer.lr_scheduler is not None
    seen = []
    for _ in range(steps):
        seen.append([group["lr"] for group in trainer.optimizer.param_groups])
        trainer.optimizer.step()
        trainer.lr_scheduler.step()
    return seen


def test_thresholds_keep_their_rate_until_the_last_fifth(
    pruned_bert: LTPForSequenceClassification, tmp_path: Path
) -> None:
    seen = torch.tensor(rates(pruned_bert, tmp_path, steps=100))
    weights, thresholds = seen[:, 0], seen[:, 2]
    assert torch.equal(seen[:, 0], seen[:, 1])
    assert weights[0] == 0 and weights.max() == weights[10] and (weights[10:].diff() < 0).all()
    assert torch.allclose(thresholds[10:80], torch.tensor(1e-3))
    assert (thresholds[80:].diff() < 0).all() and thresholds[-1] < 1e-4


def test_thresholds_below_zero_are_set_back(pruned_bert: LTPForSequenceClassification) -> None:
    soft = SoftPruningModel(
        copy.deepcopy(pruned_bert),
        temperature=1e-3,
        regularizer_weight=0.1,
        fades="states",
        score_scale="linear",
    )
    with torch.no_grad():
        soft.thresholds.copy_(torch.tensor([-0.5, 0.002, -1e-6, 0.01]))
    ids = torch.randint(5, 200, (2, 12))
    soft.eval()(ids)
    assert soft.thresholds.min() < 0, "reading the model must not change it"
    soft.train()(ids)
    assert torch.equal(soft.thresholds.detach(), torch.tensor([0.0, 0.002, 0.0, 0.01]))
