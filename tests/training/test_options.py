"""Every option of a recipe has its effect, tested in real runs where only they show it."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import TrainerControl, TrainerState, TrainingArguments

import ltp_viz
from ltp_viz.cli.main import main
from ltp_viz.cli.options import Parser
from ltp_viz.cli.train import add_options, recipe_of
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.text.tokenization import packed_rows
from ltp_viz.training.recipe import Recipe
from ltp_viz.training.soft_pruning import SoftPruningModel
from ltp_viz.training.stages import TrainingRun
from ltp_viz.training.temperature import START_FACTOR, AnnealedTemperature
from ltp_viz.training.tokenized import LEFT_OUT, TokenizedTexts
from ltp_viz.training.trainer import LengthGroupedOrder, relative_error
from tests.training.conftest import FILLERS, synthetic_texts
from tests.training.runs import arguments_for, log_of, recipe_for, steps_of

SHORT = {"dense_epochs": 0.5, "soft_epochs": 0.5, "hard_epochs": 0.1}


def trained(recipe: Recipe, data: Path | str, output: Path) -> ltp_viz.TextClassifier:
    return ltp_viz.load_model(TrainingRun(recipe, [str(data)], output).run())


def test_temperature_falls_with_the_steps_alone(
    base: Path, pruned_bert: LTPForSequenceClassification, tmp_path: Path
) -> None:
    schedule = AnnealedTemperature(0.002)
    assert schedule.at(0) == pytest.approx(0.002 * START_FACTOR) and START_FACTOR == 10
    assert schedule.at(1) == pytest.approx(0.002)
    assert schedule.at(0.5) == pytest.approx(0.002 * 10**0.5)
    model = SoftPruningModel(pruned_bert, 0.002, 0.1, fades="states", score_scale="linear")
    arguments, control = TrainingArguments(output_dir=str(tmp_path)), TrainerControl()
    for step in (0, 70, 35, 99):  # in any order, as after a restart
        state = TrainerState(global_step=step, max_steps=100)
        AnnealedTemperature(0.002).on_step_begin(arguments, state, control, model=model)
        assert model.temperature == pytest.approx(0.02 * 0.1 ** (step / 100))


def test_annealing_changes_what_is_learned(finished: Path, base: Path, data: Path, tmp_path: Path) -> None:
    recipe = recipe_for(base, temperature_schedule="constant", hard_epochs=0.1)
    constant = trained(recipe, data, tmp_path)
    annealed = ltp_viz.load_model(finished / "soft")
    assert not np.allclose(annealed.config.thresholds, constant.config.thresholds, atol=1e-5)
    # The dense stage, which has no masks, is the same.
    assert steps_of(tmp_path, "dense") == steps_of(finished, "dense")


def test_the_first_layer_may_keep_everything(base: Path, data: Path, tmp_path: Path) -> None:
    settings = SHORT | {"prune_first_layer": False, "target_flops": 0.85, "threshold_start": "flat"}
    classifier = trained(recipe_for(base, **settings), data, tmp_path)
    assert classifier.config.thresholds[0] == 0 and classifier.config.thresholds[1] > 0
    assert all(entry["thresholds"][0] == 0 for entry in steps_of(tmp_path, "soft"))
    assert all(entry["keep_rates"][0] == 1 for entry in steps_of(tmp_path, "soft"))


@pytest.mark.parametrize(("start", "first"), [("flat", [0.02, 0.02]), ("rising", [0.01, 0.02])])
def test_thresholds_start_equal_or_rising(
    base: Path, data: Path, tmp_path: Path, start: str, first: list[float]
) -> None:
    settings = SHORT | {"threshold_start": start, "final_threshold": 0.02, "threshold_learning_rate": 1e-9}
    trained(recipe_for(base, **settings), data, tmp_path)
    assert steps_of(tmp_path, "soft")[-1]["thresholds"] == pytest.approx(first)


def test_thresholds_learn_at_a_rate_that_fits_their_start_or_the_one_given(base: Path) -> None:
    by_ratio = recipe_for(base, threshold_learning_rate=0.0)
    assert by_ratio.threshold_rate(1000) == pytest.approx(0.02)
    assert by_ratio.threshold_rate(10) == pytest.approx(0.05)
    published = {"threshold_learning_rate": 0.0, "score_scale": "linear"}
    found = recipe_for(base, **published)
    assert found.threshold_rate(1000) == pytest.approx(1e-3)
    assert found.threshold_rate(10) == pytest.approx(0.2 * 0.01)
    assert recipe_for(base, **published, final_threshold=0.1).threshold_rate(1000) == pytest.approx(1e-2)
    assert recipe_for(base, threshold_learning_rate=3e-4).threshold_rate(1000) == 3e-4


def test_the_score_normalizer_is_stored_and_used(
    finished: Path, base: Path, data: Path, tmp_path: Path
) -> None:
    settings = SHORT | {"score_normalizer": "sequence", "target_flops": 0.7}
    classifier = trained(recipe_for(base, **settings), data, tmp_path)
    assert classifier.config.score_normalizer == "sequence"
    assert ltp_viz.load_model(finished / "hard").config.score_normalizer == "reference"
    # Each token of a text gives attention that sums to 1: the scores sum to 1, or to the length / 128.
    text = "the film was great on that of it"
    assert classifier.trace(text).scores[0].sum() == pytest.approx(1.0, rel=1e-3)
    reference = ltp_viz.load_model(finished / "hard").trace(text).scores[0]
    assert reference.sum() == pytest.approx(len(reference) / 128, rel=1e-3)
    # Trained under the same rule: a text's soft scores are those of its trace.
    model = SoftPruningModel(
        classifier.model, temperature=1.0, regularizer_weight=0.0, fades="states", score_scale="linear"
    )
    model.protect = False
    ids = torch.tensor([classifier.trace(text).input_ids])
    with torch.inference_mode():
        mask = model.soft_forward(ids).masks[0]
    assert mask is not None
    np.testing.assert_allclose(
        mask.logit() + model.thresholds[0].detach(), classifier.trace(text).scores[0], atol=1e-5
    )


def test_distillation_changes_the_result_and_its_teacher_is_the_dense_stage(
    finished: Path, base: Path, data: Path, tmp_path: Path
) -> None:
    run = TrainingRun(recipe_for(base, distill=True, distillation_weight=5.0), [str(data)], tmp_path)
    distilled = ltp_viz.load_model(run.run())
    plain = ltp_viz.load_model(finished / "hard")
    assert steps_of(tmp_path, "dense") == steps_of(finished, "dense")
    assert not np.allclose(distilled.config.thresholds, plain.config.thresholds, atol=1e-6)
    teacher = ltp_viz.load_model(tmp_path / "dense")
    texts = pd.read_parquet(data / "train.parquet").sentence.tolist()
    assert run.train_set.teacher is not None and run.holdout_set.teacher is None
    for row, text in list(zip(run.train_set.teacher, texts, strict=True))[:40]:
        np.testing.assert_allclose(row[:2], teacher.trace(text).logits, atol=0.02)
    # Closer to the teacher's answers than a model trained on labels alone.
    holdout = pd.read_parquet(data / "holdout.parquet").sentence.tolist()
    wanted = teacher.predict(holdout).probabilities
    distances = [np.abs(model.predict(holdout).probabilities - wanted).mean() for model in (distilled, plain)]
    assert distances[0] < distances[1]


def test_copies_leave_tokens_out_and_are_answered_by_the_dense_stage(
    base: Path, data: Path, tmp_path: Path
) -> None:
    recipe = recipe_for(base, distill=True, distill_copies=2, soft_epochs=0.5, hard_epochs=0.5)
    run = TrainingRun(recipe, [str(data)], tmp_path)
    originals = [dict(row) for row in run.train_set.rows]
    model = ltp_viz.load_model(run.run())
    rows, special = run.train_set.rows, {101, 102}
    assert rows[: len(originals)] == originals and len(rows) == 3 * len(originals)
    dense = ltp_viz.load_model(tmp_path / "dense")
    shortened = 0
    for number, copy in enumerate(rows[len(originals) :]):
        whole = originals[number % len(originals)]["input_ids"]
        left = iter(whole)
        assert all(token in left for token in copy["input_ids"]), "tokens are left out, in order"
        assert [t for t in copy["input_ids"] if t in special] == [t for t in whole if t in special]
        shortened += len(whole) - len(copy["input_ids"])
        if number < 20:
            assert copy["labels"] == dense.trace_ids(copy["input_ids"], global_scale=0.0).logits.argmax()
    free = sum(len(set(row["input_ids"]) - special) for row in originals)
    assert 0.5 * LEFT_OUT < shortened / (2 * free) < 1.5 * LEFT_OUT
    # Epochs of soft and hard stages go over the copies too, those of the dense stage do not.
    per_epoch = len(originals) / recipe.batch_size
    assert 1.2 * per_epoch < steps_of(tmp_path, "soft")[-1]["step"] <= 1.5 * per_epoch + 1
    assert steps_of(tmp_path, "dense")[-1]["step"] <= recipe.dense_epochs * per_epoch + 1
    again = TokenizedTexts(LabelledTexts((" ".join(FILLERS[:6]),) * 9, (0,) * 9), run.tokenizer, 32)
    again.add_copies(1, seed=3)
    assert len({len(row["input_ids"]) for row in again.rows[9:]}) > 1, "not all copies lose as much"
    assert model.config.thresholds_learned


def test_regression(base: Path, tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    for part, count in (("train", 320), ("holdout", 64)):
        lines = []
        for _ in range(count):
            great = int(chance.integers(0, 5))
            words = [*chance.choice(FILLERS, size=4), *["great"] * great, *["awful"] * (4 - great)]
            lines.append({"text": " ".join(map(str, words)), "score": great / 4 + 0.05})
        pd.DataFrame(lines).to_json(tmp_path / f"{part}.jsonl", orient="records", lines=True)
    recipe = recipe_for(base, task="custom", regression=True, distill=True, regularizer_weight=0.05)
    output = tmp_path / "run"
    classifier = trained(recipe, tmp_path, output)
    assert classifier.config.problem_type == "regression" and classifier.labels == ("score",)
    last = [entry for entry in log_of(output) if "eval_pearson" in entry][-1]
    assert {"eval_pearson", "eval_spearman", "eval_mse"} <= set(last)
    assert last["eval_pearson"] > 0.9
    # A known task of classes may be trained on its numbers too.
    assert recipe_for(base, regression=True).task_settings.num_outputs == 1


def test_pairs(base: Path, tmp_path: Path) -> None:
    """The label is the verdict of the second text; the first holds another: only segments tell them apart."""
    for part, seed, count in (("train", 0, 320), ("holdout", 1, 64)):
        first, second = synthetic_texts(count, seed), synthetic_texts(count, seed + 10)
        pairs = pd.DataFrame(
            {
                "premise": first.sentence,
                "hypothesis": second.sentence,
                "label": second.label.map(["no", "yes"].__getitem__),
            }
        )
        pairs.to_csv(tmp_path / f"{part}.tsv", sep="\t", index=False)
    output = tmp_path / "run"
    run = TrainingRun(recipe_for(base, task="custom", dense_epochs=8), [str(tmp_path)], output)
    assert {0, 1} == {segment for row in run.train_set.rows for segment in row["token_type_ids"]}
    classifier = ltp_viz.load_model(run.run())
    assert classifier.config.reads_pairs and classifier.labels == ("no", "yes")
    last = [entry for entry in log_of(output) if "eval_accuracy" in entry][-1]
    assert last["eval_accuracy"] > 0.85


def test_a_recipe_file_of_an_earlier_run_repeats_it(
    finished: Path, base: Path, data: Path, tmp_path: Path
) -> None:
    torch.manual_seed(77)  # the state of the global generator has no effect
    assert main(["train", "--config", str(finished / "recipe.json"), "--output", str(tmp_path)]) == 0
    first, again = (ltp_viz.load_model(run / "hard") for run in (finished, tmp_path))
    assert first.config.thresholds == again.config.thresholds
    assert first.config.recipe == again.config.recipe
    for stage in ("dense", "soft", "hard"):
        assert steps_of(tmp_path, stage) == steps_of(finished, stage)


def parse_arguments(arguments: list[str]) -> tuple[Recipe, list[str]]:
    parser = Parser()
    add_options(parser)
    return recipe_of(parser.parse_args(arguments))


def test_flags_override_a_file(base: Path, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(
        json.dumps({"base": str(base), "batch_size": 8, "distill": True, "text_columns": ["a", "b"]})
    )
    recipe, sources = parse_arguments(
        ["--config", str(path), "--output", "run", "--batch-size", "16", "--data", "x", "y", "--no-distill"]
    )
    assert recipe == Recipe(base=str(base), batch_size=16, text_columns=("a", "b"))
    assert sources == ["x", "y"]


def test_flags_and_settings_are_the_same_and_survive_json(base: Path, tmp_path: Path) -> None:
    changes: dict[str, Any] = {"distill": True, "text_columns": ("sentence",), "target_flops": 0.5, "seed": 3}
    wanted = recipe_for(base, **changes)
    assert parse_arguments(arguments_for(base, "x", tmp_path, **changes))[0] == wanted
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(wanted.to_dict()))
    assert parse_arguments(["--config", str(path), "--output", "run"])[0] == wanted


def test_a_task_brings_its_hub_data(base: Path) -> None:
    arguments = ["--base", str(base), "--output", "run", "--task"]
    assert parse_arguments([*arguments, "rte"])[1] == ["nyu-mll/glue:rte"]
    assert parse_arguments([*arguments, "imdb"])[1] == ["stanfordnlp/imdb"]


def test_a_manual_threshold_may_keep_everything_in_the_first_layer(
    base: Path, data: Path, tmp_path: Path
) -> None:
    settings = SHORT | {"pruning": "manual", "prune_first_layer": False, "target_flops": 0.85}
    thresholds = trained(recipe_for(base, **settings), data, tmp_path).config.thresholds
    assert thresholds[0] == 0 and thresholds[1] > 0


def test_the_lambda_that_a_target_found_is_kept(base: Path, data: Path, tmp_path: Path) -> None:
    classifier = trained(recipe_for(base, **SHORT, target_flops=0.7), data, tmp_path)
    found = steps_of(tmp_path, "soft")[-1]["regularizer_weight"]
    assert classifier.config.recipe["soft_lambda"] == found != 0.5


def test_fewer_texts(base: Path, data: Path, tmp_path: Path) -> None:
    def rows(**changes: Any) -> list[list[int]]:
        run = TrainingRun(recipe_for(base, **changes), [str(data)], tmp_path / "run")
        assert len(run.holdout_set) == 64
        return [row["input_ids"] for row in run.train_set.rows]

    every = rows()
    shortest = rows(shortest_share=0.25)
    assert len(shortest) == 80 and max(map(len, shortest)) <= min(
        len(row) for row in every if row not in shortest
    )
    some = rows(max_train_texts=50)
    assert len(some) == 50 and some == rows(max_train_texts=50) != rows(max_train_texts=50, seed=1)
    assert [row for row in every if row in some][:1] == some[:1]
    assert rows(max_train_texts=1000) == every
    assert max(map(len, rows(max_tokens=8))) == 8


def test_the_order_of_texts_is_a_matter_of_seed_and_epoch() -> None:
    lengths = [int(n) for n in np.random.default_rng(0).integers(4, 60, size=331)]
    orders = {
        (seed, epoch): list(LengthGroupedOrder(lengths, 16, seed, partial(int, epoch)))
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    for order in orders.values():
        assert sorted(order) == list(range(331))
    assert len({tuple(order) for order in orders.values()}) == 4
    torch.manual_seed(5)
    again = LengthGroupedOrder(lengths, 16, 0, lambda: 1)
    assert list(again) == list(again) == orders[0, 1] and len(again) == 331
    # Neighbours are of similar length: a batch spreads less than the whole.
    spreads = [np.ptp([lengths[i] for i in orders[0, 0][first : first + 16]]) for first in range(0, 320, 16)]
    assert np.mean(spreads) < 0.5 * np.ptp(lengths)
    # Batches come in any order of length, not from long to short: about as many steps up as down.
    means = [np.mean([lengths[i] for i in orders[0, 0][first : first + 16]]) for first in range(0, 320, 16)]
    assert 5 <= (np.diff(means) > 0).sum() <= 14


def test_learning_from_states_brings_them_nearer(
    finished: Path, base: Path, data: Path, tmp_path: Path
) -> None:
    recipe = recipe_for(base, distill=True, distillation_weight=0.0, state_distillation_weight=5.0)
    run = TrainingRun(recipe, [str(data)], tmp_path)
    run.run()
    assert run.train_set.teacher is not None
    wanted = torch.tensor(run.train_set.teacher[:, 2:])
    errors = []
    for folder in (tmp_path, finished):
        model = ltp_viz.load_model(folder / "hard").model
        rule = ThresholdRule(model.effective_thresholds())
        with torch.inference_mode():
            final = model.run(*packed_rows(run.train_set.rows, model.config), rule).final
        errors.append(relative_error(final.states[final.first_rows()], wanted))
    assert errors[0] < 0.7 * errors[1]
    assert relative_error(wanted, wanted) == 0
