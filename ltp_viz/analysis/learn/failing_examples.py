"""Labelled texts that the model answers correctly without pruning and wrongly with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ltp_viz.analysis.sweeps import sweep_texts
from ltp_viz.core.trace import Trace
from ltp_viz.data.classifier import TextClassifier


@dataclass(frozen=True)
class FailingExample:
    """A text whose correct answer pruning at `scale` breaks, with both runs."""

    text: str
    gold: str
    kind: str
    scale: float
    dense: Trace
    pruned: Trace


@dataclass(frozen=True)
class Failures:
    """The examples, and how many texts were searched."""

    examples: tuple[FailingExample, ...]
    texts: int
    lost: tuple[tuple[float, int], ...]  # (scale, correct answers that pruning breaks there)


def failing_examples(
    classifier: TextClassifier,
    rows: Sequence[tuple[str, str, str]],
    scales: Sequence[float],
    *,
    most: int,
    longest: int,
) -> Failures:
    """Of (text, gold label, kind), at most `most` whose answer pruning breaks, those at the smallest scale
    first.

    `scales` are positive and ascending. Texts of more than `longest` tokens count but are not used as
    examples. The choice is deterministic.
    """
    known = [row for row in rows if row[1] in classifier.labels]
    if not known:
        return Failures((), 0, ())
    swept = sweep_texts(classifier, [text for text, _, _ in known], [0.0, *scales])
    gold = [classifier.labels.index(label) for _, label, _ in known]
    right = swept.logits.argmax(-1) == gold  # (1 + K, N)
    chosen: dict[int, float] = {}
    for k, scale in enumerate(scales, 1):
        for index in (right[0] & ~right[k]).nonzero()[0].tolist():
            if len(chosen) < most and len(classifier.tokenize(known[index][0]).tokens) <= longest:
                chosen.setdefault(index, scale)
    examples = []
    for index, scale in chosen.items():
        text, label, kind = known[index]
        dense, pruned = classifier.trace(text, global_scale=0.0), classifier.trace(text, global_scale=scale)
        examples.append(FailingExample(text, label, kind, scale, dense, pruned))
    lost = tuple((scale, int((right[0] & ~right[k]).sum())) for k, scale in enumerate(scales, 1))
    return Failures(tuple(examples), len(known), lost)
