"""What a text, or a data set, becomes under many global scales, from one shared-prefix pass each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.flops import dense_macs, layer_macs
from ltp_viz.core.forced import NOTHING_FORCED, ForcedTokens
from ltp_viz.core.sweep import SweepRun, run_sweep
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier

# The grid of global scales that sliders, charts and measurements share.
SCALES = tuple(round(0.05 * step, 2) for step in range(61))


@dataclass(frozen=True, eq=False)
class Sweep:
    """One text under K global scales, ascending. Shapes: L layers, n tokens, C classes."""

    scales: tuple[float, ...]  # K
    depths: NDArray[np.int64]  # (K, n) layers that each token survives, 0 to L
    logits: NDArray[np.float32]  # (K, C)
    scores: NDArray[np.float32]  # (K, L, n) NaN once a token is gone
    layer_macs: NDArray[np.int64]  # (K, L, 2) attention and feed-forward part
    dense_macs: int
    labels: tuple[str, ...]  # C names
    num_layers: int  # L

    @property
    def keep(self) -> NDArray[np.bool_]:
        """Alive after the layer, (K, L, n)."""
        return self.depths[:, None, :] > np.arange(self.num_layers)[:, None]

    @property
    def macs(self) -> NDArray[np.int64]:
        """Multiply-accumulates of the pruned encoder, (K,)."""
        return self.layer_macs.sum((1, 2))

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, (K, C)."""
        shifted = np.exp(self.logits.astype(np.float64) - self.logits.max(1, keepdims=True))
        return shifted / shifted.sum(1, keepdims=True)

    @property
    def flips(self) -> tuple[float, ...]:
        """Scales at which the predicted class differs from the scale before."""
        classes = self.logits.argmax(1)
        return tuple(self.scales[k] for k in range(1, len(classes)) if classes[k] != classes[k - 1])


def sweep_text(
    classifier: TextClassifier,
    source: TokenizedText,
    scales: Sequence[float],
    layer_scales: Sequence[float] | None = None,
    forced: ForcedTokens = NOTHING_FORCED,
) -> Sweep:
    """All scales on one text; every decision, score and logit is that of a run at this scale alone.

    Raises ValueError where scales are negative, not finite or not ascending, or where `forced` names a
    position that the text lacks or the model protects.
    """
    config = classifier.config
    forced.check(len(source.tokens), config.protected_positions)
    run = _run(classifier, [source], scales, layer_scales, forced, with_scores=True)
    assert run.scores is not None
    return Sweep(
        scales=tuple(map(float, scales)),
        depths=run.depths,
        logits=run.logits[:, 0],
        scores=run.scores,
        layer_macs=_layer_macs(run.depths, _lengths([source]), config)[:, 0],
        dense_macs=dense_macs(len(source.tokens), config),
        labels=classifier.labels,
        num_layers=config.num_hidden_layers,
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
        """How many times fewer FLOPs each scale needs over all texts, (K,)."""
        return self.dense_macs.sum() / self.macs.sum(1)


def sweep_texts(
    classifier: TextClassifier,
    texts: Sequence[str],
    scales: Sequence[float],
    layer_scales: Sequence[float] | None = None,
    batch_size: int = 16,
    text_pairs: Sequence[str] | None = None,
) -> DataSweep:
    """All scales on every text, in batches of similar length. Memory is bounded by the batch."""
    seconds = [None] * len(texts) if text_pairs is None else text_pairs
    sources = [classifier.tokenize(text, pair) for text, pair in zip(texts, seconds, strict=True)]
    logits = np.zeros((len(scales), len(sources), classifier.config.num_classes), dtype=np.float32)
    macs = np.zeros((len(scales), len(sources)), dtype=np.int64)
    order = np.argsort([len(source.tokens) for source in sources], kind="stable")
    for first in range(0, len(order), batch_size):
        chosen = order[first : first + batch_size]
        batch = [sources[index] for index in chosen]
        run = _run(classifier, batch, scales, layer_scales)
        logits[:, chosen] = run.logits
        macs[:, chosen] = _layer_macs(run.depths, _lengths(batch), classifier.config).sum((2, 3))
    dense = [dense_macs(length, classifier.config) for length in _lengths(sources)]
    return DataSweep(tuple(map(float, scales)), logits, macs, np.array(dense, dtype=np.int64))


@torch.inference_mode()
def _run(
    classifier: TextClassifier,
    sources: Sequence[TokenizedText],
    scales: Sequence[float],
    layer_scales: Sequence[float] | None,
    forced: ForcedTokens = NOTHING_FORCED,
    *,
    with_scores: bool = False,
) -> SweepRun:
    thresholds = [classifier.model.effective_thresholds(scale, layer_scales) for scale in scales]
    ids = torch.tensor([i for source in sources for i in source.input_ids])
    segments = classifier.segments(sources)
    return run_sweep(
        classifier.model,
        ids,
        _lengths(sources),
        segments,
        thresholds,
        forced=forced,
        with_scores=with_scores,
    )


def _lengths(sources: Sequence[TokenizedText]) -> tuple[int, ...]:
    return tuple(len(source.tokens) for source in sources)


def _layer_macs(depths: NDArray[np.int64], lengths: tuple[int, ...], config: LTPConfig) -> NDArray[np.int64]:
    """Multiply-accumulates per setting, text, layer and part, (K, B, L, 2), from depths (K, T)."""
    starts = np.cumsum([0, *lengths])[:-1]
    macs = np.zeros((len(depths), len(lengths), config.num_hidden_layers, 2), dtype=np.int64)
    entered = np.tile(np.array(lengths, dtype=np.int64), (len(depths), 1))
    for layer in range(config.num_hidden_layers):
        left = np.add.reduceat((depths > layer).astype(np.int64), starts, axis=1)
        macs[:, :, layer] = np.stack(layer_macs(entered, left, config), -1)
        entered = left
    return macs
