"""Soft masks that fade attention approach a real run as they approach 0 and 1."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from ltp_viz.core import limits
from ltp_viz.core.attention.dispatch import packed_attention
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.training.soft_pruning import ScoreScale, SoftPruningModel


@pytest.mark.parametrize("lengths", [(7, 12, 3), (300,)])  # padded together; in tiles
def test_presence_of_zero_and_one_equals_dropped_tokens(lengths: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    rows = torch.randn(sum(lengths), 3, 2, 8)
    keep = torch.rand(sum(lengths)) > 0.4
    keep[[sum(lengths[:i]) for i in range(len(lengths))]] = True
    output, sums = packed_attention(rows, lengths, presence=keep.float())
    left = tuple(int(part.sum()) for part in keep.split(lengths))
    expected, expected_sums = packed_attention(rows[keep], left)
    assert sums is not None and expected_sums is not None
    torch.testing.assert_close(output[keep], expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(sums[keep], expected_sums, atol=1e-5, rtol=1e-4)
    assert (sums[~keep] == 0).all()


def test_full_presence_changes_nothing_and_has_a_gradient() -> None:
    torch.manual_seed(0)
    rows = torch.randn(19, 3, 2, 8)
    presence = torch.ones(19, requires_grad=True)
    output, sums = packed_attention(rows, (12, 7), presence=presence)
    expected, expected_sums = packed_attention(rows, (12, 7))
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(sums, expected_sums)
    output.square().sum().backward()
    assert presence.grad is not None and presence.grad.abs().min() > 0


@pytest.mark.parametrize("score_scale", ["log", "linear"])
def test_sharp_masks_on_attention_end_in_the_logits_of_a_real_run(
    pruned_bert: LTPForSequenceClassification, score_scale: ScoreScale
) -> None:
    """Drops in every layer, which masks on states cannot reproduce: there dropped tokens still take part."""
    model = copy.deepcopy(pruned_bert).double().eval()
    chance = np.random.default_rng(0)
    rows = [chance.integers(5, 200, size=length).tolist() for length in (9, 24, 40)]
    ids = torch.tensor([row + [0] * (40 - len(row)) for row in rows])
    mask = torch.arange(40) < torch.tensor([[len(row)] for row in rows])
    with torch.no_grad():
        real = model(ids, mask)
        assert real.keep_rates is not None and real.keep_rates[-1] < 0.9 * real.keep_rates[0] < 0.9
        outputs = {}
        for fades in ("attention", "states"):
            soft = SoftPruningModel(model, 1e-9, 0.0, fades=fades, score_scale=score_scale)  # type: ignore[arg-type]
            soft.thresholds.data = soft.thresholds.data.double()
            outputs[fades] = soft.eval()(ids, mask)
    torch.testing.assert_close(outputs["attention"]["logits"], real.logits, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(outputs["attention"]["keep_rates"], real.keep_rates)
    assert not torch.allclose(outputs["states"]["logits"], real.logits, atol=1e-3)


def test_thresholds_are_stored_as_scores(pruned_bert: LTPForSequenceClassification) -> None:
    stored = pruned_bert.config.thresholds
    for score_scale in ("log", "linear"):
        soft = SoftPruningModel(pruned_bert, 0.1, 0.1, fades="states", score_scale=score_scale)  # type: ignore[arg-type]
        assert soft.learned_thresholds() == pytest.approx(stored, rel=1e-5, abs=1e-5)
        soft.thresholds.data.fill_(-100.0)
        soft.clip_thresholds()
        assert soft.learned_thresholds() == pytest.approx([0.0] * len(stored), abs=1.1e-5)


def test_attention_recomputed_in_the_backward_pass_gives_the_same_gradients(
    pruned_bert: LTPForSequenceClassification, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpointing, which long texts need, forced on short ones: bit-identical, and fewer tensors kept."""
    ids = torch.from_numpy(np.random.default_rng(0).integers(5, 200, size=(2, 60)))

    def gradients() -> tuple[list[torch.Tensor], int]:
        soft = SoftPruningModel(copy.deepcopy(pruned_bert), 0.5, 0.1, fades="attention", score_scale="linear")
        torch.manual_seed(0)  # dropout draws the same numbers when recomputed
        kept: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.numel()) or x, lambda x: x):  # type: ignore[func-returns-value]
            loss = soft.train()(ids, labels=torch.tensor([0, 2]))["loss"]
        loss.backward()
        return [p.grad for p in soft.parameters() if p.grad is not None], sum(kept)

    whole, all_kept = gradients()
    monkeypatch.setattr(limits, "PROCESSOR", replace(limits.PROCESSOR, kept_probabilities=0))
    again, fewer_kept = gradients()
    assert len(again) == len(whole) and all(torch.equal(a, b) for a, b in zip(again, whole, strict=True))
    assert fewer_kept < 0.8 * all_kept
