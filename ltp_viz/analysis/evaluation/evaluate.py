"""Scores and cost of a classifier on labelled texts, pruned beside dense, over all and by length."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.core.answers import same_answer
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.label_sets import truth_of
from ltp_viz.data.metrics import confusion_counts, ranking_metrics, swapped_labels_warning, task_metrics
from ltp_viz.data.predictions import Predictions
from ltp_viz.data.tables.datasets import LabelledTexts, parts_by_length


@dataclass(frozen=True)
class Bucket:
    """Texts of similar length. Lengths are in tokens, special ones included; scores have GLUE's names."""

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
    agreement: float | None  # share of texts with the same answer pruned and dense; None for a regression
    dense_macs: int
    pruned_macs: int
    buckets: tuple[Bucket, ...]
    # Of two classes, pruned and unpruned, how well the second one's probability ranks the texts.
    ranking: dict[str, dict[str, float]] | None = None
    warning: str | None = None  # that the labels seem to mean other classes than they are taken for

    @property
    def flops_reduction(self) -> float:
        """Dense FLOPs over pruned FLOPs."""
        return self.dense_macs / self.pruned_macs

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "flops_reduction": self.flops_reduction}


def evaluate(
    classifier: TextClassifier,
    data: LabelledTexts,
    global_scale: float = 1.0,
    batch_size: int = 32,
    buckets: int = 4,
    rule: ReductionRule | None = None,
) -> Evaluation:
    """Run every text pruned and dense (scale 0, same weights); score all texts and each quantile of length.

    `rule` prunes instead of the model's thresholds.
    """
    pairs = data.text_pairs
    pruned = classifier.predict(data.texts, batch_size, global_scale, text_pairs=pairs, rule=rule)
    dense = classifier.predict(data.texts, batch_size, 0.0, text_pairs=pairs)
    kind = classifier.config.answer_kind
    labels = truth_of(data.labels, kind, len(classifier.labels))
    same = same_answer(pruned.logits, dense.logits, kind)
    ranking = warning = None
    if kind == "class":
        confusion = confusion_counts(labels, dense.logits.argmax(1), len(classifier.labels))
        warning = swapped_labels_warning(confusion, classifier.labels)
    if kind == "class" and len(classifier.labels) == 2:
        sides = {"dense": dense, "pruned": pruned}
        ranking = {
            name: ranking_metrics(labels, side.logits[:, 1] - side.logits[:, 0])
            for name, side in sides.items()
        }
    return Evaluation(
        texts=len(data),
        global_scale=global_scale,
        dense=task_metrics(labels, dense.logits),
        pruned=task_metrics(labels, pruned.logits),
        agreement=None if kind == "numbers" else float(same.mean()),
        dense_macs=int(pruned.dense_macs.sum()),
        pruned_macs=int(pruned.macs.sum()),
        buckets=tuple(
            _bucket(rows, labels, dense, pruned) for rows in parts_by_length(pruned.lengths, buckets)
        ),
        ranking=ranking,
        warning=warning,
    )


def _bucket(rows: NDArray[np.bool_], labels: NDArray[Any], dense: Predictions, pruned: Predictions) -> Bucket:
    return Bucket(
        shortest=int(pruned.lengths[rows].min()),
        longest=int(pruned.lengths[rows].max()),
        texts=int(rows.sum()),
        dense=task_metrics(labels[rows], dense.logits[rows]),
        pruned=task_metrics(labels[rows], pruned.logits[rows]),
        flops_reduction=float(pruned.dense_macs[rows].sum() / pruned.macs[rows].sum()),
    )
