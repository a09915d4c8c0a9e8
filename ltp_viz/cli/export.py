"""Make a small model to ship out of a finished training: `ltp-viz export RUN --output FOLDER`.

The hard stage in fp16 safetensors with its tokenizer, the training log, the recipe and checksums. A model
card to start from is written by `ltp-viz evaluate --model FOLDER --data ... --card FOLDER/README.md`.
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
        "--output", type=Path, required=True, metavar="FOLDER", help="new folder of the model"
    )
    parser.add_argument("--base-name", help="what the recipe shall call the encoder")


def run(options: argparse.Namespace) -> int:
    """Export."""
    disable_progress_bar()  # of loading weights, which would stand before a message
    check_output_folder(options.output)
    export(options.run, options.output, options.base_name)
    return 0
