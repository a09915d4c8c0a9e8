"""Our count of multiply-accumulates agrees with torch's counter on Hugging Face's dense model."""

import copy
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from ltp_viz.core.flops import dense_macs, layer_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule


@pytest.mark.parametrize("length", [1, 8, 128, 512])
def test_dense_count_equals_flop_counter(
    length: int, dense_bert: Any, pruned_bert: LTPForSequenceClassification
) -> None:
    dense = copy.deepcopy(dense_bert)
    dense.set_attn_implementation("eager")  # the counter does not see inside the fused CPU kernel
    ids = torch.randint(3, 200, (1, length))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        dense.bert.encoder(dense.bert.embeddings(input_ids=ids))
    assert 2 * dense_macs(length, pruned_bert.config) == pytest.approx(counter.get_total_flops(), rel=0.01)


def test_pruned_count_equals_flop_counter(pruned_bert: LTPForSequenceClassification) -> None:
    ids = torch.randint(3, 200, (100,), generator=torch.Generator().manual_seed(0))
    rule = ThresholdRule(pruned_bert.effective_thresholds())
    # With gradients the linear layers run as torch's own products, the only ones the counter knows.
    with FlopCounterMode(display=False) as counter:
        run = pruned_bert.run(ids, (100,), None, rule)
    assert run.final.lengths[0] < 100
    counted = sum(
        sum(layer_macs(step.attended.lengths[0], step.survivors.lengths[0], pruned_bert.config))
        for step in run.steps
    )
    assert 2 * counted == pytest.approx(counter.get_total_flops(), rel=0.01)
