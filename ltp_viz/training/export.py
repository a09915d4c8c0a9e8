"""Command line: `python -m ltp_viz.training.export RUN FOLDER`: a finished run as a small model to ship.

The hard stage in fp16 safetensors with its tokenizer, the training log and the recipe beside it. The model
card is written by a person.
"""

import argparse
import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.data.errors import InputError


def export(run: Path, folder: Path) -> None:
    """Write the run's pruned model to `folder`. Raises InputError if the run has not finished."""
    stage = run / "hard"
    if not stage.is_dir():
        raise InputError(f"{run} has no finished stage 'hard'; run the training to its end first.")
    model = LTPForSequenceClassification.from_pretrained(stage, dtype=torch.float32)
    model.half().save_pretrained(folder)
    AutoTokenizer.from_pretrained(stage, trust_remote_code=False).save_pretrained(folder)
    for name in ("training_log.jsonl", "recipe.json"):
        shutil.copy(run / name, folder / name)


def main() -> int:
    """Export; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m ltp_viz.training.export", description=__doc__)
    parser.add_argument("run", type=Path, help="output folder of a finished training")
    parser.add_argument("folder", type=Path, help="where the model goes")
    options = parser.parse_args()
    try:
        export(options.run, options.folder)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
