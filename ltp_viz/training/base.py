"""The pretrained encoder that a training starts from: its tokenizer, its size, its weights."""

from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub.errors import HFValidationError, StrictDataclassError
from safetensors import SafetensorError, safe_open
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families.convert import convert_config
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.tasks import Task

# Parts of a name that identify a weight of the head, which may be initialised again.
_HEAD = {"classifier", "pre_classifier", "pooler", "head"}


@dataclass(frozen=True)
class Base:
    """Facts about the encoder that a run needs before training."""

    tokenizer: PreTrainedTokenizerBase
    config: LTPConfig
    parameters: int


def load_base(name: str, task: Task) -> Base:
    """Tokenizer and size of a pretrained encoder. Raises InputError if it cannot be trained."""
    folder = Path(name)
    if folder.is_dir() and (folder / "config.json").exists() and not any(folder.glob("*.safetensors")):
        raise InputError(
            f"The encoder {name!r} has no .safetensors weights, the only format read; convert them."
        )
    for file in folder.glob("*.safetensors"):
        try:
            with safe_open(file, "pt"):  # reads the header, which contains the file's size
                pass
        except SafetensorError as error:
            raise InputError(
                f"{file} is not a complete .safetensors file: {error}; download it again."
            ) from error
    try:
        config = AutoConfig.from_pretrained(name, trust_remote_code=False)
        shape = config if isinstance(config, LTPConfig) else convert_config(config)
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except _UNREADABLE as error:
        raise _refused(name, error) from error
    # Without its files transformers creates a tokenizer without a vocabulary.
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise InputError(f"The encoder {name!r} has no tokenizer beside it; save its tokenizer.json there.")
    if not tokenizer.is_fast:
        raise InputError(f"The tokenizer of {name!r} gives no character positions; add its tokenizer.json.")
    if len(tokenizer) > shape.vocab_size:
        raise InputError(
            f"The tokenizer of {name!r} has {len(tokenizer):,} tokens and the encoder's embeddings "
            f"{shape.vocab_size:,}; save the tokenizer that the encoder was trained with there."
        )
    # Stored tokenizers may contain the padding and truncation of their last use.
    tokenizer.backend_tokenizer.no_padding()
    return Base(tokenizer, shape, load_classifier(name, task).num_parameters())


def load_classifier(name: str, task: Task) -> PreTrainedModel:
    """The encoder with a head for the task's classes. Raises InputError if its weights do not fit."""
    labels = task.label_names
    try:
        model, report = AutoModelForSequenceClassification.from_pretrained(
            name,
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: i for i, label in enumerate(labels)},
            ignore_mismatched_sizes=True,  # a head for other classes is initialised again
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except _UNREADABLE as error:
        raise _refused(name, error) from error
    mismatched = [key[0] if isinstance(key, tuple) else key for key in report["mismatched_keys"]]
    for key in sorted([*report["missing_keys"], *mismatched]):
        if not _HEAD & set(key.split(".")):
            differs = "have another shape than its config.json defines"
            problem = differs if key in mismatched else "are missing"
            raise InputError(
                f"The encoder {name!r} cannot be used as --base: its weights {key} {problem}; save weights "
                "and config.json from one model."
            )
    return model


_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    RuntimeError,
    HFValidationError,
    SafetensorError,
    StrictDataclassError,
)


def _refused(name: str, error: Exception) -> InputError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return InputError(f"The encoder {name!r} cannot be used as --base: {reason[:300]}")
