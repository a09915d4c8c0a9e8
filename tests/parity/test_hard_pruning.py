"""Hard pruning agrees with the published implementation, case by case."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from ltp_viz.core.flops import dense_macs, layer_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.schedules import spatten_rates
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.top_k import TopKRule

MODES = {"absolute_threshold": 100, "topk": 79, "threshold": 28}


def rule_of(case: dict[str, Any], num_layers: int) -> ReductionRule:
    """The rule that a reference case was computed with."""
    if case["mode"] == "topk":
        return TopKRule(spatten_rates(case["params"]["token_keep_rate"], num_layers))
    if case["mode"] == "threshold":
        return RelativeThresholdRule(case["params"]["token_threshold"])
    return ThresholdRule(tuple(case["thresholds"]))


@pytest.mark.parametrize("kernel", ["native", "torch"])
@pytest.mark.parametrize("mode", MODES)
def test_hard_pruning_equals_published_code(
    mode: str,
    kernel: str,
    use_kernel: Callable[[str], None],
    reference: dict[str, Any],
    reference_model: LTPForSequenceClassification,
) -> None:
    use_kernel(kernel)
    model, config = reference_model, reference_model.config
    cases = [case for case in reference["cases"] if case["mode"] == mode]
    assert len(cases) == MODES[mode]
    worst_logit = worst_score = 0.0
    for case in cases:
        ids = torch.tensor(case["input_ids"])
        with torch.inference_mode():
            run = model.run(
                ids, (len(ids),), None, rule_of(case, config.num_hidden_layers), score_all_layers=True
            )
            logits = model.classify(run.final)[0]
        macs = 0
        for layer, step in enumerate(run.steps):
            entered, left = step.attended, step.survivors
            assert entered.lengths[0] == case["attention_length"][layer]
            assert left.lengths[0] == case["ffn_length"][layer]
            kept = torch.zeros(len(ids), dtype=torch.long)
            kept[left.positions] = 1
            assert kept.tolist() == case["keep"][layer]
            macs += sum(layer_macs(entered.lengths[0], left.lengths[0], config))
            expected = torch.tensor(case["score_column_sum_over_heads_and_queries"][layer])
            expected = expected[entered.positions] / (reference["heads"] * reference["pad_length"])
            assert step.scores is not None
            worst_score = max(worst_score, (step.scores - expected).abs().max().item())
        assert macs == case["macs"]
        assert dense_macs(len(ids), config) == case["baseline_macs"]
        worst_logit = max(worst_logit, (logits - torch.tensor(case["logits"])).abs().max().item())
    print(
        f"{mode}, {kernel}: {len(cases)} cases, worst logit {worst_logit:.1e}, worst score {worst_score:.1e}"
    )
    assert worst_logit < 1e-4
    assert worst_score < 1e-6
