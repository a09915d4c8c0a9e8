"""Accuracy against FLOPs on labelled texts: one curve per rule, over its strengths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.compare.basis import RuleBasis
from ltp_viz.analysis.compare.families import RuleFamily
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.tables.datasets import LabelledTexts

# A curve's points are spread about evenly over this range of FLOPs shares.
_MIN_SHARE = 0.2
POINTS = 10
_FIRST_STRENGTHS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class RuleCurve:
    """One rule at P strengths, in order of decreasing cost; the first point drops nothing."""

    name: str
    strengths: NDArray[np.float64]  # (P,)
    shares: NDArray[np.float64]  # (P,) of the dense FLOPs, over all texts
    accuracy: NDArray[np.float64]  # (P,)
    texts: int


def rule_curve(
    classifier: TextClassifier,
    data: LabelledTexts,
    family: RuleFamily,
    basis: RuleBasis,
    between: Callable[[], None] = lambda: None,
) -> RuleCurve:
    """Run all texts at several strengths, each time in the widest gap between the costs measured so far.

    `between` is called before every run; an exception from it ends the curve.
    """
    gold = np.array(data.labels)
    met: dict[float, tuple[float, float]] = {}

    def run(strength: float) -> None:
        between()
        answers = classifier.predict(data.texts, rule=family.at(strength, basis), text_pairs=data.text_pairs)
        share = float(answers.macs.sum() / answers.dense_macs.sum())
        met[strength] = (share, float((answers.logits.argmax(1) == gold).mean()))

    run(0.0)
    for strength in (*_FIRST_STRENGTHS, 1.0):
        run(strength)
    while len(met) < POINTS:
        following = _widest_gap(sorted(met), [met[strength][0] for strength in sorted(met)])
        if following is None:
            break
        run(following)
    strengths = np.array(sorted(met))
    shares, accuracy = np.array([met[strength] for strength in strengths]).T
    return RuleCurve(family.name, strengths, shares, accuracy, len(data))


def _widest_gap(strengths: Sequence[float], shares: Sequence[float]) -> float | None:
    """The strength halfway in the widest gap between neighbouring costs in the range shown."""
    shown = np.maximum(shares, _MIN_SHARE)
    gaps = np.abs(np.diff(shown)) * (np.diff(strengths) > 1e-3)
    widest = int(gaps.argmax())
    return None if gaps[widest] < 0.02 else (strengths[widest] + strengths[widest + 1]) / 2
