"""Pruning rules compared at equal cost: scores on labelled texts, with paired intervals."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from ltp_viz.analysis.compare.calibration import Calibration
from ltp_viz.analysis.compare.families import family
from ltp_viz.analysis.stats import Estimate, ScorePair, scores
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import LabelledTexts

# The rule that all others are compared with.
BASELINE = "learned"


@dataclass(frozen=True)
class RuleResult:
    """One rule at one budget. Shares are of the dense FLOPs; `ahead` is its score minus the baseline's on
    the same texts, None for the baseline itself."""

    name: str
    budget: float
    share: float
    score: Estimate
    ahead: Estimate | None

    @property
    def title(self) -> str:
        """The rule's display name."""
        return family(self.name).title


@dataclass(frozen=True)
class Comparison:
    """All rules at all budgets on N labelled texts."""

    texts: int
    metric: str
    dense: Estimate
    results: tuple[RuleResult, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def compare(
    classifier: TextClassifier,
    data: LabelledTexts,
    calibration: Calibration,
    metric: str = "accuracy",
    report: Callable[[str], None] = lambda line: None,
) -> Comparison:
    """Evaluate every calibrated rule at every budget. `metric` is accuracy, f1 or matthews.

    Raises InputError for a regression, or if learned thresholds are not calibrated.
    """
    if classifier.config.answer_kind == "numbers":
        raise InputError(
            "This model predicts a number, and rules are compared by classes; give a classifier."
        )
    if classifier.config.answer_kind == "labels":
        raise InputError(
            f"The model {classifier.name!r} gives a text several labels, and rules are compared by one "
            "answer; choose one of its labels (--label)."
        )
    if BASELINE not in calibration.strengths:
        raise InputError(
            f"The rule {BASELINE!r}, which others are compared with, is not calibrated; calibrate it too."
        )
    gold = np.array(data.labels, dtype=np.int64)
    classes = classifier.config.num_classes

    def answers(name: str, budget: float) -> tuple[np.ndarray, float]:
        predicted = classifier.predict(
            data.texts, text_pairs=data.text_pairs, rule=calibration.rule(name, budget)
        )
        share = float(predicted.macs.sum() / predicted.dense_macs.sum())
        report(f"{family(name).title} at {budget:g}: {share:.3f}")
        return predicted.logits.argmax(1), share

    def pair(first: np.ndarray, second: np.ndarray) -> ScorePair:
        confusion = np.zeros((classes,) * 3, dtype=np.int64)
        np.add.at(confusion, (gold, first, second), 1)
        found: ScorePair = getattr(scores(confusion), metric)
        return found

    dense = classifier.predict(data.texts, global_scale=0.0, text_pairs=data.text_pairs).logits.argmax(1)
    results = []
    for budget in [cost.target_share for cost in calibration.strengths[BASELINE]]:
        baseline, share = answers(BASELINE, budget)
        results.append(RuleResult(BASELINE, budget, share, pair(dense, baseline).pruned, None))
        for name in calibration.strengths:
            if name != BASELINE:
                own, share = answers(name, budget)
                both = pair(baseline, own)
                results.append(RuleResult(name, budget, share, both.pruned, both.change))
    return Comparison(len(data), metric, pair(dense, dense).dense, tuple(results))


def comparison_table(comparison: Comparison) -> str:
    """Scores by rule and budget as a Markdown table; marked if the paired interval excludes zero."""
    budgets = sorted({result.budget for result in comparison.results})
    names = list(dict.fromkeys(result.name for result in comparison.results))
    found = {(result.name, result.budget): result for result in comparison.results}
    head = ["rule", *(f"{budget:g} of the FLOPs" for budget in budgets)]
    rows = [head, ["---"] * len(head)]
    for name in names:
        cells = [_cell(found.get((name, budget))) for budget in budgets]
        rows.append([family(name).title, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(result: RuleResult | None) -> str:
    if result is None:
        return ""
    text = f"{100 * result.score.value:.1f}"
    if result.ahead is not None:
        text += (
            f" ({_signed(result.ahead.value)}; {_signed(result.ahead.low)} to {_signed(result.ahead.high)})"
        )
        if result.ahead.low > 0 or result.ahead.high < 0:
            text = f"**{text}**"
    if abs(result.share / result.budget - 1) > 0.03:
        text += f" at {result.share:.2f}"
    return text


def _signed(points: float) -> str:
    return f"{100 * points:+.1f}".replace("-", "−")
