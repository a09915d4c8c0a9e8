"""The strength at which a rule costs what is wanted: on one text, or on a set of texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ltp_viz.analysis.compare.basis import RuleBasis
from ltp_viz.analysis.compare.families import RuleFamily
from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.search import search_setting
from ltp_viz.data.classifier import AnalysedText, TextClassifier

# The search ends where strengths differ by no more: a text of 512 tokens changes by a token or two.
_FINEST = 1 / 4096
# Around the end of a search on one text, first near ones and then ones farther off.
_LOOKS = tuple(sign * step**2 / 8192 for step in range(1, 17) for sign in (-1, 1))
# Where the published schedule of rates ends and a steeper one begins: the strength bends there.
_BENDS = (1 / 3, 2 / 3)
# Costs this near, relative to what was wanted, are equal.
TOLERANCE = 0.01


@dataclass(frozen=True)
class EqualCost:
    """The strength found, its cost as a share of the dense cost, and the share that was wanted.

    `is_least`: the rule cannot cost less. More than 1 may be wanted, and is never met.
    """

    strength: float
    share: float
    wanted_share: float
    is_least: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether the cost is within 1 % of what was wanted."""
        return abs(self.share / self.wanted_share - 1) <= TOLERANCE


def search_strength(
    share_at: Callable[[float], float],
    wanted_share: float,
    looks: Sequence[float] = (),
) -> EqualCost:
    """Search strengths from 0 to 1 until `share_at` comes well within `TOLERANCE` of what is wanted.

    Costs fall with the strength, in steps: a text loses whole tokens. `looks` are distances from the end of
    the search at which to look too, where it has missed by more than 1 %; the bends of schedules come first.
    Returns the nearest cost that was met; where the rule cannot cost so little, that of strength 1.
    """
    if wanted_share >= 1:
        return EqualCost(0.0, 1.0, wanted_share)
    least = share_at(1.0)

    def around(end: float) -> Sequence[float]:
        return (*_BENDS, *(min(1.0, max(0.0, end + look)) for look in looks)) if looks else ()

    found = search_setting(
        share_at,
        wanted_share,
        low=0.0 if least < wanted_share else 1.0,
        tolerance=wanted_share * TOLERANCE / 4,
        finest=_FINEST,
        known={0.0: 1.0, 1.0: least},
        # Where tokens merge, a little more strength may cost a little more: look around as well.
        also=around,
        also_tolerance=wanted_share * TOLERANCE,
    )
    is_least = wanted_share < found.cost <= least
    return EqualCost(found.setting, found.cost, wanted_share, is_least)


def equal_cost_on_text(
    analysed: AnalysedText, family: RuleFamily, basis: RuleBasis, wanted_share: float
) -> EqualCost:
    """The strength at which the family's rule runs one text at a share of its dense FLOPs."""
    classifier = analysed.classifier
    dense = dense_macs(len(analysed.source.tokens), classifier.config)

    def share_at(strength: float) -> float:
        run = classifier.run([analysed.source], family.at(strength, basis))
        return int(run_macs(run, classifier.config)[0]) / dense

    return search_strength(share_at, wanted_share, looks=_LOOKS)


def equal_cost_on_texts(
    classifier: TextClassifier,
    family: RuleFamily,
    basis: RuleBasis,
    wanted_share: float,
    texts: Sequence[str],
    text_pairs: Sequence[str] | None = None,
) -> EqualCost:
    """The strength at which the family's rule runs all texts together at a share of their dense FLOPs."""

    def share_at(strength: float) -> float:
        answers = classifier.predict(texts, rule=family.at(strength, basis), text_pairs=text_pairs)
        return float(answers.macs.sum() / answers.dense_macs.sum())

    return search_strength(share_at, wanted_share)
