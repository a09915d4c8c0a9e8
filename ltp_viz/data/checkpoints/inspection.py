"""What a checkpoint holds and whether it can be used, found out before any of its weights is read.

Configuration and tokenizer are loaded; of the weights only the headers, which hold each tensor's shape.
"""

import copy
import math
import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedTokenizerBase,
)

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families import LAYOUTS, unsupported
from ltp_viz.core.families.convert import convert_config
from ltp_viz.data.checkpoints.adapters import is_adapter, merged_folder
from ltp_viz.data.checkpoints.config_checks import FEWEST_TOKENS, check_config
from ltp_viz.data.checkpoints.head_settings import HeadSettings, head_settings
from ltp_viz.data.checkpoints.model_files import (
    check_files,
    exists_here,
    folder_weights,
    hub_weights,
    local_folder,
    optional_object,
)
from ltp_viz.data.checkpoints.names import plain_name, split_revision
from ltp_viz.data.checkpoints.original_ltp import is_original, plain_config, pruning_config
from ltp_viz.data.checkpoints.unusual import unusual
from ltp_viz.data.checkpoints.wrapped import is_wrapped, unwrapped_name
from ltp_viz.data.errors import InputError
from ltp_viz.data.text.tokenization import clean_text, tokenize

_LAYER = re.compile(r"(?:^|\.)layers?\.\d+\.|albert_layer_groups\.\d+\.albert_layers\.\d+\.")
_MOST_LAYERS = 1000  # of a model whose layers share weights, which its weights do not limit
_HEAD = ("classifier.", "pre_classifier.", "pooler.", "head.")
_TRIAL_TEXT = "A warm, funny film. "
_LONGEST_REASON = 300  # characters
_CROSS_ENCODER = "config_sentence_transformers.json"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A checkpoint that passed every check. `size_bytes` are of its weights as stored.

    `location` and `source`, the arguments beside it, are as Hugging Face's loaders take them. `files` are of
    a folder's weights, empty for a hub name. `config` is as this library computes with it, `head` applied.
    """

    location: str  # a folder or a hub name
    source: Mapping[str, Any]  # `revision` of a hub name, `variant` of its files
    name: str
    stored_config: PreTrainedConfig
    config: LTPConfig
    tokenizer: PreTrainedTokenizerBase
    head: HeadSettings
    num_parameters: int
    size_bytes: int
    files: tuple[Path, ...]
    is_wrapped: bool  # the weights' names carry a wrapper's prefix
    notes: tuple[str, ...]  # what is unusual, a line each


def inspect_checkpoint(
    path_or_hub_name: str | Path, *, reads_pairs: bool | None = None, yes_or_no: bool | None = None
) -> Checkpoint:
    """Check a folder, or a model of the Hugging Face hub, without reading or fetching its weights.

    A hub name may be pasted as its page's address, or have a revision, `owner/name@revision`. `reads_pairs`
    and `yes_or_no` as for `load_model`. Raises InputError with one clear message where the checkpoint cannot
    be used.
    """
    asked = plain_name(str(path_or_hub_name))
    with as_input_errors(asked):
        folder = given = local_folder(asked)
        if folder is not None and is_adapter(folder):
            folder = merged_folder(asked, folder, local_folder)
        if folder is not None:
            check_files(folder)
        name, revision = (str(folder), None) if folder else split_revision(asked)
        weights = hub_weights(name, revision) if folder is None else folder_weights(folder)
        arguments = {"revision": revision, "variant": weights.variant}
        source = {key: value for key, value in arguments.items() if value is not None}
        place = _Place(asked, name, {} if revision is None else {"revision": revision})
        raw = _checked_family(place)
        _check_depth(asked, raw, weights.shapes)
        stored_config, config = _checked_config(place, raw, weights.shapes)
        _check_weights(asked, stored_config, weights.shapes)
        tokenizer = _loaded_tokenizer(place, folder)
        head = head_settings(
            asked,
            config,
            tokenizer,
            raw,
            optional_object(_CROSS_ENCODER, name, revision),
            reads_pairs=reads_pairs,
            yes_or_no=yes_or_no,
            is_plain=not isinstance(stored_config, LTPConfig),
        )
        config = copy.deepcopy(config)
        head.apply_to(config)
        _check_tokenizer(asked, tokenizer, config)
    return Checkpoint(
        location=name,
        source=source,
        name=asked if given is None or not exists_here(asked) else given.absolute().name,
        stored_config=stored_config,
        config=config,
        tokenizer=tokenizer,
        head=head,
        num_parameters=sum(map(math.prod, weights.shapes.values())),
        size_bytes=weights.size_bytes,
        files=weights.files,
        is_wrapped=is_wrapped(weights.shapes),
        notes=unusual(config, tokenizer),
    )


@dataclass(frozen=True)
class _Place:
    """Where a checkpoint is read from: what a person asked for, and what Hugging Face's loaders take."""

    asked: str
    location: str
    revision: Mapping[str, str]


@contextmanager
def as_input_errors(name: str) -> Iterator[None]:
    """Turn whatever reading a checkpoint raises into one InputError."""
    try:
        yield
    except InputError:
        raise
    except PermissionError as error:
        raise InputError(
            f"{error.filename or name!r} may not be read; give this program's user the right to."
        ) from error
    except Exception as error:  # a malformed file may raise anything inside three libraries
        raise InputError(_message(name, error)) from error


def _message(name: str, error: Exception) -> str:
    """One line for an error of another library, whose own message may take many."""
    if "trust_remote_code" in str(error):  # advice that must not be given
        return f"The model {name!r} needs code of its own, which is never run; give one that needs none."
    lines = [line.strip() for line in clean_text(str(error)).splitlines() if line.strip()]
    reason = " ".join(lines[:2] if lines and lines[0].endswith(":") else lines[:1]) or type(error).__name__
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[:_LONGEST_REASON]} …"
    return f"The model {name!r} cannot be loaded: {reason}"


def _checked_family(place: _Place) -> dict[str, Any]:
    """The configuration's entries as they are stored."""
    asked = place.asked
    raw, _ = PreTrainedConfig.get_config_dict(place.location, **place.revision)
    family = raw.get("model_type")
    if family is None:
        raise InputError(_without_family(asked, raw))
    if family not in (LTPConfig.model_type, *LAYOUTS):
        raise InputError(f"The model {asked!r} cannot be used. {unsupported(family)}")
    if raw.get("quantization_config") is not None:
        raise InputError(f"The weights of {asked!r} are quantized; give the model in floating point.")
    if "transformers_weights" in raw:  # would have other weights loaded than those that are looked at
        raise InputError(
            f"The config.json of {asked!r} names a file of weights (transformers_weights); take it out."
        )
    return raw


def _without_family(asked: str, raw: Mapping[str, Any]) -> str:
    """Which line to add: the architecture's name, where there is one, tells the family."""
    named = next(iter(raw.get("architectures") or ()), "")
    squeezed = str(named).lower()
    families = sorted(LAYOUTS, key=len, reverse=True)  # "xlm-roberta" before "roberta"
    guess = next((f for f in families if squeezed.startswith(f.replace("-", ""))), None)
    if guess is not None:
        return (
            f"The config.json of {asked!r} has no model_type; its architecture is {named}, so add the line "
            f'"model_type": "{guess}".'
        )
    return (
        f"The config.json of {asked!r} has no model_type, and so no family; add a line such as "
        f'"model_type": "bert". Supported are {", ".join(LAYOUTS)}.'
    )


def _check_depth(asked: str, raw: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Before anything is built from the configuration, which may speak of a billion layers."""
    found = len({match[0] for name in shapes if (match := _LAYER.search(name))})
    said = raw.get("num_hidden_layers", raw.get("n_layers", found))
    if raw["model_type"] == "albert" or raw.get("layer_weights") is not None:
        if not isinstance(said, int) or not 1 <= said <= _MOST_LAYERS:
            raise InputError(
                f"In the config.json of {asked!r}, num_hidden_layers is {reprlib.repr(said)}; layers that "
                f"share weights may be 1 to {_MOST_LAYERS}."
            )
        said = _stored_layers(raw)
    if said != found:
        raise InputError(
            f"The weights of {asked!r} have {found} layers where its config.json says {reprlib.repr(said)}; "
            "save model and configuration together again."
        )


def _stored_layers(raw: Mapping[str, Any]) -> object:
    """Layers with weights of their own where several share them: of ALBERT, or in this library's format."""
    if (order := raw.get("layer_weights")) is not None:
        return len(set(order)) if isinstance(order, list) else order
    groups, inner = raw.get("num_hidden_groups", 1), raw.get("inner_group_num", 1)
    return groups * inner if isinstance(groups, int) and isinstance(inner, int) else (groups, inner)


def _checked_config(
    place: _Place, raw: Mapping[str, Any], weight_names: Iterable[str]
) -> tuple[PreTrainedConfig, LTPConfig]:
    """The configuration as stored and as this library computes with it."""
    if is_original(raw, weight_names):
        config = pruning_config(place.asked, raw)
        check_config(place.asked, config)
        return plain_config(raw), config
    stored = AutoConfig.from_pretrained(place.location, trust_remote_code=False, **place.revision)
    config = stored if isinstance(stored, LTPConfig) else convert_config(stored)
    check_config(place.asked, config)
    return stored, config


def _check_weights(asked: str, config: PreTrainedConfig, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Compare with the shapes of a model that is built from the configuration without memory for weights."""
    with torch.device("meta"):
        # In any other type, transformers changes the default one for all threads while it builds the model.
        model: Any = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    prefix = f"{model.base_model_prefix}." if model.base_model_prefix else ""
    stored = {_current_name(name, prefix): shape for name, shape in shapes.items()}
    # Parameters alone: I-BERT's buffers for integers play no part here and may be absent.
    wanted = {name.removeprefix(prefix): tuple(w.shape) for name, w in model.named_parameters()}
    if missing := [name for name in wanted if name not in stored]:
        if all(name.startswith(_HEAD) for name in missing):
            made_for = ", ".join(map(str, getattr(config, "architectures", None) or ())) or "nothing"
            raise InputError(
                f"The model {asked!r} has no head for sequence classification: it lacks {missing[0]!r}, and "
                f"its config.json names {made_for}; give one fine-tuned for sequence classification."
            )
        raise InputError(
            f"The model {asked!r} lacks {len(missing)} weights, {missing[0]!r} first; save it again."
        )
    for name, shape in wanted.items():
        if stored[name] != shape:
            raise InputError(
                f"The weight {name!r} of {asked!r} is {_by(stored[name])} where its config.json asks for "
                f"{_by(shape)}; save model and configuration together again."
            )


def _current_name(name: str, prefix: str) -> str:
    """As today's models name it, without the prefix of the family."""
    return unwrapped_name(name).removeprefix(prefix)


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a single number"


def _loaded_tokenizer(place: _Place, folder: Path | None) -> PreTrainedTokenizerBase:
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            place.location, trust_remote_code=False, **place.revision
        )
    except Exception as error:
        pieces = sorted(folder.glob("*.model")) if folder is not None else []
        if pieces and find_spec("sentencepiece") is None:
            raise InputError(
                f"The tokenizer of {place.asked!r} is a sentencepiece file alone ({pieces[0].name}); install "
                "what reads it, `pip install sentencepiece`, or add the tokenizer.json that "
                "`AutoTokenizer.from_pretrained(...).save_pretrained(...)` writes."
            ) from error
        raise
    return tokenizer


def _check_tokenizer(asked: str, tokenizer: PreTrainedTokenizerBase, config: LTPConfig) -> None:
    if not tokenizer.is_fast:
        raise InputError(f"The tokenizer of {asked!r} gives no character positions; add its tokenizer.json.")
    words = len(set(tokenizer.get_vocab().values()))
    if words <= len(set(tokenizer.all_special_ids)):
        raise InputError(f"The tokenizer of {asked!r} knows no words; add its tokenizer.json.")
    if (highest := max(tokenizer.get_vocab().values())) >= config.vocab_size:
        raise InputError(
            f"The tokenizer of {asked!r} gives ids up to {highest} and the model knows {config.vocab_size} "
            "words; give the tokenizer that it was trained with."
        )
    if config.max_text_tokens < FEWEST_TOKENS:
        raise InputError(
            f"The tokenizer of {asked!r} has the model_max_length {tokenizer.model_max_length}; give "
            f"{FEWEST_TOKENS} or more in its tokenizer_config.json."
        )
    _check_reading(asked, tokenizer, config)


def _check_reading(asked: str, tokenizer: PreTrainedTokenizerBase, config: LTPConfig) -> None:
    """Read a short text and one that is cut: some faults of a tokenizer show only in use."""
    for text in (_TRIAL_TEXT, _TRIAL_TEXT * config.max_text_tokens):
        for pair in (None, text):
            read = tokenize(tokenizer, text, pair, config.max_text_tokens)
            if not read.spans or read.spans[0] is not None:
                raise InputError(
                    f"The tokenizer of {asked!r} puts no special token first, which the model answers from; "
                    "give the tokenizer that it was trained with."
                )
            highest = max(read.token_type_ids or (0,))
            if 1 < config.type_vocab_size <= highest:
                raise InputError(
                    f"The tokenizer of {asked!r} gives segment {highest} and the model knows "
                    f"{config.type_vocab_size}; give the tokenizer that it was trained with."
                )
