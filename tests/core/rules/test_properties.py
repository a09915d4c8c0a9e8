"""What holds for every rule in a real encoder: removal, protection, batching, merged sizes, going on."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ltp_viz.core.encoder import EncoderRun, encode
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.arbitrary import PositionRule, RandomRule
from ltp_viz.core.rules.in_context import InContextRule
from ltp_viz.core.rules.lat import LengthAdaptiveRule
from ltp_viz.core.rules.ltmp import MergeAndPruneRule
from ltp_viz.core.rules.package import PackageRule
from ltp_viz.core.rules.power_bert import PowerBertRule
from ltp_viz.core.rules.ppt import PruneOrPoolRule
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.spatten import SpAttenRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule
from ltp_viz.core.rules.top_k import TopKRule

THRESHOLDS = (0.002, 0.004, 0.006, 0.008)
RATES = (0.9, 0.7, 0.5, 0.3)
DROPPING: list[ReductionRule] = [
    ThresholdRule(THRESHOLDS),
    RelativeThresholdRule(0.3),
    TopKRule(RATES),
    SpAttenRule((1.0, 0.7, 0.5, 0.3)),
    PowerBertRule((30, 20, 10, 5)),
    LengthAdaptiveRule((30, 20, 10, 5)),
    InContextRule(RATES),
    RandomRule(RATES),
    PositionRule(RATES),
    PositionRule(RATES, "end"),
]
# Both variances: one at which all texts of the test prune, one at which all pool, and one between.
CARRYING: list[ReductionRule] = [
    MergeRule(0.2),
    MergeAndPruneRule(0.5, THRESHOLDS),
    PruneOrPoolRule(0.2, 0.0),
    PruneOrPoolRule(0.2, 1e9),
    PruneOrPoolRule(0.2, 1.0),
    PackageRule(THRESHOLDS),
]
LENGTHS = (40, 3, 170, 17, 1, 64, 2)


def texts() -> list[Tensor]:
    generator = torch.Generator().manual_seed(5)
    return [torch.randint(3, 200, (length,), generator=generator) for length in LENGTHS]


def segments_of(length: int) -> Tensor:
    return (torch.arange(length) >= length // 2).long()


@torch.inference_mode()
def run(model: LTPForSequenceClassification, chosen: list[Tensor], rule: ReductionRule) -> EncoderRun:
    lengths = tuple(len(text) for text in chosen)
    segments = torch.cat([segments_of(length) for length in lengths])
    return model.run(torch.cat(chosen), lengths, segments, rule)


def name_of(rule: ReductionRule) -> str:
    return repr(rule).replace(" ", "")


@pytest.mark.parametrize("rule", DROPPING + CARRYING, ids=name_of)
def test_batched_equals_one_by_one(rule: ReductionRule, pruned_bert: LTPForSequenceClassification) -> None:
    together = run(pruned_bert, texts(), rule)
    logits = pruned_bert.classify(together.final)
    removed = 0
    for index, text in enumerate(texts()):
        alone = run(pruned_bert, [text], rule)
        for mine, other in zip(together.steps, alone.steps, strict=True):
            rows = mine.survivors.text_index == index
            assert mine.survivors.positions[rows].tolist() == other.survivors.positions.tolist()
        own = pruned_bert.classify(alone.final)
        torch.testing.assert_close(logits[index : index + 1], own, atol=1e-4, rtol=1e-4)
        removed += len(text) - alone.final.lengths[0]
    assert removed > len(texts()), "the rule must remove something for this test to mean anything"


@pytest.mark.parametrize("rule", DROPPING + CARRYING, ids=name_of)
def test_tokens_only_go_and_the_first_stays(
    rule: ReductionRule, pruned_bert: LTPForSequenceClassification
) -> None:
    for text in texts():
        alive = set(range(len(text)))
        for step in run(pruned_bert, [text], rule).steps:
            left = set(step.survivors.positions.tolist())
            assert left <= alive and 0 in left
            alive = left


@pytest.mark.parametrize("rule", DROPPING + CARRYING, ids=name_of)
def test_protected_positions_stay_whole(
    rule: ReductionRule, pruned_bert: LTPForSequenceClassification
) -> None:
    pruned_bert.config.protected_positions = [0, 5, 6]
    try:
        encoded = run(pruned_bert, [texts()[0]], rule)
    finally:
        pruned_bert.config.protected_positions = [0]
    for step in encoded.steps:
        left = step.survivors
        protected = torch.isin(left.positions, torch.tensor([0, 5, 6]))
        assert protected.sum() == 3
        assert left.sizes is None or (left.sizes[protected] == 1).all(), "nothing may merge into them"


@pytest.mark.parametrize("rule", [MergeRule(0.2), MergeRule(0.5), PruneOrPoolRule(0.2, 1e9)], ids=name_of)
def test_sizes_of_merged_tokens_sum_to_the_text(
    rule: ReductionRule, pruned_bert: LTPForSequenceClassification
) -> None:
    for step in run(pruned_bert, texts(), rule).steps:
        left = step.survivors
        assert left.sizes is not None
        for index, length in enumerate(LENGTHS):
            assert left.sizes[left.text_index == index].sum() == length


@pytest.mark.parametrize("rule", DROPPING + CARRYING, ids=name_of)
def test_going_on_from_another_rule_equals_a_fresh_run(
    rule: ReductionRule, pruned_bert: LTPForSequenceClassification
) -> None:
    ids = texts()[2]
    fresh = run(pruned_bert, [ids], rule)
    for other in (ThresholdRule((0.0, 0.004, 0.0, 0.0)), MergeRule(0.1), rule):
        with torch.inference_mode():
            before = pruned_bert.run(ids, (170,), segments_of(170), other, score_all_layers=True).steps
            after = pruned_bert.run(ids, (170,), segments_of(170), rule, previous=before)
        assert after.final.positions.tolist() == fresh.final.positions.tolist()
        torch.testing.assert_close(
            pruned_bert.classify(after.final), pruned_bert.classify(fresh.final), atol=1e-5, rtol=1e-5
        )


@torch.inference_mode()
def test_a_row_of_three_tokens_counts_as_three_in_every_layer(
    pruned_bert: LTPForSequenceClassification,
) -> None:
    """Read, and voting, as often as three equal tokens, through the whole encoder."""
    embedded = pruned_bert.embed(texts()[3], (17,))
    sizes = torch.ones(17)
    sizes[4] = 3
    never = ThresholdRule((0.0,) * 4)
    together = encode(
        pruned_bert.layers, replace(embedded, sizes=sizes), never, pruned_bert.config, score_all_layers=True
    )
    repeated = PackedBatch.from_lengths(embedded.states.repeat_interleave(sizes.long(), 0), (19,))
    apart = encode(pruned_bert.layers, repeated, never, pruned_bert.config, score_all_layers=True)
    first = sizes.long().cumsum(0) - sizes.long()  # the first of a row's tokens
    for mine, other in zip(together.steps, apart.steps, strict=True):
        torch.testing.assert_close(mine.survivors.states, other.survivors.states[first])
        assert mine.scores is not None and other.scores is not None
        torch.testing.assert_close(mine.scores, other.scores[first] * sizes)


def test_inputs_are_not_changed(pruned_bert: LTPForSequenceClassification) -> None:
    ids = texts()[0]
    before = ids.clone()
    for rule in DROPPING + CARRYING:
        with torch.inference_mode():
            embedded = pruned_bert.embed(ids, (len(ids),), segments_of(len(ids)))
            states = embedded.states.clone()
            run(pruned_bert, [ids], rule)
        assert torch.equal(ids, before) and torch.equal(embedded.states, states)
