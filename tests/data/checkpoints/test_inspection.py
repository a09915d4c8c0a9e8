"""Every fault of a checkpoint is told in one sentence before its weights are read."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    DistilBertConfig,
    ElectraConfig,
    RobertaConfig,
)

from ltp_viz import InputError, TextClassifier
from ltp_viz.data.checkpoints import model_files
from ltp_viz.data.checkpoints.inspection import inspect_checkpoint
from tests.conftest import SST2_MODEL

TINY = {"vocab_size": 30522, "num_hidden_layers": 2, "num_attention_heads": 2}
SMALL = {**TINY, "hidden_size": 16, "intermediate_size": 32}


@pytest.fixture
def checkpoint(tmp_path: Path, encoder_folder: Path) -> Path:
    """A small BERT classifier that a test may spoil."""
    folder = tmp_path / "model"
    AutoModelForSequenceClassification.from_config(BertConfig(**SMALL)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder_folder).save_pretrained(folder)
    return folder


def set_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def set_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def without_head(folder: Path) -> None:
    set_weights(folder, lambda weights: [weights.pop(f"classifier.{part}") for part in ("weight", "bias")])


def as_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")


def as_masked_model(folder: Path) -> None:
    BertForMaskedLM(BertConfig(**SMALL)).save_pretrained(folder)


def cut_off(folder: Path, size: int) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])


def in_shards(folder: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="500KB")
    assert len(list(folder.glob("*.safetensors"))) > 1


def without_a_shard(folder: Path) -> None:
    in_shards(folder)
    sorted(folder.glob("*.safetensors"))[-1].unlink()


def without_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


def without_words(folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["model"]["vocab"] = {"[UNK]": 0}
    tokenizer["added_tokens"] = []
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "There is no model folder"),
        (lambda folder: (folder / "config.json").unlink(), "has no config.json"),
        (lambda folder: (folder / "config.json").write_text(" " * 20_000_001), "has 20 MB and may have 20"),
        (lambda folder: (folder / "config.json").write_text("{"), "not valid JSON"),
        (lambda folder: (folder / "config.json").write_bytes(b"\xff\xfe{"), "not valid JSON"),
        (lambda folder: (folder / "config.json").write_text("[]"), "holds a list where an object"),
        (lambda folder: (folder / "config.json").write_text("{}"), "has no model_type"),
        (without_tokenizer, "has no tokenizer_config.json or other file of its tokenizer; save it there"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be loaded"),
        (without_words, "knows no words"),
        (as_pickle, "no .safetensors weights.*'pytorch_model.bin', which is never opened"),
        (as_masked_model, "no head for sequence classification.*BertForMaskedLM"),
        (without_head, "no head for sequence classification: it lacks 'classifier"),
        (lambda folder: set_config(folder, model_type="gpt2"), "'gpt2' is not supported: it generates text"),
        (lambda folder: set_config(folder, is_decoder=True), "Only encoders"),
        (lambda folder: set_config(folder, quantization_config={"bits": 4}), "are quantized"),
        (lambda folder: set_config(folder, hidden_size="wide"), "cannot be loaded: .*hidden_size"),
        (lambda folder: set_config(folder, hidden_act="step"), "activation 'step'"),
        (lambda folder: set_config(folder, num_attention_heads=3), "16, which 3 attention heads cannot"),
        (lambda folder: set_config(folder, num_attention_heads=0), "0 attention heads"),
        (lambda folder: set_config(folder, num_hidden_layers=10**9), "have 2 layers where .* 1000000000"),
        (lambda folder: set_config(folder, id2label={0: "a", 2: "b"}), "must name the outputs 0, 1, 2"),
        (
            lambda folder: set_config(folder, id2label={0: "a", 1: "b", 2: "c"}),
            "'classifier.weight'.* 2 × 16",
        ),
        (lambda folder: set_config(folder, intermediate_size=64), "is 32 × 16 where its"),
        (lambda folder: set_config(folder, vocab_size=1000), "where its config.json asks for 1000 × 16"),
        (lambda folder: cut_off(folder, 0), "are empty; copy the file again"),
        (lambda folder: cut_off(folder, 4), "are cut off"),
        (lambda folder: cut_off(folder, 100), "are cut off"),
        (lambda folder: cut_off(folder, 100_000), "are cut off"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"nonsense"), "damaged"),
        (without_a_shard, r"named in model.safetensors.index.json, are missing"),
    ],
)
def test_fault_is_told(checkpoint: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(checkpoint)
    with pytest.raises(InputError, match=message) as raised:
        inspect_checkpoint(checkpoint)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.zip", "is a zip archive; unpack it"),
        ("pytorch_model.bin", "is a pickle, which may run code"),
        ("config.json", "is a file; give the folder"),
    ],
)
def test_file_in_place_of_a_folder(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=message):
        inspect_checkpoint(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["", "  ", "a", "a/b/c", "./no", "~/no", "/no", "a b/c", "x" * 5000, "a\0/b"]
)
def test_names_that_name_nothing(name: str) -> None:
    with pytest.raises(InputError, match=r"There is no model folder|No model is named"):
        inspect_checkpoint(name)


def test_folder_above_the_model(checkpoint: Path) -> None:
    with pytest.raises(InputError, match=r"has no config.json.*give its folder 'model'"):
        inspect_checkpoint(checkpoint.parent)


def test_file_that_may_not_be_read(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Told so that it holds for a superuser too, whom no mode keeps out.
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "model.safetensors")
    with pytest.raises(InputError, match=r"model.safetensors' may not be read"):
        inspect_checkpoint(checkpoint)


def test_tokenizer_of_another_model(checkpoint: Path) -> None:
    set_weights(
        checkpoint,
        lambda weights: weights.update(
            {"bert.embeddings.word_embeddings.weight": weights["bert.embeddings.word_embeddings.weight"][:99]}
        ),
    )
    set_config(checkpoint, vocab_size=99)
    with pytest.raises(InputError, match="gives ids up to 30521 and the model knows 99 words"):
        inspect_checkpoint(checkpoint)


def test_what_is_found(checkpoint: Path, classifier: TextClassifier) -> None:
    found = inspect_checkpoint(checkpoint)
    assert found.name == "model" and found.config.base_family == "bert"
    assert (found.config.num_hidden_layers, found.config.hidden_size) == (2, 16)
    assert found.config.label_names == ("LABEL_0", "LABEL_1") and not found.config.thresholds_learned
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint)
    assert found.num_parameters == sum(weight.numel() for weight in model.parameters())
    assert 4 * found.num_parameters < found.size_bytes < 4 * found.num_parameters + 20_000
    bundled = inspect_checkpoint(SST2_MODEL)
    assert bundled.config.thresholds_learned and bundled.name == classifier.name == "sst2"
    assert bundled.num_parameters == sum(weight.numel() for weight in classifier.model.parameters())


def test_shards_are_read_together(checkpoint: Path) -> None:
    whole = inspect_checkpoint(checkpoint)
    in_shards(checkpoint)
    assert inspect_checkpoint(checkpoint).num_parameters == whole.num_parameters


@pytest.mark.parametrize(
    "config",
    [
        RobertaConfig(**SMALL),
        ElectraConfig(**SMALL, embedding_size=8),
        DistilBertConfig(vocab_size=30522, n_layers=2, n_heads=2, dim=16, hidden_dim=32),
    ],
    ids=lambda config: config.model_type,
)
def test_other_families_pass(checkpoint: Path, config: BertConfig) -> None:
    AutoModelForSequenceClassification.from_config(config).save_pretrained(checkpoint)
    assert inspect_checkpoint(checkpoint).config.base_family == config.model_type
    AutoModelForMaskedLM.from_config(config).save_pretrained(checkpoint)
    with pytest.raises(InputError, match="no head"):
        inspect_checkpoint(checkpoint)


def test_early_names_of_norms_pass(checkpoint: Path) -> None:
    def rename(weights: dict[str, torch.Tensor]) -> None:
        for name in [name for name in weights if "LayerNorm" in name]:
            early = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            )
            weights[early] = weights.pop(name)

    set_weights(checkpoint, rename)
    assert inspect_checkpoint(checkpoint).config.num_hidden_layers == 2


def test_home_folder_is_understood(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(checkpoint.parent))
    found = inspect_checkpoint("~/model")
    assert found.name == "model" and found.location == str(checkpoint)


def test_hub_name_in_the_local_cache(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "_hub_answers", lambda: False)
    monkeypatch.setattr(model_files, "snapshot_download", lambda *_, **__: str(checkpoint))
    found = inspect_checkpoint("owner/model-of-theirs")
    assert found.name == "owner/model-of-theirs" and found.location == str(checkpoint)


def test_hub_sends_headers_only(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with model_files.safe_open(checkpoint / "model.safetensors", "pt") as stored:
        tensors = {
            name: SimpleNamespace(shape=stored.get_slice(name).get_shape(), data_offsets=(0, 4))
            for name in stored.keys()  # noqa: SIM118
        }
    headers = SimpleNamespace(files_metadata={"model.safetensors": SimpleNamespace(tensors=tensors)})
    monkeypatch.setattr(model_files, "get_safetensors_metadata", lambda _, **__: headers)
    found = model_files.hub_weights("owner/model")
    assert found == model_files.StoredWeights(
        model_files.folder_weights(checkpoint).shapes, size_bytes=4 * len(tensors)
    )
