"""What is checked before a training writes or computes anything, each failure told in one sentence."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import HFValidationError
from safetensors import SafetensorError, safe_open
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedTokenizerBase,
)

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families import convert_config
from ltp_viz.data.errors import InputError
from ltp_viz.data.tasks import Task
from ltp_viz.training.recipe import Recipe

# Two checkpoints of weights and two optimizer moments each, and three finished stages, in fp32.
_COPIES_ON_DISK = 2 * 3 + 3


@dataclass(frozen=True)
class Base:
    """What a run needs to know of its encoder beforehand."""

    tokenizer: PreTrainedTokenizerBase
    max_tokens: int
    parameters: int


def load_base(name: str, task: Task) -> Base:
    """Tokenizer and size of a pretrained encoder. Raises InputError where it cannot be trained."""
    try:
        config = AutoConfig.from_pretrained(name, trust_remote_code=False)
        shape = config if isinstance(config, LTPConfig) else convert_config(config)
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        with torch.device("meta"):
            parameters = AutoModelForSequenceClassification.from_config(config).num_parameters()
    except (OSError, ValueError, KeyError, HFValidationError, SafetensorError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"The encoder {name!r} cannot be used as --base: {reason}") from error
    folder = Path(name)
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        raise InputError(
            f"The encoder {name!r} has no .safetensors weights, the only format read; convert them."
        )
    for file in folder.glob("*.safetensors"):
        try:
            with safe_open(file, "pt"):  # reads the header, which tells the file's size
                pass
        except SafetensorError as error:
            raise InputError(f"{file} is not a whole .safetensors file: {error}; fetch it again.") from error
    # Without its files transformers makes up a tokenizer that knows no words.
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise InputError(f"The encoder {name!r} has no tokenizer beside it; save its tokenizer.json there.")
    if not tokenizer.is_fast:
        raise InputError(f"The tokenizer of {name!r} gives no character positions; add its tokenizer.json.")
    # Stored tokenizers may carry the padding of their last use; length is a matter of the text here.
    tokenizer.backend_tokenizer.no_padding()
    return Base(tokenizer, shape.max_text_tokens, parameters)


def check_same_recipe(output: Path, recipe: Recipe) -> None:
    """A folder holds one run. Raises InputError where it holds one with other settings."""
    for place in (output, *output.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"--output {output} cannot be a folder: {place} is a file; give another.")
    _check_same(output, "recipe.json", recipe.to_dict())


def check_same_data(output: Path, counts: dict[str, int]) -> None:
    """Raises InputError where the folder holds a run on data of another size."""
    _check_same(output, "data.json", counts)


def _check_same(output: Path, file: str, now: dict[str, Any]) -> None:
    try:
        earlier = json.loads((output / file).read_text())
    except (OSError, ValueError):  # not there, or killed while it was written, before anything else was
        return
    for name, value in now.items():
        if name in earlier and earlier[name] != value:
            raise InputError(
                f"{output} holds a run with {name} {earlier[name]!r}, not {value!r}; give the same settings "
                "to go on with it, or another --output."
            )


def check_space(output: Path, parameters: int) -> None:
    """Raises InputError where the disk cannot hold the run's checkpoints and stages."""
    needed = _COPIES_ON_DISK * 4 * parameters
    existing = next(folder for folder in (output, *output.absolute().parents) if folder.exists())
    # What an interrupted run left is part of what it needs.
    held = sum(file.stat().st_size for file in output.rglob("*") if file.is_file())
    free = shutil.disk_usage(existing).free + held
    if free < needed:
        raise InputError(
            f"The disk of {output} has {free / 1e9:.1f} GB free and the run needs {needed / 1e9:.1f} GB; "
            "make room or give another --output."
        )
