"""Our count of multiply-accumulates agrees with torch's counter, and its estimates with the count."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from ltp_viz.core.flops import dense_macs, layer_macs, macs_by_text, pruned_and_dense_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule
from tests.core.family_cases import CASES, pruned_model


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


@pytest.mark.parametrize("case", CASES)
def test_lengths_alone_give_the_cost_or_an_upper_bound(case: str) -> None:
    """Exact without local layers, and for all tokens and one in those; kept tokens far apart cost less."""
    config = pruned_model(case).config
    layers, is_local = config.num_hidden_layers, any(config.layout.get("local", ()))
    text_lengths = (60, 25)
    generator = np.random.default_rng(0)
    depths = generator.integers(0, layers + 1, sum(text_lengths))
    depths[[0, 60]] = layers
    for kind in ("some", "all", "one"):
        if kind == "all":
            depths[:] = layers
        elif kind == "one":
            depths[:] = 0
            depths[[0, 60]] = layers
        there = [depths >= layer for layer in range(layers + 1)]
        lengths = np.array([[alive[:60].sum(), alive[60:].sum()] for alive in there])
        pruned, dense = pruned_and_dense_macs(lengths, config)
        exact = int(macs_by_text(depths, text_lengths, config).sum())
        assert dense == sum(dense_macs(length, config) for length in text_lengths)
        if kind == "some" and is_local:
            assert exact < pruned < dense
        else:
            assert pruned == exact
