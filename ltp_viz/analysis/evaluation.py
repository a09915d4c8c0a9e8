"""Accuracy and cost of a classifier on labelled texts, pruned beside dense."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ltp_viz.data.classifier import Predictions, TextClassifier
from ltp_viz.data.datasets import LabelledTexts


@dataclass(frozen=True)
class Evaluation:
    """One data set under one pair of scales. Accuracies are shares, 0 to 1; MACs are sums over all texts."""

    texts: int
    global_scale: float
    dense_accuracy: float
    pruned_accuracy: float
    agreement: float  # share of texts where both give the same label
    dense_macs: int
    pruned_macs: int

    @property
    def flops_reduction(self) -> float:
        """How many times fewer FLOPs the pruned model needs."""
        return self.dense_macs / self.pruned_macs

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "flops_reduction": self.flops_reduction}


def evaluate(
    classifier: TextClassifier,
    data: LabelledTexts,
    global_scale: float = 1.0,
    layer_scales: Sequence[float] | None = None,
    batch_size: int = 32,
) -> Evaluation:
    """Run every text pruned and dense (scale 0, same weights)."""
    pruned = classifier.predict(data.texts, batch_size, global_scale, layer_scales)
    dense = classifier.predict(data.texts, batch_size, global_scale=0.0)
    return Evaluation(
        texts=len(data),
        global_scale=global_scale,
        dense_accuracy=_accuracy(dense, data),
        pruned_accuracy=_accuracy(pruned, data),
        agreement=float(np.mean([a == b for a, b in zip(pruned.labels, dense.labels, strict=True)])),
        dense_macs=int(pruned.dense_macs.sum()),
        pruned_macs=int(pruned.macs.sum()),
    )


def _accuracy(predictions: Predictions, data: LabelledTexts) -> float:
    return float(np.mean(predictions.probabilities.argmax(1) == np.array(data.labels)))
