"""Where a checkpoint lies, whether its files can be read, and what the headers of its weights say."""

import json
import os
import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import (
    constants,
    get_safetensors_metadata,
    get_session,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, NotASafetensorsRepoError
from safetensors import SafetensorError, safe_open

from ltp_viz.data.checkpoints.names import split_revision
from ltp_viz.data.errors import InputError
from ltp_viz.data.path_names import check_is_text
from ltp_viz.resources import MODELS, bundled_models

_HUB_ANSWER_S = 5.0
_MOST_JSON_BYTES = 20_000_000  # far above what names of a thousand classes and layers need
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"
# One of them is enough: folders that are a few years old hold a vocabulary alone.
_TOKENIZERS = ("tokenizer_config.json", "tokenizer.json", "vocab.txt", "vocab.json")
_VARIANT = re.compile(r"model\.(?!safetensors)([A-Za-z0-9_-]+)\.safetensors")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


@dataclass(frozen=True)
class StoredWeights:
    """What the headers say: tensor name -> shape."""

    shapes: Mapping[str, tuple[int, ...]]
    size_bytes: int
    files: tuple[Path, ...] = ()  # of a folder
    variant: str | None = None  # "fp16" of model.fp16.safetensors


def shareable_name(location: str) -> str:
    """How to call a model in what leaves this machine: a bundled one by its name, which `load_model` takes
    everywhere and which says nothing of this machine's folders."""
    path = Path(location).resolve()
    return path.name if path.parent == MODELS.resolve() else location


def exists_here(name: str) -> bool:
    """Whether there is a file or folder of this name, "~" allowed."""
    try:
        return Path(name).expanduser().exists()
    except OSError:  # too long for a path, or in a folder that may not be entered
        return False


def local_folder(asked: str) -> Path | None:
    """The folder meant, which for a hub name may be the local cache; None for a model to fetch.

    A bundled model's name is that model, whatever lies in the current folder (`./sst2` names a folder there).
    """
    if not asked.strip():
        raise InputError("No model is named; give a bundled name, a folder or a hub name 'owner/model'.")
    if asked in (bundled := bundled_models()):
        return bundled[asked]
    check_is_text(asked)
    if exists_here(asked):
        return Path(asked).expanduser()
    name, revision = split_revision(asked)
    if not _HUB_NAME.fullmatch(name) or asked.startswith((".", "~")):
        raise InputError(
            f"There is no model folder {asked!r}, nor a bundled model of this name; give one of "
            f"{', '.join(bundled)}, an existing folder, or a hub name 'owner/model'."
        )
    if _hub_answers():
        return None
    try:  # without the hub: its client would retry for half a minute
        return Path(snapshot_download(name, revision=revision, local_files_only=True))
    except LocalEntryNotFoundError as error:
        raise InputError(
            f"The model {asked!r} is not in the local cache and the hub does not answer; give a local folder."
        ) from error


def _hub_answers() -> bool:
    if constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(constants.ENDPOINT, timeout=_HUB_ANSWER_S)
    except httpx2.HTTPError:
        return False
    return True


def check_files(folder: Path) -> None:
    """Whether all files needed are there, may be read and are of a kind that cannot run code."""
    if not folder.is_dir():
        raise InputError(_not_a_folder(folder))
    if not (folder / "config.json").is_file():
        inner = sorted(path.parent.name for path in folder.glob("*/config.json"))
        remedy = f"give its folder {inner[0]!r}" if inner else "save it there"
        raise InputError(
            f"The model folder {str(folder)!r} has no config.json, the model's configuration; {remedy}."
        )
    if not any((folder / file).is_file() for file in _TOKENIZERS) and not any(folder.glob("*.model")):
        raise InputError(
            f"The model folder {str(folder)!r} has no tokenizer_config.json or other file of its tokenizer; "
            "save it there."
        )
    if not any((folder / file).is_file() for file in (_WEIGHTS, _INDEX)) and not _variants(folder):
        others = sorted(path.name for path in folder.iterdir() if path.suffix in (*_PICKLES, ".zip"))
        held = f" (it holds {others[0]!r}, which is never opened, as it may run code)" if others else ""
        raise InputError(
            f"The model folder {str(folder)!r} has no .safetensors weights named {_WEIGHTS!r}{held}; "
            "save the model there again with save_pretrained."
        )
    for path in (*folder.glob("*.json"), *folder.glob("*.safetensors")):
        if not os.access(path, os.R_OK):
            raise PermissionError(13, "Permission denied", str(path))
    _read_object(folder / "config.json")


def _not_a_folder(file: Path) -> str:
    if file.suffix == ".zip":
        return f"{str(file)!r} is a zip archive; unpack it and give the folder that holds its config.json."
    if file.suffix in _PICKLES:
        return (
            f"{str(file)!r} is a pickle, which may run code when it is opened; "
            "give a folder with .safetensors weights."
        )
    return f"{str(file)!r} is a file; give the folder that holds the model's config.json."


def _read_object(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MOST_JSON_BYTES:
        raise InputError(
            f"{str(path)!r} has {path.stat().st_size / 1e6:,.0f} MB and may have "
            f"{_MOST_JSON_BYTES / 1e6:.0f}; save the model there again."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{str(path)!r} is not valid JSON ({error}); save it again.") from error
    if not isinstance(content, dict):
        raise InputError(
            f"{str(path)!r} holds a {type(content).__name__} where an object is needed; save it again."
        )
    return content


def folder_weights(folder: Path) -> StoredWeights:
    """From the headers of one file or, with an index, of all the files it names."""
    files, variant = [_WEIGHTS], None
    if not (folder / _WEIGHTS).is_file() and (variants := _variants(folder)):
        variant, files = variants[0], [f"model.{variants[0]}.safetensors"]
    elif not (folder / _WEIGHTS).is_file():
        placed = _read_object(folder / _INDEX).get("weight_map")
        if not isinstance(placed, dict) or not placed:
            raise InputError(f"{str(folder / _INDEX)!r} names no weights; save the model again.")
        files = sorted(set(map(str, placed.values())))
        # Hugging Face's loader follows them out of the folder, and opens other kinds of file.
        is_safe = [Path(file).name == file and file.endswith(".safetensors") for file in files]
        if not all(is_safe):
            wrong = files[is_safe.index(False)]
            raise InputError(
                f"{str(folder / _INDEX)!r} names the weights {reprlib.repr(wrong)}; only .safetensors files "
                "in the same folder are read."
            )
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        path = folder / file
        if not path.is_file():
            raise InputError(f"The weights {str(path)!r}, named in {_INDEX}, are missing; add that file.")
        try:
            with safe_open(path, "pt") as stored:
                shapes |= {name: tuple(stored.get_slice(name).get_shape()) for name in stored.keys()}  # noqa: SIM118
        except SafetensorError as error:
            fault = "cut off or damaged" if path.stat().st_size else "empty"
            raise InputError(f"The weights {str(path)!r} are {fault}; copy the file again.") from error
    paths = tuple(folder / file for file in files)
    return StoredWeights(shapes, sum(path.stat().st_size for path in paths), paths, variant)


def _variants(folder: Path) -> list[str]:
    """Names between "model." and ".safetensors", as Hugging Face writes variants of one model; none where
    there is an index."""
    if (folder / _INDEX).is_file():
        return []
    found = (_VARIANT.fullmatch(path.name) for path in folder.glob("model.*.safetensors"))
    return sorted(match[1] for match in found if match)


def optional_object(file: str, location: str, revision: str | None) -> dict[str, Any] | None:
    """A JSON object of a folder or a hub model, None where there is no such file."""
    if exists_here(location):
        path = Path(location) / file
        return _read_object(path) if path.is_file() else None
    try:
        return _read_object(Path(hf_hub_download(location, file, revision=revision)))
    except (EntryNotFoundError, httpx2.HTTPError):
        return None


def hub_weights(name: str, revision: str | None = None) -> StoredWeights:
    """From the headers alone, which the hub sends without the weights."""
    try:
        files = get_safetensors_metadata(name, revision=revision).files_metadata.values()
    except NotASafetensorsRepoError as error:
        raise InputError(
            f"The model {name!r} has no .safetensors weights, the only format read; give another model."
        ) from error
    tensors = {tensor: info for file in files for tensor, info in file.tensors.items()}
    size = sum(info.data_offsets[1] - info.data_offsets[0] for info in tensors.values())
    return StoredWeights({tensor: tuple(info.shape) for tensor, info in tensors.items()}, size)
