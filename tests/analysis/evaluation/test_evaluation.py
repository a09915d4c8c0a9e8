"""An evaluation is the sum of the traces of its texts."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import ltp_viz
from ltp_viz import TextClassifier
from ltp_viz.analysis.evaluation.evaluate import evaluate
from ltp_viz.cli.main import main
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.tables.datasets import LabelledTexts
from tests.conftest import save_small_model
from tests.disks import fill

MODEL = str(Path(__file__).parents[3] / "assets/models/sst2")
COMMAND = ["evaluate", "--model"]
TEXTS = ("A wonderful film.", "A dreadful bore from start to finish.", "Not bad at all, I must say.", "Meh")


def test_equals_the_single_traces(classifier: TextClassifier) -> None:
    data = LabelledTexts(TEXTS, (1, 0, 0, 1))
    result = evaluate(classifier, data, global_scale=1.5, batch_size=3)
    pruned = [classifier.trace(text, global_scale=1.5) for text in TEXTS]
    dense = [classifier.trace(text, global_scale=0.0) for text in TEXTS]
    assert result.pruned_macs == sum(trace.macs for trace in pruned)
    assert result.dense_macs == sum(trace.macs for trace in dense)
    hits = [
        trace.labels.index(trace.label) == label for trace, label in zip(pruned, data.labels, strict=True)
    ]
    assert result.pruned["accuracy"] == sum(hits) / 4
    assert result.flops_reduction > 1
    assert result.agreement == sum(a.label == b.label for a, b in zip(pruned, dense, strict=True)) / 4


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "texts.csv"
    pd.DataFrame({"sentence": TEXTS, "label": [1, 0, 1, 0]}).to_csv(path, index=False)
    assert main([*COMMAND, MODEL, "--task", "sst2", "--data", str(path)]) == 0
    assert "4 texts" in capsys.readouterr().out
    assert main([*COMMAND, MODEL, "--task", "sst2", "--data", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.startswith("There is no file")
    assert main([*COMMAND, MODEL, "--task", "sst2", "--data", str(path), "--scale", "-1"]) == 2
    assert "scale is -1.0" in capsys.readouterr().err


def test_sweep_on_the_command_line_agrees_with_single_scales(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], classifier: TextClassifier
) -> None:
    path = tmp_path / "texts.csv"
    pd.DataFrame({"sentence": TEXTS, "label": [1, 0, 1, 0]}).to_csv(path, index=False)
    options = [*COMMAND, MODEL, "--task", "sst2", "--data", str(path), "--sweep"]
    assert main([*options, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["scale"] for row in rows[:3]] == [0.0, 0.1, 0.2] and rows[-1]["scale"] == 3.0
    for row in (rows[0], rows[10], rows[20]):
        single = evaluate(classifier, LabelledTexts(TEXTS, (1, 0, 1, 0)), global_scale=row["scale"])
        assert row["accuracy"] == single.pruned["accuracy"]
        assert row["flops_reduction"] == pytest.approx(single.flops_reduction)
    assert main(options) == 0
    assert "x1.00    0." in capsys.readouterr().out


def test_buckets_part_the_texts_by_length_and_add_up(classifier: TextClassifier) -> None:
    data = LabelledTexts(TEXTS, (1, 0, 0, 1))
    result = evaluate(classifier, data, buckets=3)
    assert sum(bucket.texts for bucket in result.buckets) == 4
    lengths = sorted(len(classifier.tokenize(text).tokens) for text in TEXTS)
    assert result.buckets[0].shortest == lengths[0] and result.buckets[-1].longest == lengths[-1]
    assert all(
        before.longest < after.shortest
        for before, after in zip(result.buckets, result.buckets[1:], strict=False)
    )
    hits = sum(bucket.pruned["accuracy"] * bucket.texts for bucket in result.buckets)
    assert hits == pytest.approx(4 * result.pruned["accuracy"])


def test_texts_of_one_length_make_one_bucket(classifier: TextClassifier) -> None:
    result = evaluate(classifier, LabelledTexts(("Good", "Bad"), (1, 0)))
    assert [bucket.texts for bucket in result.buckets] == [2]


@pytest.fixture(scope="module")
def pair_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pairs")
    classifier = ltp_viz.load_model(MODEL)
    classifier.config.reads_pairs = True
    classifier.model.save_pretrained(folder)
    classifier.tokenizer.save_pretrained(folder)
    return str(folder)


def test_pairs_count_both_texts(pair_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    table = pd.DataFrame({"first": TEXTS, "second": TEXTS[::-1], "label": [1, 0, 1, 0]})
    table.to_json(path, orient="records", lines=True)
    command = [
        *COMMAND,
        pair_model,
        "--task",
        "custom",
        "--data",
        str(path),
        "--text-columns",
        "first",
        "second",
        "--json",
    ]
    assert main(command) == 0
    record = json.loads(capsys.readouterr().out)
    classifier = ltp_viz.load_model(pair_model)
    traces = [classifier.trace(*pair) for pair in zip(TEXTS, TEXTS[::-1], strict=True)]
    assert record["pruned_macs"] == sum(trace.macs for trace in traces)
    assert main([*command[:-3], "first"]) == 2
    assert "compares two texts" in capsys.readouterr().err


def test_card_and_timing_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, card = tmp_path / "texts.csv", tmp_path / "card.md"
    pd.DataFrame({"sentence": TEXTS, "label": [1, 0, 1, 0]}).to_csv(path, index=False)
    command = [
        *COMMAND,
        MODEL,
        "--data",
        str(path),
        "--dense",
        MODEL,
        "--seconds",
        "0.2",
        "--card",
        str(card),
    ]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "times faster" in printed and "dense stage" in printed
    text = card.read_text()
    assert "--seconds 0.2" in text and "times faster" in text and "in 4 parts" in text
    assert main([*command, "--scale", "0", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    # What was timed is what was evaluated.
    assert record["timing"]["flops_reduction"] == record["flops_reduction"] == 1


def test_a_model_of_an_unknown_task_is_evaluated_by_its_own_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classifier = ltp_viz.load_model(MODEL)
    classifier.config.recipe = {"task": "reviews", "text_columns": ["words"]}
    classifier.model.save_pretrained(tmp_path / "model")
    classifier.tokenizer.save_pretrained(tmp_path / "model")
    pd.DataFrame({"words": TEXTS, "label": ["positive", "negative"] * 2}).to_csv(tmp_path / "own.csv")
    pd.DataFrame({"sentence": TEXTS, "label": [1, 0, 1, 0]}).to_csv(tmp_path / "sst2.csv")
    records = []
    for data, task in (("own.csv", []), ("sst2.csv", ["--task", "sst2"])):
        command = [
            *COMMAND,
            str(tmp_path / "model"),
            "--data",
            str(tmp_path / data),
            "--seconds",
            "0",
            "--json",
            *task,
        ]
        assert main(command) == 0
        records.append(json.loads(capsys.readouterr().out))
    assert [record["task"] for record in records] == ["custom", "sst2"]
    assert records[0]["pruned"] == records[1]["pruned"]


def test_data_of_other_classes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "texts.csv"
    pd.DataFrame({"text": TEXTS, "label": [0, 1, 2, 3]}).to_csv(path, index=False)
    assert main([*COMMAND, MODEL, "--task", "ag_news", "--data", str(path)]) == 2
    assert "2 classes and the data 4" in capsys.readouterr().err
    assert main([*COMMAND, MODEL, "--data", str(tmp_path)]) == 2
    assert "no part 'validation'" in capsys.readouterr().err


def written(path: Path, **columns: Any) -> str:
    """A file of the four texts, or of the columns given."""
    pd.DataFrame(columns or {"sentence": TEXTS, "label": [1, 0, 1, 0]}).to_csv(path, index=False)
    return str(path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one message with which the command refuses these arguments."""
    assert main([*arguments]) == 2
    [message] = capsys.readouterr().err.splitlines()
    return message


def test_a_model_trained_by_top_k_is_evaluated_by_it(
    encoder_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rates = [1.0, 0.6, 0.4, 0.3]
    recipe = {"task": "sst2", "pruning": "top_k", "rates": rates}
    save_small_model(tmp_path / "model", encoder_folder, 4, recipe=recipe)
    command = [*COMMAND, str(tmp_path / "model"), "--data", written(tmp_path / "texts.csv")]
    assert main([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    model = ltp_viz.load_model(tmp_path / "model")
    assert record["pruned_macs"] == model.predict(TEXTS, rule=TopKRule(tuple(rates))).macs.sum()
    assert record["timing"] is None
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "4 texts, top-k at its trained rates" in printed and "Not timed" in printed
    assert "--scale applies to thresholds" in refused(capsys, *command, "--scale", "2")
    assert "--sweep applies to thresholds" in refused(capsys, *command, "--sweep")


def test_a_dense_stage_of_another_task_is_refused(
    encoder_folder: Path, small_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_small_model(tmp_path / "three", encoder_folder, 2, id2label={0: "a", 1: "b", 2: "c"})
    command = (*COMMAND, MODEL, "--data", written(tmp_path / "texts.csv"), "--seconds", "0", "--dense")
    assert "'three' has 3 classes and the data 2" in refused(capsys, *command, str(tmp_path / "three"))
    assert "does not belong to" in refused(capsys, *command, str(small_models / "similarity"))
    assert "compares two texts" in refused(capsys, *command, str(small_models / "paraphrase"))
    message = refused(capsys, *command, str(small_models / "deep"))
    assert "has the labels LABEL_0, LABEL_1 and the model" in message


def test_a_model_of_single_texts_is_not_evaluated_on_pairs(
    encoder_folder: Path, small_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = written(tmp_path / "pairs.csv", sentence1=TEXTS, sentence2=TEXTS[::-1], label=[1, 0, 1, 0])
    message = "reads one text and the data have two, sentence1 and sentence2; name one column"
    named = ("--task", "custom", "--text-columns", "sentence1", "sentence2", "--seconds", "0")
    assert message in refused(capsys, *COMMAND, MODEL, "--data", table, *named)
    save_small_model(tmp_path / "single", encoder_folder, 2, recipe={"task": "custom"})
    assert message in refused(capsys, *COMMAND, str(tmp_path / "single"), "--data", table)
    # A model from elsewhere does not say what it reads.
    assert main([*COMMAND, str(small_models / "deep"), "--data", table, *named]) == 0


def test_a_card_that_cannot_be_written_is_refused_first_or_loses_nothing(
    small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(small_disk)
    table = written(tmp_path / "texts.csv")
    command = [*COMMAND, MODEL, "--data", table, "--seconds", "0", "--card"]
    for card in (tmp_path, Path(table) / "card.md"):
        assert main([*command, str(card)]) == 2
        out, err = capsys.readouterr()
        assert not out and err.startswith(f"--card is '{card}', ") and err.count("\n") == 1
    assert main([*command, str(small_disk / "card.md")]) == 1
    out, err = capsys.readouterr()
    assert "| accuracy |" in out and err.startswith("The disk is full") and err.count("\n") == 1


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--seconds", "-1"], "--seconds is -1; give 0 (no timing) to 3,600 seconds"),
        (["--seconds", "nan"], "--seconds is nan; give 0"),
        (["--sweep", "--card", "card.md"], "--sweep runs every scale and does not use --card"),
        (["--sweep", "--dense", MODEL], "does not use --dense"),
        (["--sweep", "--scale", "2"], "does not use --scale"),
    ],
)
def test_options_that_would_be_ignored(
    extra: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, *COMMAND, MODEL, "--data", written(tmp_path / "texts.csv"), *extra)


def test_header_and_card_name_the_part_and_flops_have_a_fitting_unit(
    small_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "test.csv")
    command = [
        *COMMAND,
        str(small_models / "deep"),
        "--data",
        str(tmp_path),
        "--split",
        "test",
        "--task",
        "sst2",
    ]
    assert main([*command, "--seconds", "0", "--card", str(tmp_path / "card.md")]) == 0
    printed = capsys.readouterr().out
    assert (
        f"{tmp_path} (test): 4 texts" in printed
        and f"On {tmp_path} (test), 4" in (tmp_path / "card.md").read_text()
    )
    assert " MFLOPs; " in printed and "0.0 of" not in printed


LIKED = ("A wonderful film.", "Warm, funny and moving.", "I loved it.", "A delight from start to finish.")
HATED = ("A dreadful bore.", "Dull, long and badly acted.", "I hated it.", "A waste of time.")


def test_labels_that_mean_the_opposite_are_noticed_by_the_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Numbers in the other order, as of ClassLabel(["positive", "negative"]) without its names.
    source = written(tmp_path / "texts.csv", text=LIKED + HATED, label=[0] * 4 + [1] * 4)
    warning = "is far below chance; with the two labels swapped it would be 100 %"
    assert main([*COMMAND, MODEL, "--data", source, "--seconds", "0"]) == 0
    printed = capsys.readouterr().out
    assert f"Warning: Accuracy 0 % {warning}" in printed
    assert "'0' -> negative, 4" in printed and "Read as: comma separated, UTF-8, header." in printed
    assert main(["analyze", "--data", source, "--model", MODEL, "--output", str(tmp_path / "out")]) == 0
    assert warning in capsys.readouterr().out
    corrected = ["--data", source, "--seconds", "0", "--json", "--labels", "0=positive", "1=negative"]
    assert main([*COMMAND, MODEL, *corrected]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["dense"]["accuracy"] == 1 and record["warning"] is None
    assert [each["meant"] for each in record["data"]["labels"]] == ["positive", "negative"]


def test_a_score_over_a_part_of_the_rows_says_so_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = written(tmp_path / "texts.csv", text=LIKED, label=["positive", "positive", "so so", None])
    assert main([*COMMAND, MODEL, "--data", source, "--seconds", "0"]) == 0
    printed = capsys.readouterr().out
    assert ": 2 texts" in printed and "Scores cover 2 of 4 rows" in printed
    assert "No scored row has the class 'negative'" in printed and "'so so' -> (no class), 1" in printed
