"""Export of a finished run for distribution: fp16 safetensors, tokenizer, training log, recipe, checksums."""

import json
import shutil
from pathlib import Path
from typing import Any

from ltp_viz.data.atomic_write import atomic_folder
from ltp_viz.data.checkpoints.checksums import write_checksums
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.errors import InputError


def export(run: Path, folder: Path, base_name: str | None = None) -> None:
    """Write the run's pruned model to `folder`, completely or not at all. Raises InputError if the run has
    not finished, or if `folder` exists.

    `base_name` replaces the encoder's folder in the recipe, as a local path means nothing elsewhere.
    """
    stage = run / "hard"
    if not stage.is_dir():
        raise InputError(f"{run} has no finished stage 'hard'; run the training to its end first.")
    if folder.exists():
        raise InputError(f"{str(folder)!r} exists already; name a new folder, or remove that one first.")
    recipe = _recipe(run / "recipe.json")
    trained = load_model(stage)  # raises InputError if the model is damaged
    model, tokenizer = trained.model, trained.tokenizer
    named = {} if base_name is None else {"base": base_name}
    model.config.recipe = {**(model.config.recipe or {}), **named}
    with atomic_folder(folder) as aside:
        model.half().save_pretrained(aside)
        tokenizer.save_pretrained(aside)
        recipe.pop("data", None)  # local paths of the data, which mean nothing elsewhere
        (aside / "recipe.json").write_text(json.dumps({**recipe, **named}, indent=2) + "\n")
        shutil.copy(run / "training_log.jsonl", aside / "training_log.jsonl")
        write_checksums(aside)


def _recipe(path: Path) -> dict[str, Any]:
    try:
        recipe = json.loads(path.read_text())
    except ValueError as error:
        raise InputError(
            f"{path} is not a complete JSON file: {error}; restore the file of the training."
        ) from error
    if not isinstance(recipe, dict):
        raise InputError(f"{path} is not a JSON object of settings; restore the file of the training.")
    return recipe
