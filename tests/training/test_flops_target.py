"""A target share of the dense FLOPs is reached: by a controller of lambda first, then by a scale."""

import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import TrainerControl, TrainerState, TrainingArguments

import ltp_viz
from ltp_viz.core.flops import pruned_and_dense_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.tables.splits import read_evaluation_data
from ltp_viz.training.flops_target import (
    LambdaController,
    ScaleController,
    hard_flops_share,
    scale_for_target,
    top_k_for_target,
)
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.stages import TrainingRun
from ltp_viz.training.tokenized import TokenizedTexts
from tests.training.runs import recipe_for, steps_of


@pytest.fixture
def texts() -> TokenizedTexts:
    """Random ids of 4 to 60 tokens for the tiny BERT; their text does not matter here."""
    chance = np.random.default_rng(0)
    made = TokenizedTexts.__new__(TokenizedTexts)
    made.rows = [
        {"input_ids": chance.integers(5, 200, size=length).tolist(), "labels": 0}
        for length in chance.integers(4, 60, size=80)
    ]
    return made


def test_lambda_follows_a_goal_that_falls_to_the_target() -> None:
    """Lambda reacts to costs above and below the line that leads to the target."""
    controller = LambdaController(target=0.5)
    assert controller.update(100, 100, 1, 1000) > 0  # the goal has started to decrease
    on_the_line = [controller.update(100 - 50 * step / 600, 100, step, 1000) for step in range(2, 500)]
    assert max(on_the_line) < 0.2
    above = [controller.update(90, 100, step, 1000) for step in range(600, 700)]
    assert np.all(np.diff([on_the_line[-1], *above]) > 0) and above[-1] > 1
    below = [controller.update(10, 100, step, 1000) for step in range(700, 800)]
    assert np.all(np.diff([above[-1], *below[:10]]) < 0) and below[-1] < 0
    for share, end in ((1.0, LambdaController.highest), (0.0, LambdaController.lowest)):
        for _ in range(2000):
            controller.update(100 * share, 100, 1000, 1000)
        assert controller.setting == end
    assert LambdaController.lowest < 0  # tokens have a price


def test_batches_are_weighted_by_their_cost() -> None:
    """Short texts at 90 % and long ones at 30 % of their FLOPs cost about 32 % together, not 60."""
    target = (9 + 300) / (10 + 1000)
    controller = ScaleController(target=target, thresholds=[1.0])
    for pruned, dense in [(9, 10), (300, 1000)] * 500:
        controller.update(pruned, dense, 1, 1000)
    assert abs(math.log(controller.setting)) < 1, (
        "the mean of both shares is 0.29 too high: 14 in the exponent"
    )


def test_the_controller_resumes_from_its_state() -> None:
    controller = LambdaController(target=0.5)
    for step, pruned in enumerate((90, 70, 30)):
        controller.update(pruned, 100 + step, step, 1000)
    state = controller.state()
    restored = LambdaController(**state["args"])
    assert restored.state() == state
    assert [restored.update(80, 100, 4, 1000), restored.update(20, 100, 5, 1000)] == [
        controller.update(80, 100, 4, 1000),
        controller.update(20, 100, 5, 1000),
    ]


def test_the_scale_follows_the_share_and_rests_in_the_last_fifth(
    pruned_bert: LTPForSequenceClassification,
) -> None:
    model = copy.deepcopy(pruned_bert)
    start = list(model.config.thresholds)
    controller = ScaleController(target=0.5, thresholds=start)
    arguments, control = TrainingArguments(), TrainerControl()
    scales = []
    for step, share in ((10, 0.55), (50, 0.55), (60, 0.45), (80, 0.45), (81, 0.9), (100, 0.9)):
        controller.observed = (100 * share, 100)
        for _ in range(20):
            controller.on_step_end(
                arguments, TrainerState(global_step=step, max_steps=100), control, model=model
            )
        scales.append(controller.setting)
        assert model.config.thresholds == [controller.setting * threshold for threshold in start]
    assert 1 < scales[0] < scales[1] and scales[3] < scales[1] and scales[3] == scales[4] == scales[5]
    restored = ScaleController(**controller.state()["args"])
    model.config.thresholds = start
    restored.on_train_begin(arguments, TrainerState(), control, model=model)
    assert model.config.thresholds == [controller.setting * threshold for threshold in start]


@pytest.mark.parametrize("target", [0.35, 0.6, 0.9])
def test_the_scale_that_reaches_a_target(
    pruned_bert: LTPForSequenceClassification, texts: TokenizedTexts, target: float
) -> None:
    scale, share = scale_for_target(pruned_bert, texts, target)
    assert abs(share - target) <= 0.01
    assert share == share_at(pruned_bert, texts, scale)


def test_a_target_out_of_reach_is_approached_as_far_as_possible(
    pruned_bert: LTPForSequenceClassification, texts: TokenizedTexts
) -> None:
    # The first layer attends to all tokens, whatever is dropped after it.
    scale, share = scale_for_target(pruned_bert, texts, 0.01)
    assert scale == 1.0 and share == share_at(pruned_bert, texts, 1.0)
    assert share_at(pruned_bert, texts, 0.0) == 1.0
    scale, share = scale_for_target(pruned_bert, texts, 1.0)
    assert abs(share - 1) <= 0.003


def test_thresholds_that_ended_far_too_low_still_reach_a_target(
    pruned_bert: LTPForSequenceClassification, texts: TokenizedTexts
) -> None:
    own = list(pruned_bert.config.thresholds)
    pruned_bert.config.thresholds = [theta / 1e4 for theta in own]
    assert share_at(pruned_bert, texts, 64.0) == 1.0
    scale, share = scale_for_target(pruned_bert, texts, 0.6)
    assert abs(share - 0.6) <= 0.01 and scale > 64
    pruned_bert.config.thresholds = own


def share_at(model: LTPForSequenceClassification, data: TokenizedTexts, scale: float) -> float:
    return hard_flops_share(model, data, ThresholdRule(model.effective_thresholds(scale)))


def one_text(row: dict[str, Any]) -> TokenizedTexts:
    made = TokenizedTexts.__new__(TokenizedTexts)
    made.rows = [row]
    return made


def hard_lengths(model: LTPForSequenceClassification, row: dict[str, Any]) -> NDArray[np.int64]:
    """Tokens that enter the encoder and leave each layer, (1 + L, 1)."""
    ids = torch.tensor(row["input_ids"])
    with torch.inference_mode():
        run = model.run(ids, (len(ids),), None, ThresholdRule(model.effective_thresholds()))
    return np.array([[len(ids)], *(step.survivors.lengths for step in run.steps)])


def test_the_soft_share_is_that_of_a_real_run(
    pruned_bert: LTPForSequenceClassification, texts: TokenizedTexts
) -> None:
    lengths = np.hstack([hard_lengths(pruned_bert, row) for row in texts.rows])
    assert (lengths[-1] < lengths[0]).any()
    pruned, dense = pruned_and_dense_macs(lengths, pruned_bert.config)
    assert pruned / dense == pytest.approx(share_at(pruned_bert, texts, 1.0), rel=1e-12)


def test_sharp_masks_count_what_a_real_run_drops(
    pruned_bert: LTPForSequenceClassification, texts: TokenizedTexts
) -> None:
    """Drops in the last layer only: no later layer sees that a token is faded here and removed there."""
    model = copy.deepcopy(pruned_bert)
    model.config.thresholds = [0.0, 0.0, 0.0, 0.008]
    soft = SoftPruningModel(
        model, temperature=1e-9, regularizer_weight=0.0, fades="states", score_scale="linear"
    ).train()
    model.eval()  # no dropout
    for row in texts.rows:
        wanted = hard_lengths(model, row)
        output = soft(torch.tensor([row["input_ids"]]))
        assert output["keep_rates"].tolist() == pytest.approx((wanted[1:, 0] / wanted[0, 0]).tolist())
        pruned, dense = output["macs"].tolist()
        assert pruned / dense == pytest.approx(share_at(model, one_text(row), 1.0), rel=1e-12)


def test_a_run_ends_at_its_target(base: Path, data: Path, tmp_path: Path) -> None:
    recipe = recipe_for(base, target_flops=0.6, dense_epochs=1)
    run = TrainingRun(recipe, [str(data)], tmp_path)
    classifier = ltp_viz.load_model(run.run())
    share = share_at(classifier.model, run.holdout_set, 1.0)
    assert abs(share - 0.6) < 0.02
    # The same as users measure it.
    _, holdout = read_evaluation_data(str(data), "holdout", run.task)
    result = classifier.predict(list(holdout.texts))
    assert result.macs.sum() / result.dense_macs.sum() == pytest.approx(share, abs=1e-3)
    found = classifier.config.recipe or {}
    assert found["hard_flops_share"] == pytest.approx(share, abs=1e-9)
    assert found["hard_threshold_scale"] > 0 and found["target_flops"] == 0.6
    steps = steps_of(tmp_path, "soft")
    lambdas = [entry["regularizer_weight"] for entry in steps]
    assert len(set(lambdas)) == len(steps) and all(0 < entry["flops_share"] <= 1 for entry in steps)


@pytest.mark.parametrize("target", [0.4, 0.7])
def test_the_schedule_that_reaches_a_target(
    pruned_bert: LTPForSequenceClassification, texts: TokenizedTexts, target: float
) -> None:
    rule, share = top_k_for_target(pruned_bert, texts, target)
    assert abs(share - target) < 0.01
    assert share == hard_flops_share(pruned_bert, texts, rule)


@pytest.mark.parametrize("pruning", ["manual", "top_k"])
def test_hard_training_under_a_rule_that_learns_nothing(
    pruning: str, base: Path, data: Path, tmp_path: Path
) -> None:
    recipe = recipe_for(base, pruning=pruning, target_flops=0.7, dense_epochs=1, distill=True)
    run = TrainingRun(recipe, [str(data)], tmp_path)
    classifier = ltp_viz.load_model(run.run())
    assert not steps_of(tmp_path, "soft") and steps_of(tmp_path, "hard")
    found = classifier.config.recipe or {}
    assert not classifier.config.thresholds_learned
    if pruning == "manual":
        assert len(set(classifier.config.thresholds)) == 1
        assert abs(share_at(classifier.model, run.holdout_set, 1.0) - 0.7) < 0.03
    else:
        assert set(classifier.config.thresholds) == {0.0}
        share = hard_flops_share(classifier.model, run.holdout_set, TopKRule(tuple(found["rates"])))
        assert share == pytest.approx(found["hard_flops_share"], abs=0.02)
        assert steps_of(tmp_path, "hard")[-1]["flops_share"] == pytest.approx(0.7, abs=0.05)
    dense = ltp_viz.load_model(tmp_path / "dense").model.state_dict()
    changed = classifier.model.state_dict()
    assert any(not torch.equal(dense[name], changed[name]) for name in dense)
