"""Models in the wrappings they come in load, or one message says what to do; each is compared on load."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import ltp_viz
from ltp_viz import InputError
from ltp_viz.data.checkpoints import agreement, inspection, load, model_files
from ltp_viz.data.checkpoints.names import plain_name, split_revision
from tests.conftest import SST2_MODEL
from tests.data.checkpoints.brought import PAIR, TEXT, WORDS, assert_equals_hugging_face, save_bert


def rename_weights(folder: Path, prefix: str) -> None:
    path = folder / "model.safetensors"
    save_file({prefix + name: w for name, w in load_file(path).items()}, path, {"format": "pt"})


@pytest.mark.parametrize("prefix", ["_orig_mod.", "module.", "module._orig_mod."])
def test_prefixes_of_wrappers_are_left_out(tmp_path: Path, prefix: str) -> None:
    folder = save_bert(tmp_path)
    expected = ltp_viz.load_model(folder).trace(*PAIR).logits
    rename_weights(folder, prefix)
    model = ltp_viz.load_model(folder)
    np.testing.assert_array_equal(model.trace(*PAIR).logits, expected)
    assert model.agreement is not None and model.agreement < 1e-5


def test_a_wrapped_checkpoint_of_this_library_loads(tmp_path: Path) -> None:
    model = ltp_viz.load_model(save_bert(tmp_path / "plain"))
    model.model.config.thresholds = [0.01, 0.02, 0.03]
    model.save_pretrained(tmp_path / "own")
    rename_weights(tmp_path / "own", "_orig_mod.")
    (tmp_path / "own/SHA256SUMS").unlink()
    again = ltp_viz.load_model(tmp_path / "own")
    np.testing.assert_array_equal(again.trace(TEXT).logits, model.trace(TEXT).logits)


def test_early_names_of_norms_and_a_prefix_together(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    expected = ltp_viz.load_model(folder).trace(TEXT).logits
    path = folder / "model.safetensors"
    early = {
        "module."
        + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): w
        for name, w in load_file(path).items()
    }
    save_file(early, path, {"format": "pt"})
    np.testing.assert_array_equal(ltp_viz.load_model(folder).trace(TEXT).logits, expected)


def test_a_variant_alone_is_read(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    path = folder / "model.safetensors"
    half = {name: w.half() for name, w in load_file(path).items()}
    path.unlink()
    save_file(half, folder / "model.fp16.safetensors", {"format": "pt"})
    model = ltp_viz.load_model(folder)
    assert model.model.dtype == torch.float32
    weight = model.model.embeddings.words.weight
    assert torch.equal(weight, half["bert.embeddings.word_embeddings.weight"].float())


def save_adapter(folder: Path, base: Path, **settings: object) -> dict[str, torch.Tensor]:
    """A LoRA adapter of the queries of layer 1, with a head trained whole, as peft names them."""
    torch.manual_seed(1)
    query = "base_model.model.bert.encoder.layer.1.attention.self.query"
    weights = {
        f"{query}.lora_A.weight": torch.randn(4, 16),
        f"{query}.lora_B.weight": torch.randn(16, 4),
        "base_model.model.classifier.weight": torch.randn(3, 16),
        "base_model.model.classifier.bias": torch.randn(3),
    }
    folder.mkdir()
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 6, "base_model_name_or_path": str(base), **settings}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    save_file(weights, folder / "adapter_model.safetensors")
    return weights


@pytest.mark.parametrize("scale", [1.5, 3.0], ids=["plain", "rank-stabilised"])
def test_a_lora_adapter_is_merged_into_its_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    base = save_bert(tmp_path / "base")
    adapter = save_adapter(tmp_path / "adapter", base, use_rslora=scale == 3.0)
    model = ltp_viz.load_model(tmp_path / "adapter")
    assert model.name == "adapter" and len(model.labels) == 3
    stored = load_file(base / "model.safetensors")["bert.encoder.layer.1.attention.self.query.weight"]
    a, b = list(adapter.values())[:2]
    fused = model.model.layers[1].query_key_value.weight[:16]
    torch.testing.assert_close(fused.detach(), stored + scale * b @ a)
    assert torch.equal(model.model.head.output.weight.detach(), adapter["base_model.model.classifier.weight"])
    assert ltp_viz.load_model(tmp_path / "adapter").agreement is not None  # from the cache


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"base_model_name_or_path": "owner/base"}, "LoRA adapter of 'owner/base', which is not on this"),
        ({"use_dora": True}, "a kind .LORA. that is not merged here; merge it with peft"),
        ({"peft_type": "IA3"}, "a kind .IA3. that is not merged here"),
    ],
)
def test_an_adapter_that_cannot_be_merged_says_how(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    save_adapter(tmp_path / "adapter", save_bert(tmp_path / "base"), **settings)
    with pytest.raises(InputError, match=message):
        ltp_viz.load_model(tmp_path / "adapter")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("https://huggingface.co/owner/name", "owner/name"),
        ("https://huggingface.co/owner/name/", "owner/name"),
        ("https://huggingface.co/owner/name/tree/main", "owner/name"),
        ("https://huggingface.co/owner/name/blob/main/config.json?x=1", "owner/name"),
        ("huggingface.co/owner/name/tree/v2", "owner/name@v2"),
        ("hf.co/owner/name#usage", "owner/name"),
        ('  "owner/name"  ', "owner/name"),
        ("'owner/name' ", "owner/name"),
        ("\u201cowner/name\u201d", "owner/name"),
        ("owner/name@main", "owner/name@main"),
        ("/a/folder with 'quotes'", "/a/folder with 'quotes'"),
    ],
)
def test_pasted_names(typed: str, name: str) -> None:
    assert plain_name(typed) == name


def test_revisions() -> None:
    assert split_revision("owner/name@refs/pr/3") == ("owner/name", "refs/pr/3")
    assert split_revision("owner/name") == ("owner/name", None)
    assert split_revision("/folder@x/y") == ("/folder@x/y", None)


def test_a_revision_is_looked_for_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(name: str, revision: str | None = None, **_: object) -> str:
        asked.append((name, revision))
        return str(save_bert(tmp_path))

    monkeypatch.setattr(model_files, "_hub_answers", lambda: False)
    monkeypatch.setattr(model_files, "snapshot_download", download)
    assert ltp_viz.load_model(" https://huggingface.co/owner/name/tree/v2 ").name == "owner/name@v2"
    assert asked == [("owner/name", "v2")]


def test_a_folder_in_quotes_and_with_blanks(tmp_path: Path) -> None:
    folder = save_bert(tmp_path / "my model")
    assert ltp_viz.load_model(f' "{folder}" ').name == "my model"


def test_a_config_without_its_family_names_the_line_to_add(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    del config["model_type"]
    for architecture, family in (
        ("BertForSequenceClassification", "bert"),
        ("XLMRobertaModel", "xlm-roberta"),
    ):
        path.write_text(json.dumps(config | {"architectures": [architecture]}))
        with pytest.raises(InputError, match=f'{architecture}, so add the line "model_type": "{family}"'):
            ltp_viz.load_model(folder)


def test_a_sentencepiece_file_alone_names_what_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_bert(tmp_path)
    (folder / "tokenizer.json").unlink()
    (folder / "sentencepiece.bpe.model").write_bytes(b"\x0a\x0e")
    config = {"tokenizer_class": "XLMRobertaTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    monkeypatch.setattr(inspection, "find_spec", lambda name: None)
    with pytest.raises(
        InputError, match=r"sentencepiece.bpe.model.; install what reads it, `pip install sent"
    ):
        ltp_viz.load_model(folder)


def test_a_cased_vocabulary_with_a_tokenizer_that_lowers_is_reported(tmp_path: Path) -> None:
    folder = save_bert(tmp_path / "uncased")
    assert not any("lower-cases" in note for note in ltp_viz.load_model(folder).notes)
    tokenizer = folder / "tokenizer.json"
    cased = tokenizer.read_text().replace('"warm"', '"Warm"').replace('"film"', '"Film"')
    tokenizer.write_text(cased)
    assert any(
        "lower-cases texts, but its vocabulary is cased" in n for n in ltp_viz.load_model(folder).notes
    )


def test_a_brought_model_agrees_with_hugging_face(tmp_path: Path) -> None:
    model = ltp_viz.load_model(save_bert(tmp_path))
    assert model.agreement is not None and 0 <= model.agreement < 1e-5
    assert_equals_hugging_face(tmp_path, model, *PAIR)
    assert ltp_viz.load_model(SST2_MODEL).agreement is None


@pytest.mark.parametrize("fault", ["activation", "segments"])
def test_a_model_that_computes_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    folder = save_bert(tmp_path, hidden_act="relu")
    convert = load.convert_classifier

    def wrong(source: Any) -> object:
        model = convert(source)
        if fault == "activation":
            twin = type(source)(type(source.config)(**source.config.to_dict() | {"hidden_act": "gelu"}))
            twin.load_state_dict(source.state_dict())
            return convert(twin)  # as if the configuration had been read wrongly
        model.embeddings.segments = None
        return model

    monkeypatch.setattr(load, "convert_classifier", wrong)
    with pytest.raises(InputError, match=r"answers otherwise here .* BertForSequenceClassification"):
        ltp_viz.load_model(folder)


def test_words_for_the_agreement() -> None:
    assert agreement.agreement_words(3.2e-7) == "agrees with Hugging Face within 3e-7"
    assert "exactly" in agreement.agreement_words(0.0)


@pytest.mark.parametrize("kept", ["tokenizer.json", "vocab.txt"])
def test_a_vocabulary_without_settings_is_read_as_hugging_face_does(tmp_path: Path, kept: str) -> None:
    """Folders of 2019 to 2021 have no tokenizer_config.json."""
    folder = save_bert(tmp_path)
    if kept == "vocab.txt":
        (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
        (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    model = ltp_viz.load_model(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for text in (TEXT, "A WARM Film"):
        trace = model.trace(text, global_scale=0.0)
        with torch.inference_mode():
            dense = AutoModelForSequenceClassification.from_pretrained(folder).eval()
            expected = dense(**tokenizer(text, return_tensors="pt")).logits[0].numpy()
        assert list(trace.tokens) == tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])
        assert np.abs(trace.logits - expected).max() < 1e-5
