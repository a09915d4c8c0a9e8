"""Command line: `python -m ltp_viz.training.export RUN FOLDER`: a finished run as a small model to ship.

The hard stage in fp16 safetensors with its tokenizer, the training log and the recipe beside it. A model card
to start from is written by `python -m ltp_viz.evaluate FOLDER --data ... --card FOLDER/README.md`.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.errors import InputError


def export(run: Path, folder: Path, base_name: str | None = None) -> None:
    """Write the run's pruned model to `folder`. Raises InputError if the run has not finished.

    `base_name` is what the recipe shall call the encoder, for whom a folder on this machine says nothing.
    """
    stage = run / "hard"
    if not stage.is_dir():
        raise InputError(f"{run} has no finished stage 'hard'; run the training to its end first.")
    model = LTPForSequenceClassification.from_pretrained(stage, dtype=torch.float32)
    recipe = json.loads((run / "recipe.json").read_text())
    named = {} if base_name is None else {"base": base_name}
    model.config.recipe = {**(model.config.recipe or {}), **named}
    model.half().save_pretrained(folder)
    AutoTokenizer.from_pretrained(stage, trust_remote_code=False).save_pretrained(folder)
    (folder / "recipe.json").write_text(json.dumps({**recipe, **named}, indent=2) + "\n")
    shutil.copy(run / "training_log.jsonl", folder / "training_log.jsonl")


def main() -> int:
    """Export; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m ltp_viz.training.export", description=__doc__)
    parser.add_argument("run", type=Path, help="output folder of a finished training")
    parser.add_argument("folder", type=Path, help="where the model goes")
    parser.add_argument("--base-name", help="what the recipe shall call the encoder")
    options = parser.parse_args()
    try:
        export(options.run, options.folder, options.base_name)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
