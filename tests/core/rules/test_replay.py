"""A replayed run is the run itself, to the last bit, for dropping and for merging rules."""

import pytest
import torch

from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.forced import ForcedRule, ForcedTokens
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.ltmp import MergeAndPruneRule
from ltp_viz.core.rules.package import PackageRule
from ltp_viz.core.rules.replay import ReplayRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule

THRESHOLDS = (0.004, 0.006, 0.009, 0.012)
RULES: list[ReductionRule] = [
    ThresholdRule(THRESHOLDS),
    ThresholdRule((0.0,) * 4),
    ForcedRule(ThresholdRule(THRESHOLDS), ForcedTokens(keep=(3,), drop=(4,))),
    MergeRule(0.15),
    MergeAndPruneRule(0.02, THRESHOLDS),
    PackageRule(THRESHOLDS),
]
IDS = torch.randint(3, 200, (24,), generator=torch.Generator().manual_seed(2))


def run(
    model: LTPForSequenceClassification, rule: ReductionRule, ids: torch.Tensor = IDS, texts: int = 1
) -> EncoderRun:
    with torch.inference_mode():
        return model.run(ids.repeat(texts), (len(ids),) * texts, None, rule, score_all_layers=True)


def logits(model: LTPForSequenceClassification, found: EncoderRun) -> torch.Tensor:
    with torch.inference_mode():
        return model.classify(found.final)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_same_run(pruned_bert: LTPForSequenceClassification, rule: ReductionRule) -> None:
    once = run(pruned_bert, rule)
    again = run(pruned_bert, ReplayRule.of(once))
    assert torch.equal(logits(pruned_bert, again), logits(pruned_bert, once))
    for mine, theirs in zip(again.steps, once.steps, strict=True):
        assert torch.equal(mine.survivors.positions, theirs.survivors.positions)
        assert torch.equal(mine.survivors.states, theirs.survivors.states)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_copies_of_the_text(pruned_bert: LTPForSequenceClassification, rule: ReductionRule) -> None:
    once = run(pruned_bert, rule)
    copies = run(pruned_bert, ReplayRule.of(once), texts=3)
    expected = logits(pruned_bert, once).repeat(3, 1)
    torch.testing.assert_close(logits(pruned_bert, copies), expected, atol=1e-5, rtol=1e-5)
    for many, single in zip(copies.steps, once.steps, strict=True):
        assert many.survivors.positions.tolist() == single.survivors.positions.tolist() * 3


def test_decisions_are_held_on_another_text_of_that_length(pruned_bert: LTPForSequenceClassification) -> None:
    once, other = run(pruned_bert, RULES[0]), (IDS + 50) % 200
    kept = [step.survivors.positions.tolist() for step in once.steps]
    assert [s.survivors.positions.tolist() for s in run(pruned_bert, RULES[0], other).steps] != kept
    assert [
        s.survivors.positions.tolist() for s in run(pruned_bert, ReplayRule.of(once), other).steps
    ] == kept


def test_gradients_pass(pruned_bert: LTPForSequenceClassification) -> None:
    for rule in RULES:
        held = ReplayRule.of(run(pruned_bert, rule))
        pruned_bert.zero_grad()
        found = pruned_bert.run(IDS, (24,), None, held)
        pruned_bert.classify(found.final)[0, 0].backward()
        weight = pruned_bert.embeddings.words.weight
        assert weight.grad is not None and weight.grad[IDS].abs().sum() > 0
    pruned_bert.zero_grad()


def test_what_does_not_fit(pruned_bert: LTPForSequenceClassification) -> None:
    with pytest.raises(ValueError, match="run is of 2 texts"):
        ReplayRule.of(run(pruned_bert, RULES[0], texts=2))
    held = ReplayRule.of(run(pruned_bert, RULES[0]))
    with pytest.raises(ValueError, match="Texts of 20 tokens enter layer 0, and the run had 24"):
        run(pruned_bert, held, IDS[:20])
    assert not held.changes_nothing and ReplayRule.of(run(pruned_bert, RULES[1])).changes_nothing
