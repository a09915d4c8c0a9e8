"""Train a model that drops tokens: `python -m ltp_viz.training --task sst2 --base ENCODER --output FOLDER`.

Settings come from flags, or from a JSON file (`--config`, such as an earlier run's recipe.json) with flags
on top. The same command goes on where an interrupted run stopped; `torchrun -m ltp_viz.training ...` uses
several processes.
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

from ltp_viz.data.errors import InputError
from ltp_viz.training.disk_full import is_disk_full
from ltp_viz.training.recipe import Recipe, read_recipe_file


def parse_arguments(arguments: list[str] | None = None) -> tuple[Recipe, list[str], Path]:
    """Recipe, data sources and output folder from the command line. Raises InputError."""
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        nargs="+",
        help="folders with train and holdout files (Parquet, CSV, TSV, JSON lines), or hub names "
        "owner/name[:configuration]; several are joined; default: the task's own on the hub",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for stages, checkpoints and log")
    parser.add_argument("--config", type=Path, help="JSON file of settings; flags overrule it")
    for setting in dataclasses.fields(Recipe):
        name = f"--{setting.name.replace('_', '-')}"
        # Flags that are not given leave no trace, so that a file's settings show through.
        common: dict[str, Any] = {"default": argparse.SUPPRESS}
        if setting.type is bool:
            parser.add_argument(
                name, action=argparse.BooleanOptionalAction, help=setting.metadata["help"], **common
            )
            continue
        default = "" if setting.default in ("", ()) else f"; default {setting.default}"
        parser.add_argument(
            name,
            type=setting.type if isinstance(setting.type, type) and not get_origin(setting.type) else str,
            nargs="+" if get_origin(setting.type) is tuple else None,
            choices=setting.metadata["choices"] or get_args(setting.type) or None
            if get_origin(setting.type) is not tuple
            else None,
            help=f"{setting.metadata['help']}{default}",
            **common,
        )
    values = vars(parser.parse_args(arguments))
    sources, output, config = values.pop("data"), values.pop("output"), values.pop("config")
    if "text_columns" in values:
        values["text_columns"] = tuple(values["text_columns"])
    settings = {} if config is None else read_recipe_file(config)
    own_sources = list(settings.pop("data", ()))
    sources = sources or own_sources
    recipe = Recipe(**settings | values)
    if not sources:
        hub = recipe.task_settings.hub
        if hub is None:
            raise InputError("Task custom has no data of its own; name a folder or hub data set with --data.")
        sources = [":".join(part for part in hub if part)]
    return recipe, sources, output


def main(arguments: list[str] | None = None) -> int:
    """Train; bad input ends with one sentence."""
    is_main = os.environ.get("RANK", "0") == "0"
    logging.basicConfig(level=logging.INFO if is_main else logging.ERROR, format="%(asctime)s %(message)s")
    threading.excepthook = _report_thread_error
    # Its bars and tables about weights being read and written break the stage's own bar.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        recipe, sources, output = parse_arguments(arguments)
        if is_main:
            print(json.dumps(recipe.to_dict() | {"data": sources}, indent=2), flush=True)
        from ltp_viz.training.stages import TrainingRun  # late: `--help` need not wait for the trainer

        folder = TrainingRun(recipe, sources, output).run()
    except InputError as error:
        if is_main:
            print(error, file=sys.stderr)
        return 2
    except Exception as error:
        if not is_disk_full(error):
            raise
        print(
            "\nThe disk is full; make room and start the same command again: it goes on from its last "
            "checkpoint.",
            file=sys.stderr,
        )
        return 2
    if is_main:
        print(f"Pruned model: {folder}")
    return 0


def _report_thread_error(error: threading.ExceptHookArgs) -> None:
    """TensorBoard's thread hands a full disk on to the main one, which tells it; anything else is shown."""
    if error.exc_value is None or not is_disk_full(error.exc_value):
        threading.__excepthook__(error)


if __name__ == "__main__":
    sys.exit(main())
