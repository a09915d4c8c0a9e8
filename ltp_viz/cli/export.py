"""Export a finished training as a model for distribution: `ltp-viz export RUN --output FOLDER`.

Writes the hard stage as fp16 safetensors with its tokenizer, the training log, the recipe and checksums.
Start a model card with `ltp-viz evaluate --model FOLDER --data ... --card FOLDER/README.md`.
"""

import argparse
from pathlib import Path

from transformers.utils.logging import disable_progress_bar

from ltp_viz.cli.options import check_output_folder
from ltp_viz.training.export import export


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("run", metavar="RUN", type=Path, help="output folder of a finished training")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="new folder for the model"
    )
    parser.add_argument("--base-name", help="name of the encoder in the exported recipe")


def run(options: argparse.Namespace) -> int:
    """Export."""
    disable_progress_bar()  # progress bars of loading weights would precede a message
    check_output_folder(options.output)
    export(options.run, options.output, options.base_name)
    return 0
