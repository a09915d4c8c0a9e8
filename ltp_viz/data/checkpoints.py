"""Load a pruned checkpoint, or a plain BERT-like classifier, from a folder or the Hugging Face hub."""

import json
import math
from pathlib import Path
from typing import Any

import httpx2
import torch
from huggingface_hub import constants, get_session
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families import convert_classifier, convert_config
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError

_HUB_ANSWER_S = 5.0


def load_model(path_or_hub_name: str | Path) -> TextClassifier:
    """A classifier ready to trace, in fp32 on the CPU.

    A checkpoint of a supported family that was never pruned gets thresholds that rise linearly and are
    marked as not learned. Raises InputError with one clear sentence where the checkpoint cannot be used.
    """
    name = str(path_or_hub_name)
    folder = Path(name)
    if folder.exists():
        _check_folder(folder)
    elif name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise InputError(
            f"There is no model folder {name!r}; give an existing folder or a hub name 'owner/model'."
        )
    safe: dict[str, Any] = {"trust_remote_code": False}
    if not folder.exists() and not _hub_answers():
        safe["local_files_only"] = True  # the hub's client would retry for half a minute
    try:
        config = AutoConfig.from_pretrained(name, **safe)
        load = _load_ltp if isinstance(config, LTPConfig) else _load_plain
        model = load(name, config, safe)
        tokenizer = AutoTokenizer.from_pretrained(name, **safe)
    except InputError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, StrictDataclassError) as error:
        if "local_files_only" in safe:
            raise InputError(
                f"The model {name!r} is not in the local cache and the hub does not answer; "
                "give a local folder."
            ) from error
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"The model {name!r} cannot be loaded: {reason}") from error
    if not tokenizer.is_fast:
        raise InputError(f"The tokenizer of {name!r} gives no character positions; add its tokenizer.json.")
    # A stored tokenizer may pad or cut as its last user wanted; lengths are this library's business.
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    return TextClassifier(model, tokenizer, folder.name if folder.exists() else name)


def _hub_answers() -> bool:
    if constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(constants.ENDPOINT, timeout=_HUB_ANSWER_S)
    except httpx2.HTTPError:
        return False
    return True


def _check_folder(folder: Path) -> None:
    needed = {"config.json": "the model's configuration", "tokenizer_config.json": "its tokenizer"}
    for file, what in needed.items():
        if not (folder / file).is_file():
            raise InputError(f"The model folder {str(folder)!r} has no {file}, {what}; save it there.")
    if not any(folder.glob("*.safetensors")):
        raise InputError(
            f"The model folder {str(folder)!r} has no .safetensors weights, the only format read; "
            "convert them."
        )
    try:
        json.loads((folder / "config.json").read_text())
    except ValueError as error:
        raise InputError(f"{str(folder / 'config.json')!r} is not valid JSON ({error}); mend it.") from error


def _load_ltp(name: str, _: Any, safe: dict[str, Any]) -> LTPForSequenceClassification:
    loaded: Any = LTPForSequenceClassification.from_pretrained(
        name, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **safe
    )
    model: LTPForSequenceClassification = loaded[0]
    info: dict[str, Any] = loaded[1]
    _check_complete(name, info)
    thresholds = model.config.thresholds
    if not all(math.isfinite(threshold) for threshold in thresholds):
        raise InputError(f"The thresholds of {name!r} are {thresholds}; every one must be a finite number.")
    return model


def _load_plain(name: str, config: Any, safe: dict[str, Any]) -> LTPForSequenceClassification:
    convert_config(config)  # refuses an unsupported family before any weight is read
    source, info = AutoModelForSequenceClassification.from_pretrained(
        name, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **safe
    )
    _check_complete(name, info)
    return convert_classifier(source)


def _check_complete(name: str, info: dict[str, Any]) -> None:
    missing = sorted(info["missing_keys"])
    if missing:
        raise InputError(
            f"The model {name!r} lacks {len(missing)} weights, {missing[0]!r} first; "
            "give a checkpoint fine-tuned for sequence classification."
        )
