"""All settings of a training run in one place; saved in the checkpoint's config."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Settings of the three stages. Published ranges: Kim et al. 2022, section 5.1."""

    task: str
    base: str  # local folder or hub name of the pretrained encoder
    dense_epochs: float = 4.0
    soft_epochs: float = 1.0
    hard_epochs: float = 2.0
    batch_size: int = 64
    dense_learning_rate: float = 8e-5
    soft_learning_rate: float = 2e-5
    hard_learning_rate: float = 2e-5
    threshold_learning_rate: float = 1e-3
    regularizer_weight: float = 0.1  # lambda
    distillation_weight: float = 0.0  # of the divergence from the dense stage, in soft and hard
    temperature: float = 1e-3
    final_threshold: float = 0.01  # start of the last layer's threshold; the others rise linearly to it
    weight_decay: float = 0.01
    warmup_share: float = 0.06
    max_tokens: int = 128
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)
