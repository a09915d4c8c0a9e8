"""Train a model that drops tokens: `ltp-viz train --task sst2 --base ENCODER --output FOLDER`.

Settings come from options, or from a JSON file (`--config`, such as an earlier run's recipe.json); options
override the file. The same command resumes an interrupted run; `torchrun -m ltp_viz train ...` uses several
processes.
"""

import argparse
import dataclasses
import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any, get_args, get_origin

from transformers.utils import logging as transformers_logging

from ltp_viz.cli.options import check_output_folder
from ltp_viz.data.disk_full import is_disk_full
from ltp_viz.data.errors import InputError
from ltp_viz.training.recipe import Recipe, read_recipe_file

_NOT_SETTINGS = ("command", "given", "data", "output", "config")


def add_options(parser: argparse.ArgumentParser) -> None:
    """One option per setting of the recipe, and those for data and output."""
    parser.add_argument(
        "--data",
        nargs="+",
        help="folders with train and holdout files (Parquet, CSV, TSV, JSON lines), or hub names "
        "owner/name[:configuration]; several are joined; default: the task's own on the hub",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="folder for stages, checkpoints and log"
    )
    parser.add_argument("--config", type=Path, help="JSON file of settings; options override it")
    for setting in dataclasses.fields(Recipe):
        name = f"--{setting.name.replace('_', '-')}"
        # Without a default, an option that is not given leaves the file's setting in place.
        common: dict[str, Any] = {"default": argparse.SUPPRESS}
        if setting.type is bool:
            parser.add_argument(
                name, action=argparse.BooleanOptionalAction, help=setting.metadata["help"], **common
            )
            continue
        default = "" if setting.default in ("", ()) else f"; default {setting.default}"
        is_tuple = get_origin(setting.type) is tuple
        parser.add_argument(
            name,
            type=setting.type if isinstance(setting.type, type) and not get_origin(setting.type) else str,
            nargs="+" if is_tuple else None,
            action="extend" if setting.name == "labels" else "store",
            metavar="VALUE=CLASS" if setting.name == "labels" else None,
            choices=None if is_tuple else setting.metadata["choices"] or get_args(setting.type) or None,
            help=f"{setting.metadata['help']}{default}",
            **common,
        )


def recipe_of(options: argparse.Namespace) -> tuple[Recipe, list[str]]:
    """Recipe and data sources from the options. Raises InputError."""
    values = {name: value for name, value in vars(options).items() if name not in _NOT_SETTINGS}
    for name in {"text_columns", "labels"} & values.keys():
        values[name] = tuple(values[name])
    settings = {} if options.config is None else read_recipe_file(options.config)
    own_sources = list(settings.pop("data", ()))
    recipe = Recipe(**settings | values)
    return recipe, options.data or own_sources or recipe.hub_sources()


def run(options: argparse.Namespace) -> int:
    """Train."""
    is_main = os.environ.get("RANK", "0") == "0"
    logging.basicConfig(level=logging.INFO if is_main else logging.ERROR, format="%(asctime)s %(message)s")
    threading.excepthook = _report_thread_error
    # Its output on reading and writing weights would break the stage's own bar.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        recipe, sources = recipe_of(options)
        check_output_folder(options.output)
        if is_main:
            print(json.dumps(recipe.to_dict() | {"data": sources}, indent=2), flush=True)
        from ltp_viz.training.stages import (
            TrainingRun,  # imported late, so that a wrong setting is reported without waiting for the trainer
        )

        folder = TrainingRun(recipe, sources, options.output).run()
    except InputError:
        if is_main:
            raise
        return 2  # one process reports for all
    except Exception as error:
        if is_disk_full(error):
            print(file=sys.stderr)  # the message starts on a new line below the stage's bar
        raise
    if is_main:
        print(f"Pruned model: {folder}")
    return 0


def _report_thread_error(error: threading.ExceptHookArgs) -> None:
    """TensorBoard's thread passes a full disk on to the main thread, which reports it; print anything
    else."""
    if error.exc_value is None or not is_disk_full(error.exc_value):
        threading.__excepthook__(error)
