"""The strength at which a rule reaches a target cost, on one text or on a set of texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ltp_viz.analysis.compare.basis import RuleBasis
from ltp_viz.analysis.compare.families import RuleFamily
from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.search import search_setting
from ltp_viz.data.classifier import AnalysedText, TextClassifier

# The search ends at this difference of strengths: a text of 512 tokens changes by a token or two.
_FINEST = 1 / 4096
# Distances from the end of a search on one text at which to try again, the nearest first.
_LOOKS = tuple(sign * step**2 / 8192 for step in range(1, 17) for sign in (-1, 1))
# The published schedule of rates ends here and a steeper one begins.
_BENDS = (1 / 3, 2 / 3)
# Costs within this relative distance of the target count as equal.
TOLERANCE = 0.01


@dataclass(frozen=True)
class EqualCost:
    """The strength found, its cost as a share of the dense cost, and the target share.

    `is_least`: the rule cannot cost less. A target above 1 is allowed but never met.
    """

    strength: float
    share: float
    target_share: float
    is_least: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether the cost is within 1 % of the target."""
        return abs(self.share / self.target_share - 1) <= TOLERANCE


def search_strength(
    share_at: Callable[[float], float],
    target_share: float,
    looks: Sequence[float] = (),
) -> EqualCost:
    """Search strengths from 0 to 1 until `share_at` is well within `TOLERANCE` of the target.

    Costs decrease in steps as the strength rises, because tokens are removed whole. If the search misses by
    more than 1 %, it also tries the distances `looks` from its end, the bends of schedules first. Returns the
    closest cost found; if the rule cannot cost so little, that of strength 1.
    """
    if target_share >= 1:
        return EqualCost(0.0, 1.0, target_share)
    least = share_at(1.0)

    def around(end: float) -> Sequence[float]:
        return (*_BENDS, *(min(1.0, max(0.0, end + look)) for look in looks)) if looks else ()

    found = search_setting(
        share_at,
        target_share,
        low=0.0 if least < target_share else 1.0,
        tolerance=target_share * TOLERANCE / 4,
        finest=_FINEST,
        known={0.0: 1.0, 1.0: least},
        # With merging, a slightly higher strength may cost slightly more, so try the neighbourhood too.
        also=around,
        also_tolerance=target_share * TOLERANCE,
    )
    is_least = target_share < found.cost <= least
    return EqualCost(found.setting, found.cost, target_share, is_least)


def equal_cost_on_text(
    analysed: AnalysedText, family: RuleFamily, basis: RuleBasis, target_share: float
) -> EqualCost:
    """The strength at which the family's rule runs one text at a share of its dense FLOPs."""
    classifier = analysed.classifier
    dense = dense_macs(len(analysed.source.tokens), classifier.config)

    def share_at(strength: float) -> float:
        run = classifier.run([analysed.source], family.at(strength, basis))
        return int(run_macs(run, classifier.config)[0]) / dense

    return search_strength(share_at, target_share, looks=_LOOKS)


def equal_cost_on_texts(
    classifier: TextClassifier,
    family: RuleFamily,
    basis: RuleBasis,
    target_share: float,
    texts: Sequence[str],
    text_pairs: Sequence[str] | None = None,
) -> EqualCost:
    """The strength at which the family's rule runs all texts together at a share of their dense FLOPs."""

    def share_at(strength: float) -> float:
        answers = classifier.predict(texts, rule=family.at(strength, basis), text_pairs=text_pairs)
        return float(answers.macs.sum() / answers.dense_macs.sum())

    return search_strength(share_at, target_share)
