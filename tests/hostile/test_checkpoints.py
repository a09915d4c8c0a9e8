"""A damaged checkpoint is refused with one message or gives a usable model; no code in it ever runs."""

import json
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

import ltp_viz
from ltp_viz import InputError
from tests.hostile.corpus import SCRIPT
from tests.hostile.fuzzing import changed_json, damaged_bytes, fuzzed, written
from tests.hostile.tiny_model import copied, in_shards, repacked, save_tiny_model, unpacked

TEXTS = ("a warm film.", "films " * 40, "漢\0\ud800 <b>", " ")
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
JSON_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")
NAN, INFINITE = float("nan"), float("inf")


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Valid checkpoints."""
    parent = tmp_path_factory.mktemp("valid")
    folders = {
        "pruned": save_tiny_model(parent / "pruned"),
        "plain": save_tiny_model(parent / "plain", pruned=False),
        "shards": save_tiny_model(parent / "shards"),
    }
    in_shards(folders["shards"])
    return folders


def refused_or_usable(folder: Path) -> str:
    """The message with which it is refused, or "" for a model whose runs are all finite."""
    try:
        model = ltp_viz.load_model(folder)
    except InputError as error:
        message = str(error)
        assert "\n" not in message and len(message) < 1500, message
        message.encode()
        return message
    "".join(model.labels).encode()
    for text in TEXTS:
        for scale in (0.0, 1.0, 3.0):
            trace = model.start(text).trace(scale)
            assert trace.keep[:, 0].all() and np.isfinite(trace.logits).all()
            ltp_viz.Trace.from_json(trace.to_json())
    assert np.isfinite(model.predict(list(TEXTS)).logits).all()
    return ""


def set_config(folder: Path, file: str = "config.json", **values: Any) -> None:
    path = folder / file
    path.write_bytes(written(json.loads(path.read_text()) | values))


def config(**values: Any) -> Callable[[Path], None]:
    return lambda folder: set_config(folder, **values)


def tokenizer_config(**values: Any) -> Callable[[Path], None]:
    return lambda folder: set_config(folder, "tokenizer_config.json", **values)


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        change(tensors)
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})

    return damage


def filled(name: str, value: float) -> Callable[[Path], None]:
    return weights(lambda tensors: tensors[name].fill_(value))


def wrong_shape(folder: Path) -> None:
    weights(lambda tensors: tensors.update({"head.output.weight": torch.zeros(2, 9)}))(folder)


def traversal(folder: Path) -> None:
    """An index that names a file outside, and a file of that name inside for a reader that looks there."""
    in_shards(folder)
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "weights.safetensors").write_bytes((folder / "weights.safetensors").read_bytes())
    index = json.loads((folder / INDEX).read_text())
    names = dict.fromkeys(index["weight_map"], "../outside/weights.safetensors")
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": names}))


def pickle_in_the_index(folder: Path) -> None:
    in_shards(folder)
    (folder / "weights.safetensors").rename(folder / "weights.bin")
    names = dict.fromkeys(json.loads((folder / INDEX).read_text())["weight_map"], "weights.bin")
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": names}))


def without_tokenizer(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()


def only_vocabulary_lost(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


class _Witness:
    """What a pickle runs when it is opened."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self) -> Any:
        return open, (str(self.mark), "w")


def pickled(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / WEIGHTS).unlink()
        (folder / name).write_bytes(pickle.dumps(_Witness(folder.parent / "ran")))

    return damage


def pickle_as_safetensors(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(pickle.dumps(_Witness(folder.parent / "ran")))


def own_code(folder: Path) -> None:
    code = f"open({str(folder.parent / 'ran')!r}, 'w')\nclass Evil: pass\n"
    for name in ("evil.py", "configuration_ltp.py", "tokenization_ltp.py", "modeling_ltp.py", "__init__.py"):
        (folder / name).write_text(code)
    names = dict.fromkeys(("AutoConfig", "AutoModel", "AutoModelForSequenceClassification"), "evil.Evil")
    set_config(folder, auto_map=names, trust_remote_code=True)


def tokenizer_of_its_own(folder: Path) -> None:
    own_code(folder)
    set_config(
        folder,
        "tokenizer_config.json",
        auto_map={"AutoTokenizer": ["evil.Evil", "evil.Evil"]},
        tokenizer_class="Evil",
        trust_remote_code=True,
    )


def template_that_reads(folder: Path) -> None:
    template = "{{ ''.__class__.__mro__[1].__subclasses__() }}{% include '/etc/passwd' %}"
    set_config(folder, "tokenizer_config.json", chat_template=template)


def link_in_a_circle(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).symlink_to(folder / WEIGHTS)


def link_to_a_device(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).symlink_to("/dev/zero")


def link_to_no_weights(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).symlink_to("/etc/passwd")


def config_that_never_ends(folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")


def deep_config(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": ' + "[" * 100_000)


def lying_header(folder: Path) -> None:
    header, numbers = unpacked((folder / WEIGHTS).read_bytes())
    header["head.output.weight"]["shape"] = [2**40, 2**20]
    (folder / WEIGHTS).write_bytes(repacked(written(header), numbers))


def endless_header(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"\xff" * 8 + b"{}")


# How to damage a valid checkpoint, and what the message must contain; "" where a usable model is correct.
DAMAGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "pickle alone": (pickled("pytorch_model.bin"), "never opened"),
    "pickle by another name": (pickled("weights.pkl"), "never opened"),
    "pickle as safetensors": (pickle_as_safetensors, "cut off or damaged"),
    "code of its own": (own_code, ""),
    "tokenizer of its own": (tokenizer_of_its_own, "needs code of its own, which is never run"),
    "template that reads": (template_that_reads, ""),
    "path out of the folder": (traversal, "only .safetensors files in the same folder"),
    "pickle in the index": (pickle_in_the_index, "only .safetensors files in the same folder"),
    "weights NaN": (filled("layers.0.up.weight", NAN), "'layers.0.up.weight' of .* not finite"),
    "weights infinite": (filled("head.output.bias", -INFINITE), "'head.output.bias' of .* not finite"),
    "weights too large": (filled("layers.1.down.weight", 3e38), "'layers.1.down.weight' of .* not finite"),
    "weights all zero": (weights(lambda all_: [weight.zero_() for weight in all_.values()]), ""),
    "wrong shape": (wrong_shape, "'head.output.weight' of .* is 2 × 9"),
    "header that lies": (lying_header, "cut off or damaged"),
    "header without end": (endless_header, "cut off or damaged"),
    "deep configuration": (deep_config, "recursion"),
    "no tokenizer": (without_tokenizer, "tokenizer"),
    "no vocabulary": (only_vocabulary_lost, "knows no words|cannot be loaded"),
    "link in a circle": (link_in_a_circle, "no .safetensors weights"),
    "link to a device": (link_to_a_device, "no .safetensors weights"),
    "link to other content": (link_to_no_weights, "cut off or damaged"),
    "configuration that never ends": (config_that_never_ends, "has no config.json"),
    "thresholds NaN": (config(thresholds=[NAN, 0.1]), "Threshold . of .* -1000 to 1000"),
    "thresholds infinite": (config(thresholds=[0.1, INFINITE]), "Threshold . of .* -1000 to 1000"),
    "thresholds too large to scale": (config(thresholds=[1e308, -1e308]), "Threshold . of .* -1000 to 1000"),
    "thresholds negative": (config(thresholds=[-1.0, -0.5]), ""),
    "thresholds of another depth": (config(thresholds=[0.1]), "give one threshold per layer"),
    "thresholds as text": (config(thresholds=["0.1", "0.2"]), "'thresholds': .*Invalid item at index 0"),
    "scores divided by nothing": (config(score_reference_length=0), "score_reference_length is 0"),
    "scores divided by less": (config(score_reference_length=-9), "score_reference_length is -9"),
    "norm that gives NaN": (config(layer_norm_eps=NAN), "layer_norm_eps"),
    "norm of a negative": (config(layer_norm_eps=-1.0), "layer_norm_eps"),
    "norm by nothing": (config(layer_norm_eps=0.0), "layer_norm_eps"),
    "dropout that is none": (config(hidden_dropout_prob=NAN), "hidden_dropout_prob"),
    "positions before the first": (config(position_offset=-3), "position_offset"),
    "positions beyond the last": (config(position_offset=31), "position_offset"),
    "protected before the first": (config(protected_positions=[-1]), "protected_positions"),
    "protected beyond the last": (config(protected_positions=[10**9]), ""),
    "labels that are numbers": (config(id2label={"0": 5, "1": None}), "labels of"),
    "labels as markup": (config(id2label={"0": SCRIPT, "1": "a" * 10_000}), ""),
    "labels that no encoding carries": (config(id2label={"0": "\ud800", "1": "a"}), "labels of"),
    "weights in another file": (config(transformers_weights="../other.safetensors"), "transformers_weights"),
    "kernel of a stranger": (config(attn_implementation="evil/kernel"), "cannot be loaded"),
    "tokenizer that knows no length": (tokenizer_config(model_max_length="long"), "cannot be loaded"),
    "layout that is none": (config(base_family="gpt2"), "base_family is 'gpt2'; it must be one of bert"),
    "family that is a list": (config(model_type=["ltp"]), "family"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_checkpoints_are_refused_or_usable(valid: dict[str, Path], tmp_path: Path, name: str) -> None:
    damage, expected = DAMAGED[name]
    folder = copied(valid["pruned"], tmp_path / "model")
    damage(folder)
    modules = set(sys.modules)
    message = refused_or_usable(folder)
    if expected:
        with pytest.raises(InputError, match=expected):
            raise InputError(message)
    else:
        assert not message
    assert not (tmp_path / "ran").exists(), "code of the checkpoint has run"
    assert not [module for module in set(sys.modules) - modules if "evil" in module]


def test_valid_checkpoints_are_usable(valid: dict[str, Path]) -> None:
    assert [refused_or_usable(folder) for folder in valid.values()] == ["", "", ""]


def test_links_to_other_folders_are_followed_as_the_cache_of_the_hub_has_them(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for file in valid["pruned"].iterdir():
        (folder / file.name).symlink_to(file)
    assert not refused_or_usable(folder)


def test_a_message_holds_nothing_of_the_file_that_a_link_leads_to(
    valid: dict[str, Path], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("password-of-somebody: hunter2\n")
    for name in (*JSON_FILES, WEIGHTS):
        folder = copied(valid["pruned"], tmp_path / "model")
        (folder / name).unlink()
        (folder / name).symlink_to(secret)
        message = refused_or_usable(folder)
        assert message and "password" not in message and "hunter2" not in message


@pytest.fixture(scope="module")
def files(valid: dict[str, Path]) -> dict[tuple[str, str], bytes]:
    """What each file of each checkpoint holds."""
    return {
        (kind, file.name): file.read_bytes()
        for kind, folder in valid.items()
        for file in sorted(folder.iterdir())
    }


def damaged(data: st.DataObject, name: str, content: bytes) -> bytes:
    """The file with some bytes or values changed; of weights, the header or the numbers."""
    how = data.draw(st.sampled_from(("bytes", "header", "values", "values")), label="how")
    if how == "bytes":
        return data.draw(damaged_bytes([content]), label=name)
    if name.endswith(".json"):
        return written(data.draw(changed_json(json.loads(content)), label=name))
    header, numbers = unpacked(content)
    if how == "header":
        return repacked(written(data.draw(changed_json(header), label="header")), numbers)
    values = np.frombuffer(numbers, np.float32).copy()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(values) - 1), label="place")
        values[place] = data.draw(st.sampled_from((NAN, INFINITE, -INFINITE, 3e38, 1e20, 900.0, 0.0)))
    return repacked(written(header), values.tobytes())


@given(data=st.data())
@fuzzed(60)
def test_any_damaged_file_is_refused_or_usable(
    valid: dict[str, Path], files: dict[tuple[str, str], bytes], tmp_path: Path, data: st.DataObject
) -> None:
    kind, name = data.draw(st.sampled_from(list(files)), label="file")
    folder = copied(valid[kind], tmp_path / "model")
    (folder / name).write_bytes(damaged(data, name, files[kind, name]))
    refused_or_usable(folder)
