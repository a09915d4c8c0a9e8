"""A text, or a data set, under many global scales, in one shared-prefix pass each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from ltp_viz.core.answers import AnswerKind, probabilities_of, same_answer
from ltp_viz.core.flops import dense_macs, macs_by_text
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens
from ltp_viz.core.sweep import SweepRun, run_sweep
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.text.tokenization import packed_rows, tokenized_rows

# The grid of global scales that sliders, charts and measurements share.
SCALES = tuple(round(0.05 * step, 2) for step in range(61))

# A tokenized text: ids and segments.
TokenRow = Mapping[str, list[int]]


@dataclass(frozen=True, eq=False)
class Sweep:
    """One text under K global scales, ascending. Shapes: L layers, n tokens, C classes."""

    scales: tuple[float, ...]  # K
    depths: NDArray[np.int64]  # (K, n) layers that each token survives, 0 to L
    logits: NDArray[np.float32]  # (K, C)
    scores: NDArray[np.float32]  # (K, L, n) NaN once a token is dropped
    layer_macs: NDArray[np.int64]  # (K, L, 2) attention and feed-forward part
    dense_macs: int
    labels: tuple[str, ...]  # C names
    num_layers: int  # L
    answer_kind: AnswerKind = "class"  # what the logits mean

    def __post_init__(self) -> None:
        if len(self.labels) == 1:  # one output cannot be a choice
            object.__setattr__(self, "answer_kind", "numbers")

    @property
    def keep(self) -> NDArray[np.bool_]:
        """Whether each token is kept after each layer, (K, L, n)."""
        return self.depths[:, None, :] > np.arange(self.num_layers)[:, None]

    @property
    def macs(self) -> NDArray[np.int64]:
        """Multiply-accumulates of the pruned encoder, (K,)."""
        macs: NDArray[np.int64] = self.layer_macs.sum((1, 2))
        return macs

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Of each class by softmax, or of each label by a sigmoid of its own, (K, C); NaN for numbers."""
        return probabilities_of(self.logits, self.answer_kind)

    @property
    def flips(self) -> tuple[float, ...]:
        """Scales at which the predicted class, or a label, differs from the scale before."""
        same = same_answer(self.logits[1:], self.logits[:-1], self.answer_kind)  # (K - 1,)
        return tuple(scale for scale, is_same in zip(self.scales[1:], same, strict=True) if not is_same)


def sweep_text(
    classifier: TextClassifier,
    source: TokenizedText,
    scales: Sequence[float],
    layer_scales: Sequence[float] | None = None,
    forced: ForcedTokens = NOTHING_FORCED,
) -> Sweep:
    """All scales on one text; every decision, score and logit equals that of a run at this scale alone.

    Raises ValueError if scales are negative, not finite or not ascending, or if `forced` names a position
    that the text does not have or the model protects.
    """
    config = classifier.config
    forced.check(len(source.tokens), config.always_kept)
    run = _run(classifier, [source.row], scales, layer_scales, forced, with_scores=True)
    return Sweep(
        scales=tuple(map(float, scales)),
        depths=run.depths,
        logits=run.logits[:, 0],
        scores=cast(NDArray[np.float32], run.scores),  # requested by `with_scores`
        layer_macs=macs_by_text(run.depths, (len(source.tokens),), config)[:, 0],
        dense_macs=dense_macs(len(source.tokens), config),
        labels=classifier.labels,
        num_layers=config.num_hidden_layers,
        answer_kind=config.answer_kind,
    )


@dataclass(frozen=True, eq=False)
class DataSweep:
    """N texts under K global scales, ascending."""

    scales: tuple[float, ...]  # K
    logits: NDArray[np.float32]  # (K, N, C)
    macs: NDArray[np.int64]  # (K, N)
    dense_macs: NDArray[np.int64]  # (N,)

    @property
    def flops_reduction(self) -> NDArray[np.float64]:
        """Dense FLOPs over pruned FLOPs of all texts at each scale, (K,)."""
        reduction: NDArray[np.float64] = self.dense_macs.sum() / self.macs.sum(1)
        return reduction


def sweep_texts(
    classifier: TextClassifier,
    texts: Sequence[str],
    scales: Sequence[float],
    batch_size: int = 16,
    text_pairs: Sequence[str] | None = None,
) -> DataSweep:
    """All scales on every text, in batches of similar length. The batch bounds the memory."""
    rows = tokenized_rows(classifier.tokenizer, texts, text_pairs, classifier.config.max_text_tokens)
    logits = np.zeros((len(scales), len(rows), classifier.config.num_classes), dtype=np.float32)
    macs = np.zeros((len(scales), len(rows)), dtype=np.int64)
    lengths = np.array([len(row["input_ids"]) for row in rows], dtype=np.int64)
    order = np.argsort(lengths, kind="stable")
    for first in range(0, len(order), batch_size):
        chosen = order[first : first + batch_size]
        swept = sweep_rows(classifier, [rows[index] for index in chosen], scales)
        logits[:, chosen] = swept.logits
        macs[:, chosen] = swept.macs
    dense = [dense_macs(length, classifier.config) for length in lengths.tolist()]
    return DataSweep(tuple(map(float, scales)), logits, macs, np.array(dense, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class SweptRows:
    """One packed batch of B tokenized texts with T tokens in total, under K global scales."""

    logits: NDArray[np.float32]  # (K, B, C)
    macs: NDArray[np.int64]  # (K, B)
    depths: NDArray[np.int64]  # (K, T) layers that each token survives, 0 to L


def sweep_rows(
    classifier: TextClassifier,
    rows: Sequence[TokenRow],
    scales: Sequence[float],
    layer_scales: Sequence[float] | None = None,
) -> SweptRows:
    """All scales on the output of `tokenized_rows`, in one batch."""
    run = _run(classifier, rows, scales, layer_scales)
    lengths = tuple(len(row["input_ids"]) for row in rows)
    return SweptRows(run.logits, macs_by_text(run.depths, lengths, classifier.config).sum((2, 3)), run.depths)


def batches_by_length(lengths: Sequence[int], max_tokens: int) -> Iterator[NDArray[np.int64]]:
    """Batches of indices of texts of similar length, shortest first, each of at most `max_tokens` tokens, or
    of a single longer text."""
    order = np.argsort(np.asarray(lengths, dtype=np.int64), kind="stable")
    first, tokens = 0, 0
    for place, index in enumerate(order.tolist()):
        if place > first and tokens + lengths[index] > max_tokens:
            yield order[first:place]
            first, tokens = place, 0
        tokens += lengths[index]
    if first < len(order):
        yield order[first:]


@torch.inference_mode()
def _run(
    classifier: TextClassifier,
    rows: Sequence[TokenRow],
    scales: Sequence[float],
    layer_scales: Sequence[float] | None,
    forced: ForcedTokens = NOTHING_FORCED,
    *,
    with_scores: bool = False,
) -> SweepRun:
    thresholds = [classifier.model.effective_thresholds(scale, layer_scales) for scale in scales]
    ids, lengths, segments = packed_rows(rows, classifier.config, classifier.model.device)
    return run_sweep(
        classifier.model, ids, lengths, segments, thresholds, forced=forced, with_scores=with_scores
    )
