"""Scores and cost of a classifier on labelled texts, pruned beside dense, over all and by length."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.data.classifier import Predictions, TextClassifier
from ltp_viz.data.datasets import LabelledTexts
from ltp_viz.data.metrics import task_metrics


@dataclass(frozen=True)
class Bucket:
    """Texts of similar length. Lengths are tokens, ends included; scores as GLUE names them."""

    shortest: int
    longest: int
    texts: int
    dense: dict[str, float]
    pruned: dict[str, float]
    flops_reduction: float


@dataclass(frozen=True)
class Evaluation:
    """One data set under one scale. Dense is the same weights at scale 0; MACs are sums over the texts."""

    texts: int
    global_scale: float
    dense: dict[str, float]
    pruned: dict[str, float]
    agreement: float | None  # share of texts where both give the same class; None for a regression
    dense_macs: int
    pruned_macs: int
    buckets: tuple[Bucket, ...]

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
    buckets: int = 4,
) -> Evaluation:
    """Run every text pruned and dense (scale 0, same weights), with scores per quantile of length too."""
    pairs = data.text_pairs
    pruned = classifier.predict(data.texts, batch_size, global_scale, layer_scales, pairs)
    dense = classifier.predict(data.texts, batch_size, 0.0, None, pairs)
    labels = np.asarray(data.labels)
    same = pruned.logits.argmax(1) == dense.logits.argmax(1)
    return Evaluation(
        texts=len(data),
        global_scale=global_scale,
        dense=task_metrics(labels, dense.logits),
        pruned=task_metrics(labels, pruned.logits),
        agreement=None if len(classifier.labels) == 1 else float(same.mean()),
        dense_macs=int(pruned.dense_macs.sum()),
        pruned_macs=int(pruned.macs.sum()),
        buckets=tuple(
            _bucket(rows, labels, dense, pruned) for rows in _by_length(pruned.lengths, buckets) if rows.any()
        ),
    )


def _by_length(lengths: NDArray[np.int64], count: int) -> list[NDArray[np.bool_]]:
    """Masks of the texts in each quantile of length; texts of one length stay together."""
    edges = np.quantile(lengths, np.linspace(0, 1, count + 1)[1:-1], method="lower")
    bucket = np.searchsorted(edges, lengths, side="left")
    return [bucket == index for index in range(count)]


def _bucket(rows: NDArray[np.bool_], labels: NDArray[Any], dense: Predictions, pruned: Predictions) -> Bucket:
    return Bucket(
        shortest=int(pruned.lengths[rows].min()),
        longest=int(pruned.lengths[rows].max()),
        texts=int(rows.sum()),
        dense=task_metrics(labels[rows], dense.logits[rows]),
        pruned=task_metrics(labels[rows], pruned.logits[rows]),
        flops_reduction=float(pruned.dense_macs[rows].sum() / pruned.macs[rows].sum()),
    )
