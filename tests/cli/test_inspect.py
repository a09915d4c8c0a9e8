"""`ltp-viz inspect` and the head options of `trace`."""

import copy
import json
import re
from pathlib import Path

import pytest
from transformers import BertTokenizer

from ltp_viz import load_model
from ltp_viz.cli.main import BAD_INPUT, DONE, main
from ltp_viz.data.checkpoints.facts import score_words
from ltp_viz.ui.explore.stage import stage_data
from tests.core.family_cases import dense_model, pruned_model
from tests.data.checkpoints.brought import PAIR, save_bert
from tests.hostile.tiny_model import WORDS

NLI = {0: "entailment", 1: "neutral", 2: "contradiction"}


def test_a_brought_model_is_described(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = save_bert(tmp_path, {"truncation_side": "left", "model_max_length": 32}, id2label=NLI)
    assert main(["inspect", str(folder)]) == DONE
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["family"] == "bert, 3 layers of width 16"
    assert lines["labels"] == "entailment, neutral, contradiction"
    assert lines["reads"] == "two texts, the last 32 tokens"
    assert lines["thresholds"].startswith("not learned")
    assert lines["checked"].startswith("agrees with Hugging Face")
    assert lines["attention"].startswith(("native C kernel", "torch; the C kernel is not used: "))
    assert "model_max_length limits texts to 32 tokens of 64" in lines["unusual"]
    assert main(["inspect", str(folder), "--single", "--json"]) == DONE
    record = json.loads(capsys.readouterr().out)
    assert (
        record["reads"] == "one text"
        and record["agreement"] < 1e-5
        and record["labels"] == list(NLI.values())
    )


@pytest.mark.parametrize(
    ("case", "attention", "scores"),
    [
        ("bert", r"(native C kernel|torch; the C kernel .*)", r".* and divided by 128\."),
        (
            "modernbert",
            r"torch in tiles, as distances of tokens count, in 2 of 4 layers; in the others .+",
            r".* 2 of the 4 layers are local \(2, 3\): there, only the attention from tokens up to 6 "
            r"positions away in the text counts\.",
        ),
        ("deberta-v2, as v3", "torch in tiles, as distances of tokens count", r".* and divided by 128\."),
    ],
)
def test_what_attention_runs_on_and_what_scores_are(
    case: str, attention: str, scores: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dense_model(case).save_pretrained(tmp_path)
    BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)}).save_pretrained(tmp_path)
    assert main(["inspect", str(tmp_path)]) == DONE
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert re.fullmatch(attention, lines["attention"]) and re.fullmatch(scores, lines["scores"])
    classifier = load_model(tmp_path)
    stage = stage_data(classifier, classifier.trace("a warm film", global_scale=0.0))
    assert stage["score_note"] == lines["scores"]


def test_local_layers_that_are_most_are_named_by_the_others() -> None:
    layout = dict(pruned_model("modernbert").config.layout)
    for local, words in (
        ([False, True, True, True], "3 of the 4 layers are local (all but 1): there"),
        ([True] * 4, "4 of the 4 layers are local (all): there"),
    ):
        config = copy.deepcopy(pruned_model("modernbert").config)
        config.layout = layout | {"local": local}
        assert words in score_words(config)


def test_a_bundled_model_has_learned_thresholds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "sst2"]) == DONE
    shown = capsys.readouterr().out
    assert "thresholds   learned\n" in shown and "one text, the first 512 tokens" in shown
    assert "unusual" not in shown


def test_what_cannot_be_used_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(tmp_path / "none")]) == BAD_INPUT
    assert "There is no model folder" in capsys.readouterr().err
    folder = save_bert(tmp_path, id2label=NLI)
    assert main(["inspect", str(folder), "--yes-or-no"]) == BAD_INPUT
    assert "only a single one can be read as yes or no" in capsys.readouterr().err


def test_a_premise_alone_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(save_bert(tmp_path, id2label=NLI))
    assert main(["trace", PAIR[0], "--model", folder]) == BAD_INPUT
    assert "compares two texts; give SECOND_TEXT, or --single" in capsys.readouterr().err
    assert main(["trace", *PAIR, "--model", folder]) == DONE
    assert main(["trace", PAIR[0], "--model", folder, "--single"]) == DONE


def test_the_labels_of_an_answer_are_all_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {0: "joy", 1: "anger", 2: "fear"}
    folder = save_bert(tmp_path, id2label=names, problem_type="multi_label_classification")
    assert main(["trace", PAIR[0], "--model", str(folder), "--json"]) == DONE
    record = json.loads(capsys.readouterr().out)
    expected = [names[index] for index, logit in enumerate(record["logits"]) if logit > 0]
    assert main(["trace", PAIR[0], "--model", str(folder)]) == DONE
    answer = capsys.readouterr().out.split("\n\n")[1].split(";")[0]
    assert [part.split()[0] for part in answer.split(", ")] == (expected or ["none"])
