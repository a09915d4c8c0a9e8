"""transformers' Trainer with a separate parameter group for thresholds, and their values in the log."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import Sampler
from transformers import Trainer
from transformers.trainer_pt_utils import get_length_grouped_indices

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.training.flops_target import FlopsController
from ltp_viz.training.soft_pruning import SoftPruningModel


class LengthGroupedOrder(Sampler[int]):
    """Shuffled rows with neighbours of similar length, a function of seed and epoch alone.

    transformers' own sampler uses the global generator, whose state differs after a restart or in another
    process: some rows of the epoch would be seen twice and others never.
    """

    def __init__(self, lengths: list[int], batch_size: int, seed: int, epoch: Callable[[], int]):
        self.lengths = lengths
        self.batch_size = batch_size  # over all processes
        self.seed = seed
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(1000 * self.seed + self.epoch())
        grouped = get_length_grouped_indices(self.lengths, self.batch_size, generator=generator)
        # Grouped batches run from long to short texts repeatedly; shuffling avoids that order.
        batches = [grouped[i : i + self.batch_size] for i in range(0, len(grouped), self.batch_size)]
        whole = len(grouped) // self.batch_size
        order = torch.randperm(whole, generator=generator).tolist() + list(range(whole, len(batches)))
        return iter([row for index in order for row in batches[index]])


class PruningTrainer(Trainer):
    """Trains an `LTPForSequenceClassification` or a `SoftPruningModel`."""

    def __init__(
        self,
        *args: Any,
        threshold_learning_rate: float = 0.0,
        distillation_weight: float = 0.0,
        state_distillation_weight: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.threshold_learning_rate = threshold_learning_rate
        self.distillation_weight = distillation_weight
        self.state_distillation_weight = state_distillation_weight
        self._keep_rates: list[Tensor] = []
        self._macs: list[Tensor] = []

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        """The sampler, with the same order for any number of processes and after a restart."""
        data: Any = self.train_dataset if train_dataset is None else train_dataset
        batch_size = self.args.train_batch_size * self.args.world_size
        return LengthGroupedOrder(
            data.lengths(), batch_size, self.args.seed, lambda: int(self.state.epoch or 0)
        )

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """An optimizer in which thresholds have a higher rate than weights, and no weight decay."""
        if self.optimizer is None:
            trained = cast(nn.Module, self.model)
            decayed = set(self.get_decay_parameter_names(trained))
            weights = [(n, p) for n, p in trained.named_parameters() if n != "thresholds"]
            groups: list[dict[str, Any]] = [
                {"params": [p for n, p in weights if n in decayed], "weight_decay": self.args.weight_decay},
                {"params": [p for n, p in weights if n not in decayed], "weight_decay": 0.0},
            ]
            thresholds = [p for n, p in trained.named_parameters() if n == "thresholds"]
            if thresholds:
                groups.append({"params": thresholds, "weight_decay": 0.0, "lr": self.threshold_learning_rate})
            self.optimizer = torch.optim.AdamW(groups, lr=self.args.learning_rate, fused=True)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> LambdaLR:
        """The rate of weights warms up and decays over the stage; thresholds keep theirs until the last
        fifth, so that the controller of lambda can still move them."""
        if self.lr_scheduler is None:
            warmup = self.args.get_warmup_steps(num_training_steps)

            def weights(step: int) -> float:
                rising = step / max(1, warmup)
                return max(
                    0.0, min(rising, (num_training_steps - step) / max(1, num_training_steps - warmup))
                )

            def thresholds(step: int) -> float:
                rising = (step + 1) / max(1, warmup)
                return max(0.0, min(1.0, rising, 5 * (num_training_steps - step) / num_training_steps))

            optimizer = optimizer or self.optimizer
            rates: list[Callable[[int], float]] = [weights, weights, thresholds]
            self.lr_scheduler = LambdaLR(optimizer, rates[: len(optimizer.param_groups)])
        return self.lr_scheduler

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The model's own loss, plus the distance from the dense teacher if rows contain its outputs.

        Also collects keep rates for the log.
        """
        teacher = inputs.pop("teacher", None)
        outputs = model(**inputs)
        loss = outputs["loss"]
        if teacher is not None:
            classes = outputs["logits"].shape[1]
            loss = loss + self.distillation_weight * divergence(outputs["logits"], teacher[:, :classes])
            states = outputs["pooled"]
            loss = loss + self.state_distillation_weight * relative_error(states, teacher[:, classes:])
        if model.training:
            self._keep_rates.append(outputs["keep_rates"].detach())
            self._steer(outputs["macs"].detach())
        return (loss, outputs) if return_outputs else loss

    def _steer(self, macs: Tensor) -> None:
        """Update the controller with the cost of all processes' batches, so that their settings stay
        equal."""
        if self.accelerator.num_processes > 1:
            macs = self.accelerator.reduce(macs, "sum")
        self._macs.append(macs)
        pruned, dense = macs.tolist()
        for callback in self.callback_handler.callbacks:
            if isinstance(callback, FlopsController):
                callback.observed = (pruned, dense)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add thresholds, lambda, and the keep rates since the last log."""
        if "loss" in logs and self._keep_rates:
            logs["keep_rates"] = torch.stack(self._keep_rates).mean(0).tolist()  # type: ignore[assignment]
            self._keep_rates.clear()
        model = self.accelerator.unwrap_model(self.model)
        if "loss" in logs and self._macs:
            pruned, dense = torch.stack(self._macs).sum(0).tolist()
            logs["flops_share"] = pruned / dense
            self._macs.clear()
        if isinstance(model, SoftPruningModel):
            if "loss" in logs:
                logs["regularizer_weight"] = model.regularizer_weight
            logs["thresholds"] = model.learned_thresholds()  # type: ignore[assignment]
        elif isinstance(model, LTPForSequenceClassification):
            logs["thresholds"] = list(model.config.thresholds)  # type: ignore[assignment]
        super().log(logs, start_time)


def divergence(student: Tensor, teacher: Tensor) -> Tensor:
    """Distance of logits (B, C) from the teacher's: Kullback-Leibler, or squared error for a regression."""
    student, teacher = student.float(), teacher.float()
    if student.shape[1] == 1:
        return F.mse_loss(student, teacher)
    return F.kl_div(student.log_softmax(-1), teacher.log_softmax(-1), reduction="batchmean", log_target=True)


def relative_error(student: Tensor, teacher: Tensor) -> Tensor:
    """Squared distance of states (B, d) as a share of the teacher's squared norm."""
    student, teacher = student.float(), teacher.float()
    return (student - teacher).square().sum() / teacher.square().sum()
