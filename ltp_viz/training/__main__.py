"""Command line: `python -m ltp_viz.training --task sst2 --base ENCODER --data FOLDER --output FOLDER`."""

import argparse
import dataclasses
import json
import logging
import sys
from pathlib import Path

from ltp_viz.data.datasets import TASKS
from ltp_viz.data.errors import InputError
from ltp_viz.training.recipe import Recipe


def parse_arguments(arguments: list[str] | None = None) -> tuple[Recipe, Path, Path]:
    """Recipe, data folder and output folder from the command line."""
    parser = argparse.ArgumentParser(prog="python -m ltp_viz.training", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with train and holdout Parquet files"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for stages, checkpoints and log")
    for field in dataclasses.fields(Recipe):
        required = field.default is dataclasses.MISSING
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=field.type if callable(field.type) else str,
            required=required,
            default=None if required else field.default,
            choices=sorted(TASKS) if field.name == "task" else None,
            help="required" if required else f"default {field.default}",
        )
    values = vars(parser.parse_args(arguments))
    data, output = values.pop("data"), values.pop("output")
    return Recipe(**values), data, output


def main() -> int:
    """Train; bad input ends with one sentence."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    recipe, data, output = parse_arguments()
    print(json.dumps(recipe.to_dict(), indent=2))
    from ltp_viz.training.stages import TrainingRun  # late: `--help` should not wait for torch

    try:
        print(f"Pruned model: {TrainingRun(recipe, data, output).run()}")
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
