"""Load a pruned checkpoint, or a plain BERT-like classifier, from a folder or the Hugging Face hub."""

import threading
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from transformers import AutoModelForSequenceClassification

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families.convert import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.checkpoints.agreement import checked_agreement
from ltp_viz.data.checkpoints.checksums import verify_checksums
from ltp_viz.data.checkpoints.config_checks import check_config
from ltp_viz.data.checkpoints.inspection import Checkpoint, as_input_errors, inspect_checkpoint
from ltp_viz.data.checkpoints.model_files import folder_weights
from ltp_viz.data.checkpoints.original_ltp import add_learned_thresholds
from ltp_viz.data.checkpoints.wrapped import load_wrapped
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
    reads_pairs: bool | None = None,
    yes_or_no: bool | None = None,
    score_reference_length: int | None = None,
) -> TextClassifier:
    """A classifier ready to trace, in fp32 on a processor or a GPU ("cuda", or "cuda:1" for the second).

    Texts go in and NumPy arrays come out, whatever the device. A checkpoint of a supported family that was
    never pruned gets thresholds that rise linearly and are marked as not learned; it is compared with Hugging
    Face's own class on a short text and a pair (`agreement`). Where the folder has checksums, they are
    verified. A checkpoint of the published LTP implementation keeps its thresholds; it does not store the
    length that its texts were padded to, which scores are divided by: give `score_reference_length` where it
    is not 128.

    `reads_pairs` says whether the model answers about two texts, `yes_or_no` whether a single output is read
    as the logit of yes, by a sigmoid. None lets the folder decide: its labels, and what sentence-transformers
    wrote. Raises InputError with one message where the checkpoint or the device cannot be used.
    """
    device = _checked_device(device)
    with _one_at_a_time:
        checkpoint = inspect_checkpoint(path_or_hub_name, reads_pairs=reads_pairs, yes_or_no=yes_or_no)
        verify_checksums(Path(checkpoint.location))
        name, tokenizer = checkpoint.name, checkpoint.tokenizer
        # A stored tokenizer may pad or cut as its last user wanted; lengths are this library's business.
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
        is_pruned = isinstance(checkpoint.stored_config, LTPConfig)
        agreement = None
        with as_input_errors(name):
            source = _load_as_stored(checkpoint)
            model = source if is_pruned else _converted(source, checkpoint)
            if score_reference_length is not None:
                model.config.score_reference_length = score_reference_length
            check_config(name, model.config)
            _check_numbers(name, model)
            model.config.text_limit = checkpoint.head.text_limit
            if not is_pruned:
                agreement = checked_agreement(source, TextClassifier(model, tokenizer, name))
            model = checkpoint.head.applied(model)
    model = model.to(device=device)  # type: ignore[call-arg]
    output = 0 if checkpoint.head.by_wish else None
    return TextClassifier(
        model,
        tokenizer,
        name,
        reads_pairs=reads_pairs,
        agreement=agreement,
        notes=checkpoint.notes,
        output=output,
    )


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


def _converted(source: Any, checkpoint: Checkpoint) -> LTPForSequenceClassification:
    """The pruned classifier with the weights of a plain one, and the thresholds its checkpoint brought."""
    model = convert_classifier(source)
    brought = checkpoint.config
    if brought.recipe is not None:  # of the published LTP implementation
        model.config.thresholds, model.config.recipe = list(brought.thresholds), brought.recipe
        add_learned_thresholds(model.config, checkpoint.location)
    return model


def _load_as_stored(checkpoint: Checkpoint) -> Any:
    """A model of the checkpoint's own class, in fp32."""
    name = checkpoint.name
    if checkpoint.is_wrapped:
        files = checkpoint.files or tuple(_fetched_weights(checkpoint))
        model, missing = load_wrapped(checkpoint.stored_config, list(files))
    else:
        kind: Any = (
            LTPForSequenceClassification
            if isinstance(checkpoint.stored_config, LTPConfig)
            else AutoModelForSequenceClassification
        )
        model, info = kind.from_pretrained(
            checkpoint.location, config=checkpoint.stored_config, **_SAFE, **checkpoint.source
        )
        missing = info["missing_keys"]
    # I-BERT's buffers for integers are no part of a checkpoint in floating point.
    parameters = {parameter for parameter, _ in model.named_parameters()}
    if missing := sorted(parameters & set(missing)):
        raise InputError(
            f"The model {name!r} lacks {len(missing)} weights, {missing[0]!r} first; "
            "give a checkpoint fine-tuned for sequence classification."
        )

    return model


def _fetched_weights(checkpoint: Checkpoint) -> list[Path]:
    folder = snapshot_download(
        checkpoint.location,
        revision=checkpoint.source.get("revision"),
        allow_patterns=["*.safetensors", "*.json"],
    )
    return list(folder_weights(Path(folder)).files)


def _check_numbers(name: str, model: LTPForSequenceClassification) -> None:
    """A weight that is NaN, infinite or far too large would make answers that are no numbers."""
    for weight_name, weight in model.named_parameters():
        # NaN is neither smaller nor larger than anything.
        if not (weight.min() >= -_LARGEST_WEIGHT and weight.max() <= _LARGEST_WEIGHT):
            raise InputError(
                f"The weight {weight_name!r} of {name!r} holds numbers that are not finite or above "
                f"{_LARGEST_WEIGHT:g}; the file is damaged or its training diverged, so give another."
            )
