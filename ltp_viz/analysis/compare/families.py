"""The rules that can be compared, each controlled by one strength: 0 drops nothing, 1 as much as possible.

A strength means something different in every family; families are compared at equal cost.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ltp_viz.analysis.compare.basis import RuleBasis
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.arbitrary import PositionRule, RandomRule
from ltp_viz.core.rules.in_context import InContextRule
from ltp_viz.core.rules.lat import LengthAdaptiveRule
from ltp_viz.core.rules.ltmp import MergeAndPruneRule
from ltp_viz.core.rules.package import PackageRule
from ltp_viz.core.rules.power_bert import PowerBertRule
from ltp_viz.core.rules.ppt import PruneOrPoolRule
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.schedules import rates_at, shrinking_counts
from ltp_viz.core.rules.spatten import SpAttenRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.errors import InputError

# Almost no score is below this and none is above 1: the range of a manual threshold.
_LOWEST_THRESHOLD = 1e-4
# Share of a text removed per layer; merging pairs cannot remove more than half.
_MAX_REMOVED = 0.5


@dataclass(frozen=True)
class RuleFamily:
    """One kind of rule, and how a strength becomes its settings."""

    name: str
    title: str
    summary: str  # one sentence, for readers who know LTP
    source: str  # publication, and how this implementation differs
    make: Callable[[float, RuleBasis], ReductionRule]
    setting: Callable[[float, RuleBasis], str]  # the strength as the rule's own setting

    def at(self, strength: float, basis: RuleBasis) -> ReductionRule:
        """The rule at a strength from 0 to 1. Raises ValueError for any other."""
        if not 0 <= strength <= 1:
            raise ValueError(f"A strength is {strength}; give a number from 0 to 1.")
        return self.make(strength, basis)


def threshold_scale(strength: float) -> float:
    """Strength as a scale of learned thresholds: 0.5 is x1, as trained; 1 is x1000, which drops all."""
    return min(1000.0, strength / max(1e-9, 1.0 - strength))


def _scaled(strength: float, basis: RuleBasis) -> tuple[float, ...]:
    scale = threshold_scale(strength)
    return tuple(scale * threshold for threshold in basis.thresholds)


def _manual(strength: float, basis: RuleBasis) -> float:
    return 0.0 if strength == 0 else _LOWEST_THRESHOLD ** (1.0 - strength)


def _rates(strength: float, basis: RuleBasis) -> tuple[float, ...]:
    return rates_at(strength, basis.num_layers)


def _longest_counts(strength: float, basis: RuleBasis) -> tuple[int, ...]:
    return shrinking_counts(basis.longest, 1.0 - strength, basis.num_layers)


def _rates_in_words(strength: float, basis: RuleBasis) -> str:
    shown = ", ".join(f"{rate:.0%}" for rate in _rates(strength, basis))
    return f"keeps {shown}" + ("" if strength <= 1 / 3 else ", steeper than the published schedule")


_LTP = "Kim et al., KDD 2022"
FAMILIES: tuple[RuleFamily, ...] = (
    RuleFamily(
        "learned",
        "Learned thresholds (LTP)",
        "A token is dropped where its score is below the threshold that training found for the layer.",
        f"{_LTP}; the checkpoint's own thresholds, times one scale",
        lambda s, b: ThresholdRule(_scaled(s, b)),
        lambda s, b: f"thresholds ×{threshold_scale(s):.2f}",
    ),
    RuleFamily(
        "manual",
        "Manual threshold",
        "One threshold, set by hand, for all layers.",
        f"{_LTP}, published code: absolute threshold",
        lambda s, b: ThresholdRule((_manual(s, b),) * b.num_layers),
        lambda s, b: f"threshold {_manual(s, b):.2g}",
    ),
    RuleFamily(
        "relative",
        "Relative threshold",
        "A token is dropped where its score is below a fraction of the text's highest.",
        f"{_LTP}, published code: token threshold",
        lambda s, b: RelativeThresholdRule(s),
        lambda s, b: f"below {s:.1%} of the highest score",
    ),
    RuleFamily(
        "top_k",
        "Top-k",
        "Each layer keeps its highest scores; a schedule sets how many.",
        f"{_LTP}: its baseline, with SpAtten's schedule",
        lambda s, b: TopKRule(_rates(s, b)),
        _rates_in_words,
    ),
    RuleFamily(
        "spatten",
        "SpAtten",
        "Like top-k, with scores summed over all layers so far.",
        "Wang et al., HPCA 2021; token pruning alone",
        lambda s, b: SpAttenRule(_rates(s, b)),
        _rates_in_words,
    ),
    RuleFamily(
        "power_bert",
        "PoWER-BERT",
        "A fixed count per layer, by attention received from other tokens.",
        "Goyal et al., ICML 2020; counts calibrated, not learned",
        lambda s, b: PowerBertRule(b.counts_at(s)),
        lambda s, b: "keeps " + ", ".join(map(str, b.counts_at(s))) + " tokens",
    ),
    RuleFamily(
        "lat",
        "Length-Adaptive (LAT)",
        "A fixed count per layer that shrinks by a factor, by attention received.",
        "Kim and Cho, ACL 2021; lengths calibrated, not searched by evolution",
        lambda s, b: LengthAdaptiveRule(_longest_counts(s, b)),
        lambda s, b: "keeps " + ", ".join(map(str, _longest_counts(s, b))) + " tokens",
    ),
    RuleFamily(
        "tome",
        "Token Merging (ToMe)",
        "The most similar pairs become one token; nothing is discarded.",
        "Bolya et al., ICLR 2023",
        lambda s, b: MergeRule(_MAX_REMOVED * s),
        lambda s, b: f"merges {_MAX_REMOVED * s:.1%} of the text per layer",
    ),
    RuleFamily(
        "ltmp",
        "Merge and prune (LTMP)",
        "Similar pairs merge by threshold, then tokens with low scores are dropped by threshold.",
        "Bonnaerens and Dambre, TMLR 2023; thresholds of LTP and one similarity, not learned together",
        lambda s, b: MergeAndPruneRule(1 - s, _scaled(s / 2, b)),
        lambda s, b: f"merges from similarity {1 - s:.2f}, thresholds ×{threshold_scale(s / 2):.2f}",
    ),
    RuleFamily(
        "ppt",
        "Prune or pool (PPT)",
        "Texts with unequal scores prune, others pool similar pairs.",
        "Wu et al., 2023; scores of LTP",
        lambda s, b: PruneOrPoolRule(_MAX_REMOVED * s, b.score_variance),
        lambda s, b: f"removes {_MAX_REMOVED * s:.1%} of the text per layer",
    ),
    RuleFamily(
        "package",
        "Package token (HeatViT)",
        "Tokens below the learned thresholds are packed into one token.",
        "Dong et al., HPCA 2023; LTP's scores instead of a learned selector",
        lambda s, b: PackageRule(_scaled(s, b)),
        lambda s, b: f"thresholds ×{threshold_scale(s):.2f}",
    ),
    RuleFamily(
        "in_context",
        "In-context (inspired by ToPi)",
        "The target is kept; the context is ranked by how much the target attends to it.",
        "inspired by Lin et al., 2026, token pruning in diffusion transformers; an analogue, no port",
        lambda s, b: InContextRule(_rates(s, b)),
        _rates_in_words,
    ),
    RuleFamily(
        "random",
        "Random",
        "Drops random tokens: the baseline every rule should beat.",
        "baseline",
        lambda s, b: RandomRule(_rates(s, b)),
        _rates_in_words,
    ),
    RuleFamily(
        "beginning",
        "Beginning of the text",
        "Keeps the first words.",
        "baseline",
        lambda s, b: PositionRule(_rates(s, b)),
        _rates_in_words,
    ),
    RuleFamily(
        "end",
        "End of the text",
        "Keeps the last words.",
        "baseline",
        lambda s, b: PositionRule(_rates(s, b), "end"),
        _rates_in_words,
    ),
)
_BY_NAME = {family.name: family for family in FAMILIES}


def family(name: str) -> RuleFamily:
    """The family of that name. Raises InputError if there is none."""
    if name not in _BY_NAME:
        raise InputError(f"There is no rule {name!r}; choose one of {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]
