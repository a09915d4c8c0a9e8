"""Each rule against five tokens worked out by hand. The first token is protected in all of them."""

import math

import pytest
import torch

from ltp_viz.core.reduction import LayerStep, Reduction
from ltp_viz.core.rules.arbitrary import PositionRule, RandomRule
from ltp_viz.core.rules.in_context import InContextRule
from ltp_viz.core.rules.lat import LengthAdaptiveRule
from ltp_viz.core.rules.ltmp import MergeAndPruneRule
from ltp_viz.core.rules.matching import match
from ltp_viz.core.rules.package import PackageRule
from ltp_viz.core.rules.power_bert import PowerBertRule
from ltp_viz.core.rules.ppt import PruneOrPoolRule, relative_variance
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.schedules import falling_rates, shrinking_counts, spatten_rates
from ltp_viz.core.rules.spatten import SpAttenRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule
from ltp_viz.core.rules.top_k import TopKRule
from tests.core.layer_views import layer_view

SCORES = [0.1, 0.5, 0.2, 0.4, 0.3]
# Keys in a plane. Even places are tokens 0, 2, 4, odd ones 1, 3. Token 2 points as 3 does (cosine 1), token 4
# nearly as 1 does (cosine 0.8), and the two odd ones are at right angles.
KEYS = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 2.0], [0.0, 1.0], [0.8, 0.6]])


def kept(reduction: Reduction, protected: int = 0) -> list[int]:
    positions = torch.arange(len(reduction.keep))
    return reduction.protecting(positions == protected).keep.nonzero().flatten().tolist()


def carriers(reduction: Reduction) -> list[int]:
    assert reduction.carrier is not None
    return reduction.carrier.tolist()


def test_learned_thresholds_drop_what_is_below() -> None:
    rule = ThresholdRule((0.35, 0.0))
    assert kept(rule.reduce(layer_view(scores=SCORES))) == [0, 1, 3]
    assert rule.can_reduce(0) and not rule.can_reduce(1)


def test_relative_threshold_follows_the_highest_score() -> None:
    # 0.5 times the highest, 0.5, is 0.25.
    assert kept(RelativeThresholdRule(0.5).reduce(layer_view(scores=SCORES))) == [0, 1, 3, 4]
    doubled = [2 * score for score in SCORES]
    assert kept(RelativeThresholdRule(0.5).reduce(layer_view(scores=doubled))) == [0, 1, 3, 4]


def test_top_k_keeps_a_share_of_the_full_length() -> None:
    # 0.6 of five tokens are three: the protected one, then 0.5 and 0.4.
    assert kept(TopKRule((0.6,)).reduce(layer_view(scores=SCORES))) == [0, 1, 3]


def test_spatten_adds_up_scores_of_all_layers_so_far() -> None:
    first = layer_view(scores=[0.0, 0.0, 0.9, 0.0, 0.1])
    step = LayerStep(first.attended, first.scores, None, first.attended)
    seen = layer_view(scores=SCORES, layer=1, earlier=[step])
    # Sums are 0.1, 0.5, 1.1, 0.4, 0.4; by this layer's own scores token 3 would stay and token 2 would go.
    assert seen.accumulated_scores().tolist() == pytest.approx([0.1, 0.5, 1.1, 0.4, 0.4])
    assert kept(SpAttenRule((1.0, 0.6)).reduce(seen)) == [0, 1, 2]
    assert SpAttenRule((1.0, 0.6)).can_reduce(0), "the first layer's scores must be taken"
    assert not SpAttenRule((0.6, 1.0)).can_reduce(1)


def attentive_view(scores: list[float]) -> object:
    """Token 4 looks at itself alone; all others look at all five alike."""
    query, key = torch.zeros(5, 2), torch.zeros(5, 2)
    query[4], key[4] = torch.tensor([200.0, 0.0]), torch.tensor([200.0, 0.0])
    return layer_view(scores=scores, query=query, key=key)


def test_power_bert_leaves_out_attention_to_oneself() -> None:
    # A token other than 4 receives 4/5 in all, 3/5 of it from others; token 4 receives 4/5 from others and 1
    # from itself. Without the diagonal: 4/5 - 1/5 = 0.6 for tokens 0 to 3, 0.8 for token 4.
    received = [0.8, 0.8, 0.8, 0.8, 1.8]
    seen = attentive_view(received)
    others = seen.attention_from_others()  # type: ignore[attr-defined]
    assert others.tolist() == pytest.approx([0.6, 0.6, 0.6, 0.6, 0.8])
    everyone = torch.ones(5, dtype=torch.bool)
    assert seen.attention_from(everyone).tolist() == pytest.approx(received)  # type: ignore[attr-defined]
    assert kept(PowerBertRule((2,)).reduce(seen)) == [0, 4]  # type: ignore[arg-type]


def test_power_bert_and_lat_differ_by_the_diagonal() -> None:
    # Token 4 looks at itself only, and nobody else looks at it: 1 received, nothing of it from others.
    query, key = torch.zeros(5, 2), torch.zeros(5, 2)
    key[4] = torch.tensor([-200.0, 200.0])
    query[:4], query[4] = torch.tensor([200.0, 0.0]), torch.tensor([0.0, 200.0])
    seen = layer_view(scores=[1.0, 1.0, 1.0, 1.0, 1.0 + 1e-3], query=query, key=key)
    assert kept(LengthAdaptiveRule((2,)).reduce(seen)) == [0, 4]
    assert 4 not in kept(PowerBertRule((4,)).reduce(seen))
    assert kept(LengthAdaptiveRule((4,)).reduce(layer_view(scores=SCORES))) == [0, 1, 3, 4]
    assert kept(LengthAdaptiveRule((9,)).reduce(layer_view(scores=SCORES))) == [0, 1, 2, 3, 4]


def test_matching_pairs_even_with_odd_places() -> None:
    pairs = match(KEYS, torch.tensor([True, False, False, False, False]))
    assert pairs.sources.tolist() == [2, 4]
    assert pairs.targets.tolist() == [3, 1]
    assert pairs.similarity.tolist() == pytest.approx([1.0, 0.8])
    assert len(match(KEYS[:1], torch.tensor([True])).sources) == 0


def test_tome_merges_the_most_similar_pair_by_size() -> None:
    states = torch.tensor([[1.0, 0], [0, 1], [4, 0], [0, 8], [5, 5]])
    sizes = [1.0, 1.0, 3.0, 1.0, 1.0]
    seen = layer_view(scores=SCORES, key=KEYS, states=states, sizes=sizes)
    reduction = MergeRule(0.2).reduce(seen)  # one of five
    assert carriers(reduction) == [0, 1, 3, 3, 4]
    after = reduction.apply(seen.attended)
    assert after.positions.tolist() == [0, 1, 3, 4]
    assert after.sizes is not None and after.sizes.tolist() == [1, 1, 4, 1]
    # (3 * [4, 0] + 1 * [0, 8]) / 4
    torch.testing.assert_close(after.states, torch.tensor([[1.0, 0], [0, 1], [3, 2], [5, 5]]))


def test_merged_tokens_are_read_as_often_as_their_parts() -> None:
    """Attention with the logarithm of the size equals attention over that many equal tokens."""
    from ltp_viz.core.attention.dispatch import packed_attention

    generator = torch.Generator().manual_seed(0)
    projected = torch.randn(4, 3, 2, 8, generator=generator)
    repeated = projected[[0, 1, 1, 1, 2, 3]]
    apart, apart_sums = packed_attention(repeated, (6,))
    together, sums = packed_attention(projected, (4,), presence=torch.tensor([1.0, 3.0, 1.0, 1.0]))
    torch.testing.assert_close(together, apart[[0, 1, 4, 5]])
    assert sums is not None and apart_sums is not None
    torch.testing.assert_close(sums[1], apart_sums[1:4].sum())


def test_ltmp_merges_first_and_prunes_what_is_left() -> None:
    seen = layer_view(scores=SCORES, key=KEYS)
    # At 0.9 only token 2 merges, into 3; their importance is (0.2 + 0.4) / 2 = 0.3.
    assert carriers(MergeAndPruneRule(0.9, (0.25,)).reduce(seen)) == [0, 1, 3, 3, 4]
    assert carriers(MergeAndPruneRule(0.9, (0.35,)).reduce(seen)) == [0, 1, -1, -1, -1]
    assert carriers(MergeAndPruneRule(0.7, (0.0,)).reduce(seen)) == [0, 1, 3, 3, 1]
    assert carriers(MergeAndPruneRule(1.1, (0.35,)).reduce(seen)) == [0, 1, -1, 3, -1]


def test_ppt_prunes_unequal_scores_and_pools_equal_ones() -> None:
    seen = layer_view(scores=SCORES, key=KEYS)
    # Without the protected one: mean 0.35, variance 0.0125, relative 0.0125 / 0.1225 = 0.102.
    assert relative_variance(seen, slice(0, 5)) == pytest.approx(0.10204, abs=1e-5)
    assert carriers(PruneOrPoolRule(0.2, 0.1).reduce(seen)) == [0, 1, -1, 3, 4]  # the lowest score goes
    assert carriers(PruneOrPoolRule(0.2, 0.2).reduce(seen)) == [0, 1, 3, 3, 4]  # the most similar pair merges


def test_ppt_decides_per_text() -> None:
    unequal, equal = [0.1, 0.9, 0.01, 0.4, 0.3], [0.1, 0.3, 0.3, 0.3, 0.3]
    seen = layer_view(scores=unequal + equal, lengths=(5, 5), key=torch.cat([KEYS, KEYS]))
    assert carriers(PruneOrPoolRule(0.2, 0.1).reduce(seen)) == [0, 1, -1, 3, 4, 5, 6, 8, 8, 9]


def test_package_is_the_mean_weighted_by_scores() -> None:
    states = torch.tensor([[1.0], [10.0], [2.0], [20.0], [7.0]])
    seen = layer_view(scores=SCORES, states=states)
    reduction = PackageRule((0.35,)).reduce(seen)  # 2 (score 0.2) and 4 (score 0.3) are packed
    assert carriers(reduction) == [0, 1, 4, 3, 4]
    after = reduction.apply(seen.attended)
    assert after.positions.tolist() == [0, 1, 3, 4] and after.sizes is None
    assert after.states.flatten().tolist() == pytest.approx([1, 10, 20, (0.2 * 2 + 0.3 * 7) / 0.5])


def test_in_context_keeps_the_target_and_what_it_reads() -> None:
    # Tokens 3 and 4 are the target, and look at token 2 alone; everybody else looks at token 1.
    query, key = torch.zeros(5, 2), torch.zeros(5, 2)
    key[1], key[2] = torch.tensor([200.0, 0.0]), torch.tensor([0.0, 200.0])
    query[:3], query[3:] = torch.tensor([200.0, 0.0]), torch.tensor([0.0, 200.0])
    pair = layer_view(scores=SCORES, query=query, key=key, segments=[0, 0, 0, 1, 1])
    # One of the two context tokens stays; the first token is protected and counts as target.
    assert kept(InContextRule((0.5,)).reduce(pair)) == [0, 2, 3, 4]
    # In a single text the first token, which looks at token 1, is the target: one of four stays.
    single = layer_view(scores=SCORES, query=query, key=key)
    assert kept(InContextRule((0.25,)).reduce(single)) == [0, 1]


def test_positions_and_chance() -> None:
    seen = layer_view(scores=SCORES)
    assert kept(PositionRule((0.6,)).reduce(seen)) == [0, 1, 2]
    assert kept(PositionRule((0.6,), "end").reduce(seen)) == [0, 3, 4]
    drawn = kept(RandomRule((0.6,)).reduce(seen))
    assert len(drawn) == 3 and drawn == kept(RandomRule((0.6,)).reduce(seen))
    assert len({tuple(kept(RandomRule((0.6,), seed).reduce(seen))) for seed in range(20)}) > 3


def test_schedules() -> None:
    # Of 12 layers three keep all, then nine steps down to 0.1.
    rates = spatten_rates(0.1, 12)
    assert rates[:3] == (1.0, 1.0, 1.0) and rates[3] == pytest.approx(0.9) and rates[11] == pytest.approx(0.1)
    assert spatten_rates(0.5, 4) == pytest.approx((1.0, 1.0, 1.0, 0.5))
    assert falling_rates(0.3, 4) == pytest.approx((0.7, 0.4, 0.1, 0.01))
    assert shrinking_counts(100, 0.5, 3) == (50, 25, 12)
    assert min(shrinking_counts(10, 0.1, 6)) == 1


def test_a_token_that_carries_itself_alone_keeps_its_bits() -> None:
    states = torch.tensor([[math.pi], [math.e], [1 / 3], [0.1], [0.7]])
    seen = layer_view(scores=SCORES, states=states, key=KEYS, sizes=[1.0, 7.0, 1.0, 1.0, 3.0])
    after = MergeRule(0.2).reduce(seen).apply(seen.attended)
    assert torch.equal(after.states[[0, 1, 3]], states[[0, 1, 4]])
