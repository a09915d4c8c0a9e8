"""Any faulty input gets one message, before anything is written."""

import json
import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification, GPT2Config

from ltp_viz import InputError
from ltp_viz.training.export import export
from ltp_viz.training.preflight import check_same_recipe, check_space
from ltp_viz.training.stages import TrainingRun
from tests.training.conftest import synthetic_texts
from tests.training.runs import arguments_for, recipe_for, run_command


def with_train(folder: Path, content: str | pd.DataFrame, holdout: str | None = None) -> dict[str, Any]:
    """Settings that point to a data folder with this train file."""
    text = content if isinstance(content, str) else content.to_csv(index=False)
    (folder / "train.csv").write_text(text)
    if holdout is not None:
        (folder / "holdout.csv").write_text(holdout)
    return {"data": folder}


def changed(**columns: Any) -> pd.DataFrame:
    """Valid texts with some columns set to other values, or removed where None."""
    frame = synthetic_texts(30, seed=0)
    for name, value in columns.items():
        frame = frame.drop(columns=name) if value is None else frame.assign(**{name: value})
    return frame


GOOD = synthetic_texts(30, seed=0).to_csv(index=False)
DATA: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "no folder": (lambda at: {"data": at / "none"}, "There is no data folder"),
    "a file for a folder": (lambda at: with_train(at, GOOD) | {"data": at / "train.csv"}, "no data folder"),
    "no train part": (lambda at: {"data": at}, "has no train part"),
    "no text column": (
        lambda at: with_train(at, changed(sentence=None)),
        "has no column 'sentence', only label",
    ),
    "no label column": (
        lambda at: with_train(at, changed(label=None)),
        "has no column 'label', only sentence",
    ),
    "named column": (
        lambda at: with_train(at, GOOD) | {"text_columns": "x", "task": "custom"},
        "no column 'x'",
    ),
    "empty file": (lambda at: with_train(at, ""), "is empty"),
    "header only": (lambda at: with_train(at, "sentence,label\n"), "(train) has no rows"),
    "train header only": (lambda at: with_train(at, "sentence,label\n", GOOD), "(train) has no rows"),
    "holdout header only": (lambda at: with_train(at, GOOD, "sentence,label\n"), "(holdout) has no rows"),
    "too few rows": (lambda at: with_train(at, changed()[:19]), "has 19 training rows; at least 20"),
    "one class": (
        lambda at: with_train(at, changed(label=1)),
        "have the label 'positive'; a classifier needs",
    ),
    "label out of range": (
        lambda at: with_train(at, changed(label=2)),
        "label '2' in row 1; task sst2 allows 0 to 1",
    ),
    "unknown label": (
        lambda at: with_train(at, changed(label="x")),
        "label 'x' in row 1; task sst2 allows negative",
    ),
    "float label": (
        lambda at: with_train(at, changed(label=0.5)),
        "label '0.5' in row 1; task sst2 allows 0 to 1",
    ),
    "float classes": (
        lambda at: with_train(at, changed(label=0.5)) | {"task": "custom"},
        "holds numbers such as 0.5 and not classes; add --regression",
    ),
    "words for numbers": (
        lambda at: with_train(at, changed(label="high")) | {"task": "custom", "regression": True},
        "label 'high' in row 1; a regression needs a number",
    ),
    "no label in a row": (
        lambda at: with_train(at, GOOD + "the film,\n", GOOD),
        "has no label in column 'label' of row 31",
    ),
    "no text in a row": (
        lambda at: with_train(at, GOOD + ",1\n", GOOD),
        "has no text in column 'sentence' of row 31",
    ),
    "not a table": (
        lambda at: with_train(at, 'sentence,label\n"the,film\n1,2,3\n'),
        "are never closed; close them",
    ),
    "unreachable hub data": (lambda at: {"data": "nobody/nothing"}, "cannot be had from the hub"),
    "custom without data": (
        lambda at: {"data": None, "task": "custom"},
        "Task custom has no data of its own",
    ),
    "pairs and single texts": (
        lambda at: (
            with_train(at, GOOD)
            | {
                "task": "custom",
                "data": [at, other_folder(at, changed(text_a="a", text_b="b", sentence=None))],
            }
        ),
        "join only data of one kind",
    ),
}


def other_folder(at: Path, frame: pd.DataFrame) -> Path:
    folder = at / "other"
    folder.mkdir()
    frame.to_csv(folder / "train.csv", index=False)
    return folder


def refused(tmp_path: Path, **changes: Any) -> str:
    """The one message with which the command refuses these settings; nothing is written."""
    settings = {"output": tmp_path / "out" / "run"} | changes
    before = sorted(tmp_path.rglob("*"))
    [done] = run_command(arguments_for(**settings))
    assert done.code == 2, done.err
    [message] = done.err.splitlines()
    assert sorted(tmp_path.rglob("*")) == before
    return message


@pytest.mark.parametrize("case", DATA)
def test_data(base: Path, tmp_path: Path, case: str) -> None:
    make, message = DATA[case]
    folder = tmp_path / "data"
    folder.mkdir()
    assert message in refused(tmp_path, base=base, **make(folder))


def without_weights(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    (folder / "model.safetensors").unlink()


def with_half_the_weights(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])


def of_another_family(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    GPT2Config(n_layer=1, n_embd=8, n_head=1).save_pretrained(folder)


def without_tokenizer(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    for file in folder.glob("tokenizer*"):
        file.unlink()


def with_weights_of_another_size(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    shape = BertConfig(vocab_size=19, hidden_size=16, num_hidden_layers=2, num_attention_heads=2)
    BertForSequenceClassification(shape).save_pretrained(folder.with_name("other"))
    shutil.copy(folder.with_name("other") / "model.safetensors", folder)
    shutil.rmtree(folder.with_name("other"))


def with_weights_of_another_family(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    save_file({"transformer.h.0.attn.weight": torch.zeros(2, 2)}, folder / "model.safetensors")


def with_fewer_embeddings(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    shape = BertConfig(
        vocab_size=9, hidden_size=16, num_hidden_layers=1, num_attention_heads=1, intermediate_size=16
    )
    BertForSequenceClassification(shape).save_pretrained(folder)


def with_a_text_for_a_number(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": "32"}))


def with_weights_under_another_name(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder)
    (folder / "model.safetensors").rename(folder / "other.safetensors")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (None, "cannot be used as --base"),
        (with_weights_of_another_size, "have another shape than its config.json defines"),
        (with_weights_of_another_family, "are missing; save weights and config.json"),
        (with_fewer_embeddings, "has 19 tokens and the encoder's embeddings 9"),
        (with_a_text_for_a_number, "cannot be used as --base"),
        (with_weights_under_another_name, "cannot be used as --base"),
        (without_weights, "has no .safetensors weights"),
        (with_half_the_weights, "is not a complete .safetensors file"),
        (of_another_family, "Model family 'gpt2' is not supported"),
        (without_tokenizer, "has no tokenizer beside it"),
    ],
)
def test_base(
    base: Path, data: Path, tmp_path: Path, make: Callable[[Path, Path], None] | None, message: str
) -> None:
    folder = tmp_path / "base"
    if make is not None:
        make(base, folder)
    assert message in refused(tmp_path, base=folder, data=data)


def test_base_on_the_hub_and_none(base: Path, data: Path, tmp_path: Path) -> None:
    assert "cannot be used as --base" in refused(tmp_path, data=data, base="nobody/nothing")
    assert "No --base is given" in refused(tmp_path, data=data, base=None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target_flops": 1.5}, "target_flops is 1.5; it must be from 0 to 1"),
        ({"target_flops": "nan"}, "target_flops is nan; it must be from 0 to 1"),
        ({"batch_size": 0}, "batch_size is 0; it must be from 1"),
        ({"delimiter": "x"}, "The delimiter 'x' is not known; choose one of comma, semicolon, tab, pipe"),
        ({"encoding": "ebcdic"}, "The encoding 'ebcdic' is not known; choose one of utf-8"),
        ({"pruning": "top_k"}, "pruning 'top_k' needs a target cost; give --target-flops too"),
        ({"distill_copies": 2}, "distill_copies use the dense stage's answers as labels; give --distill"),
        ({"soft_epochs": 0}, "soft_epochs is 0.0; it must be from 0.01"),
        ({"seed": -1}, "seed is -1; it must be from 0 to"),
        ({"seed": 2**32}, "seed is 4294967296; it must be from 0 to"),
        ({"warmup_share": "nan"}, "warmup_share is nan; it must be from 0 to 1"),
        ({"weight_decay": -1}, "weight_decay is -1.0; it must be from 0 to 1"),
        ({"temperature": 1e-300}, "temperature is 1e-300; give at least 1e-06"),
        ({"state_distillation_weight": 1}, "uses the dense stage's states; give --distill too"),
        (
            {"pruning": "top_k", "target_flops": 0.5, "prune_first_layer": False},
            "leave out --no-prune-first-layer",
        ),
        ({"max_tokens": 2}, "max_tokens is 2; give at least 3"),
        ({"max_train_texts": 1}, "max_train_texts 1 leaves texts of one class only"),
        ({"target_flops": 0.01}, "target_flops is 0.01; with all tokens dropped but the first, these"),
    ],
)
def test_settings(base: Path, data: Path, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    assert message in refused(tmp_path, base=base, data=data, **changes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"epochs": 3}, "has the unknown setting 'epochs'"),
        ([1], "has the unknown setting '(no object)'"),
        ({"batch_size": 10**400}, "batch_size is 10000000000000000000; it must be from 1"),
        ({"data": "here"}, "data is 'here'"),
        ({"batch_size": "many"}, "batch_size is 'many'; it must be a whole number"),
        ({"batch_size": 2.5}, "batch_size is 2.5; it must be a whole number"),
        ({"distill": "yes"}, "distill is 'yes'; it must be true or false"),
        ({"soft_epochs": None}, "soft_epochs is None; it must be a number"),
        ({"text_columns": "text"}, "text_columns is 'text'; it must be a list of one or two columns"),
        ({"task": "chess"}, "task is 'chess'; it must be one of sst2"),
        ("not json", "cannot be read as a JSON file of settings"),
        (None, "cannot be read as a JSON file of settings"),
    ],
)
def test_file_of_settings(base: Path, data: Path, tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / "settings.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    # A flag would override the file's setting.
    unset = dict.fromkeys(content, None) if isinstance(content, dict) else {}
    assert message in refused(tmp_path, **{"base": base, "data": data, "config": path} | unset)


def test_output_is_a_file(base: Path, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "file"
    output.write_text("mine")
    assert f"{str(output)!r} is a file; give another" in refused(
        tmp_path, base=base, data=data, output=output
    )
    below = output / "run"
    assert f"{str(output)!r} is a file; give another" in refused(tmp_path, base=base, data=data, output=below)
    assert output.read_text() == "mine"


def test_other_settings_for_the_same_folder(base: Path, data: Path, finished: Path, tmp_path: Path) -> None:
    kept = (finished / "recipe.json").read_bytes()
    message = refused(tmp_path, base=base, data=data, output=finished, batch_size=32)
    assert "holds a run with batch_size 16, not 32" in message
    assert (finished / "recipe.json").read_bytes() == kept
    check_same_recipe(finished, recipe_for(base))
    # A file truncated while it was written, before anything else was, is not another recipe.
    (tmp_path / "recipe.json").write_text(kept.decode()[:20])
    check_same_recipe(tmp_path, recipe_for(base, batch_size=32))


Usage = namedtuple("Usage", "total used free")


def leave_little_space() -> None:
    shutil.disk_usage = lambda path: Usage(10**6, 9 * 10**5, 10**5)  # type: ignore


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "access", lambda path, how: False
    )  # tests may run as root, who can write everywhere
    with pytest.raises(InputError, match="is read-only; give another"):
        check_space(tmp_path / "run", parameters=1)


def test_too_little_space(base: Path, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    [done] = run_command(arguments_for(base, data, output), prepare=leave_little_space)
    [message] = done.err.splitlines()
    assert done.code == 2 and "GB free and the run needs" in message and not output.exists()


def test_space_that_a_run_holds_already_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**6, 9 * 10**5, 10**5))
    with pytest.raises(InputError, match="GB free"):
        check_space(tmp_path, parameters=10_000)
    (tmp_path / "checkpoint").write_bytes(bytes(300_000))
    check_space(tmp_path, parameters=10_000)


def test_export_of_an_unfinished_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished stage"):
        export(tmp_path, tmp_path / "other")


def test_other_data_in_the_folder_of_a_run(base: Path, data: Path, finished: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(data / "train.parquet")
    table.iloc[:-1].to_parquet(tmp_path / "train.parquet")
    shutil.copy(data / "holdout.parquet", tmp_path)
    with pytest.raises(InputError, match="train_texts 320, not 319"):
        TrainingRun(recipe_for(base), [str(tmp_path)], finished)
    table.iloc[::-1].to_parquet(tmp_path / "train.parquet")
    with pytest.raises(InputError, match="a run on other texts"):
        TrainingRun(recipe_for(base), [str(tmp_path)], finished)
    TrainingRun(recipe_for(base), [str(data)], finished)
