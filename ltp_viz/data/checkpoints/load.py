"""Load a pruned checkpoint, or a plain BERT-like classifier, from a folder or the Hugging Face hub."""

import threading
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families.convert import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.checkpoints.checksums import verify_checksums
from ltp_viz.data.checkpoints.config_checks import check_config
from ltp_viz.data.checkpoints.inspection import Checkpoint, as_input_errors, inspect_checkpoint
from ltp_viz.data.checkpoints.original_ltp import add_learned_thresholds
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError

# No trained weight comes near it, and no product of smaller ones leaves what 32 bits can hold.
_LARGEST_WEIGHT = 1000.0
# While transformers builds a model it patches torch for the whole process, and puts back what it found: two
# threads that load at once would put back each other's patches.
_one_at_a_time = threading.Lock()
_SAFE: dict[str, Any] = {
    "trust_remote_code": False,
    "use_safetensors": True,
    # Mapped, weights would change with the file, and a file cut short would end the whole server.
    "disable_mmap": True,
    "dtype": torch.float32,
    "output_loading_info": True,
}


def load_model(
    path_or_hub_name: str | Path,
    device: str | torch.device = "cpu",
    *,
    score_reference_length: int | None = None,
) -> TextClassifier:
    """A classifier ready to trace, in fp32 on a processor or a GPU ("cuda", or "cuda:1" for the second).

    Texts go in and NumPy arrays come out, whatever the device. A checkpoint of a supported family that was
    never pruned gets thresholds that rise linearly and are marked as not learned. Where the folder has
    checksums, they are verified. A checkpoint of the published LTP implementation keeps its thresholds; it
    does not store the length that its texts were padded to, which scores are divided by: give
    `score_reference_length` where it is not 128.

    Raises InputError with one message where the checkpoint or the device cannot be used.
    """
    device = _checked_device(device)
    with _one_at_a_time:
        checkpoint = inspect_checkpoint(path_or_hub_name)
        verify_checksums(Path(checkpoint.location))
        name, tokenizer = checkpoint.name, checkpoint.tokenizer
        is_pruned = isinstance(checkpoint.stored_config, LTPConfig)
        with as_input_errors(name):
            model = (_load_ltp if is_pruned else _load_plain)(name, checkpoint)
            if score_reference_length is not None:
                model.config.score_reference_length = score_reference_length
                check_config(name, model.config)
            _check_numbers(name, model)
    # A stored tokenizer may pad or cut as its last user wanted; lengths are this library's business.
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    return TextClassifier(model.to(device=device), tokenizer, name)  # type: ignore[call-arg]


def _checked_device(device: str | torch.device) -> torch.device:
    try:
        found = torch.device(device)
    except RuntimeError:
        found = None
    if found is None or found.type not in ("cpu", "cuda"):
        raise InputError(f"The device is {str(device)!r}; give 'cpu', 'cuda', or 'cuda:1' for a second GPU.")
    if found.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if count == 0:
            raise InputError(
                f"The device is {str(device)!r}, and torch finds no GPU here; give 'cpu', or install "
                "your GPU's driver and a build of torch for it."
            )
        if (found.index or 0) >= count:
            raise InputError(
                f"The device is {str(device)!r}, and there are {count} GPUs; give 'cuda:0' "
                f"to 'cuda:{count - 1}'."
            )
    return found


def _load_ltp(name: str, checkpoint: Checkpoint) -> LTPForSequenceClassification:
    loaded: Any = LTPForSequenceClassification.from_pretrained(checkpoint.location, **_SAFE)
    model: LTPForSequenceClassification = loaded[0]
    _check_complete(name, loaded[1])
    return model


def _load_plain(name: str, checkpoint: Checkpoint) -> LTPForSequenceClassification:
    source, info = AutoModelForSequenceClassification.from_pretrained(
        checkpoint.location, config=checkpoint.stored_config, **_SAFE
    )
    parameters = {name for name, _ in source.named_parameters()}
    _check_complete(name, {"missing_keys": parameters & set(info["missing_keys"])})
    model = convert_classifier(source)
    model.config = checkpoint.config
    add_learned_thresholds(model.config, checkpoint.location)
    check_config(name, model.config)
    return model


def _check_complete(name: str, info: dict[str, Any]) -> None:
    missing = sorted(info["missing_keys"])
    if missing:
        raise InputError(
            f"The model {name!r} lacks {len(missing)} weights, {missing[0]!r} first; "
            "give a checkpoint fine-tuned for sequence classification."
        )


def _check_numbers(name: str, model: LTPForSequenceClassification) -> None:
    """A weight that is NaN, infinite or far too large would make answers that are no numbers."""
    for weight_name, weight in model.named_parameters():
        # NaN is neither smaller nor larger than anything.
        if not (weight.min() >= -_LARGEST_WEIGHT and weight.max() <= _LARGEST_WEIGHT):
            raise InputError(
                f"The weight {weight_name!r} of {name!r} holds numbers that are not finite or above "
                f"{_LARGEST_WEIGHT:g}; the file is damaged or its training diverged, so give another."
            )
