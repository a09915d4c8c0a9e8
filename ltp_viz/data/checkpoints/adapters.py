"""A LoRA adapter's folder becomes a whole model: base weights plus scaled products, `W + alpha / r * B A`.

Hu et al. 2021, equation 3. Plain LoRA alone, as `peft` saves it; other kinds have a message that says how to
merge them. The merged model lies in the user's cache folder, so that what follows sees an ordinary one.
"""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from ltp_viz.data.checkpoints.wrapped import unwrapped_name
from ltp_viz.data.errors import InputError

ADAPTER_CONFIG, _ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
_OTHER_KINDS = ("use_dora", "lora_bias", "alora_invocation_tokens", "fan_in_fan_out")


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter and no whole model."""
    return (folder / ADAPTER_CONFIG).is_file() and not (folder / "config.json").is_file()


def merged_folder(asked: str, folder: Path, find: Callable[[str], Path | None]) -> Path:
    """A folder with the adapter merged into its base model, made once per adapter and base.

    `find` gives the local folder of a model's name, or None. Raises InputError where the base is not at hand
    or the adapter is of another kind.
    """
    settings: dict[str, Any] = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
    base_name = str(settings.get("base_model_name_or_path"))
    kind = str(settings.get("peft_type"))
    if kind != "LORA" or any(settings.get(name) for name in _OTHER_KINDS):
        raise InputError(
            f"{asked!r} is an adapter of a kind ({kind}) that is not merged here; merge it with peft: "
            "`model.merge_and_unload().save_pretrained(FOLDER)`, and give that folder."
        )
    try:
        base = find(base_name)
    except InputError:
        base = None
    if base is None:
        raise InputError(
            f"{asked!r} is a LoRA adapter of {base_name!r}, which is not on this machine; write its folder's "
            f"path into {ADAPTER_CONFIG} as base_model_name_or_path, or merge the two with peft's "
            "merge_and_unload."
        )
    sources = [folder / ADAPTER_CONFIG, folder / _ADAPTER_WEIGHTS, base / "config.json"]
    weight_files = sorted(base.glob("*.safetensors"))
    for needed in (*sources, *(weight_files or [base / "model.safetensors"])):
        if not needed.is_file():
            raise InputError(f"{asked!r} is an adapter, and {str(needed)!r} is missing; add that file.")
    target = _cache() / _digest([*sources, *weight_files])
    if not (target / "config.json").is_file():
        _merge(asked, settings, folder, base, weight_files, target)
    return target


def _merge(
    asked: str, settings: dict[str, Any], folder: Path, base: Path, weight_files: list[Path], target: Path
) -> None:
    weights: dict[str, Tensor] = {}
    for file in weight_files:
        weights |= {unwrapped_name(name): tensor for name, tensor in load_file(file).items()}
    adapter = {
        name.removeprefix(_PREFIX): value for name, value in load_file(folder / _ADAPTER_WEIGHTS).items()
    }
    rank = float(settings["r"])
    scale = float(settings["lora_alpha"]) / (math.sqrt(rank) if settings.get("use_rslora") else rank)
    for name, value in adapter.items():
        if name.endswith(".lora_B.weight"):
            continue
        if not name.endswith(".lora_A.weight"):  # of a module that was trained whole, such as the head
            weights[name.replace("modules_to_save.default.", "").replace("modules_to_save.", "")] = value
            continue
        module = name.removesuffix(".lora_A.weight")
        stored = _stored_name(f"{module}.weight", weights)
        if stored is None or settings.get("rank_pattern") or settings.get("alpha_pattern"):
            raise InputError(
                f"The adapter {asked!r} changes {module!r} in a way that is not merged here; merge it with "
                "peft's merge_and_unload and give that folder."
            )
        product = adapter[f"{module}.lora_B.weight"].float() @ value.float()
        weights[stored] = weights[stored].float() + scale * product
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    config.pop("architectures", None)
    heads = [value.shape[0] for name, value in weights.items() if name in _HEADS]
    if heads and len(config.get("id2label", {0: "", 1: ""})) != heads[0]:
        config["id2label"] = {str(index): f"LABEL_{index}" for index in range(heads[0])}
        config["label2id"] = {name: int(index) for index, name in config["id2label"].items()}
    partial = target.with_name(f"{target.name}.{os.getpid()}")  # renamed when whole
    partial.mkdir(parents=True)
    for place in (base, folder):  # the adapter's own tokenizer wins
        for file in place.iterdir():
            if file.is_file() and (
                "token" in file.name or file.name in ("vocab.txt", "vocab.json", "merges.txt")
            ):
                shutil.copy(file, partial / file.name)
    save_file(
        {name: w.contiguous() for name, w in weights.items()}, partial / "model.safetensors", {"format": "pt"}
    )
    (partial / "config.json").write_text(json.dumps(config))
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


_HEADS = ("classifier.weight", "classifier.out_proj.weight")


def _stored_name(name: str, weights: dict[str, Tensor]) -> str | None:
    """The base's name of a weight: a bare encoder leaves the first part out."""
    return next((known for known in (name, name.partition(".")[2]) if known in weights), None)


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16]


def _cache() -> Path:
    """Where the runs lie by default too."""
    root = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(root) / "ltp-viz" / "merged"
