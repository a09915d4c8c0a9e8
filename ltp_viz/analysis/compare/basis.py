"""Statistics of a model and its texts that rules need: measured once, saved as a small file.

Learned thresholds come from the checkpoint. The rest is measured without pruning on texts that no training
has seen: lengths, the variance of scores, and how many tokens hold which share of a layer's significance.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ltp_viz.core.reduction import LayerView, Reduction
from ltp_viz.core.rules.ppt import relative_variance
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.text.tokenization import packed_rows, tokenized_rows

# Shares of a layer's significance for which `significance_counts` has a row.
SHARES = tuple(round(0.02 * step, 2) for step in range(51))
# Tokens of a batch, at most.
_BATCH = 16


@dataclass(frozen=True)
class RuleBasis:
    """Statistics that turn one strength into a rule's own settings. L layers, S shares."""

    thresholds: tuple[float, ...]  # (L,) learned
    longest: int  # tokens of the longest text that the model reads
    score_variance: float  # median over texts and layers of the variance of scores, in units of their mean
    # (S, L) mean number of tokens that hold each share of the attention received from others
    significance_counts: tuple[tuple[float, ...], ...]

    @property
    def num_layers(self) -> int:
        """L."""
        return len(self.thresholds)

    def counts_at(self, strength: float) -> tuple[int, ...]:
        """Tokens per layer at a strength from 0 to 1; never more than the layer before.

        Up to 0.5 the count decreases from the longest text to the tokens that hold all of an average text's
        significance; from there it follows a decreasing share of the significance.
        """
        table = np.array(self.significance_counts)
        share = min(1.0, 2 * (1 - strength))
        counts = np.array([np.interp(share, SHARES, column) for column in table.T])
        widened = counts * (self.longest / table[-1].max()) ** max(0.0, 1 - 2 * strength)
        return tuple(max(1, round(count)) for count in np.minimum.accumulate(widened).tolist())

    def to_json(self) -> str:
        """JSON for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "RuleBasis":
        """Inverse of `to_json`. Raises InputError for any other text."""
        try:
            record: dict[str, Any] = json.loads(text)
            table = tuple(tuple(map(float, row)) for row in record.pop("significance_counts"))
            basis = cls(thresholds=tuple(record.pop("thresholds")), significance_counts=table, **record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"This is not a basis of rules: {error}; calibrate again.") from error
        if len(table) != len(SHARES) or any(len(row) != basis.num_layers for row in table):
            raise InputError("The basis of rules has a table of the wrong shape; calibrate again.")
        return basis


@torch.inference_mode()
def gather_basis(
    classifier: TextClassifier, texts: Sequence[str], text_pairs: Sequence[str] | None = None
) -> RuleBasis:
    """Measure the texts as the model reads them. Raises InputError if there are none."""
    if not texts:
        raise InputError("There are no texts to gather a basis of rules from; give at least one.")
    config = classifier.config
    rows = tokenized_rows(classifier.tokenizer, texts, text_pairs, config.max_text_tokens)
    observer = _Observer([], tuple([] for _ in range(config.num_hidden_layers)))
    for first in range(0, len(rows), _BATCH):
        classifier.model.run(*packed_rows(rows[first : first + _BATCH], config), observer)
    counts = np.array([np.mean(of_layer, axis=0) for of_layer in observer.counts])  # (L, S)
    return RuleBasis(
        thresholds=tuple(config.thresholds),
        longest=config.max_text_tokens,
        score_variance=float(np.median(observer.variances)),
        significance_counts=tuple(map(tuple, counts.T.round(2).tolist())),
    )


@dataclass(frozen=True)
class _Observer:
    """A rule that drops nothing and records statistics of each layer."""

    variances: list[float]  # of every text in every layer
    counts: tuple[list[NDArray[np.float64]], ...]  # per layer, (S,) of every text

    def can_reduce(self, layer: int) -> bool:
        """True: every layer is measured."""
        return True

    def reduce(self, seen: LayerView) -> Reduction:
        """Record variances and counts; keep all tokens."""
        significance = seen.attention_from_others().clamp_min(0)
        for rows in seen.per_text():
            self.variances.append(relative_variance(seen, rows))
            self.counts[seen.layer].append(_tokens_holding(significance[rows].cpu().numpy()))
        return Reduction(torch.ones_like(seen.protected))


def _tokens_holding(significance: NDArray[np.float32]) -> NDArray[np.float64]:
    """Fewest tokens that together hold each of SHARES, (S,); includes the first token, which is always
    kept."""
    falling = np.sort(significance[1:])[::-1]
    held = np.concatenate([[0.0], np.cumsum(falling)]) / max(falling.sum(), 1e-12)
    return 1.0 + np.searchsorted(held, np.array(SHARES) - 1e-6).astype(np.float64)
