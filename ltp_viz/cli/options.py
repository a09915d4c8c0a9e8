"""Options that several commands share, each with one name, meaning and help text."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ltp_viz.data.errors import InputError
from ltp_viz.data.path_names import check_is_text
from ltp_viz.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from ltp_viz.data.classifier import TextClassifier

USUAL_SWEEP = "0:3:0.1"


class Parser(argparse.ArgumentParser):
    """Shows a module's docstring unchanged, and reports a wrong option in one line."""

    def __init__(self, **settings: Any):
        super().__init__(**settings | {"formatter_class": argparse.RawDescriptionHelpFormatter})

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def add_model(
    parser: argparse.ArgumentParser, default: str | None = DEFAULT_MODEL, required: bool = False
) -> None:
    """`--model`."""
    parser.add_argument(
        "--model",
        required=required,
        default=default,
        help="bundled name, folder or hub name" + (f"; default {default}" if default else ""),
    )


def add_head(parser: argparse.ArgumentParser) -> None:
    """`--pairs`, `--single`, `--yes-or-no`, `--label`: how the head is read; for `loaded_model`."""
    reads = parser.add_mutually_exclusive_group()
    reads.add_argument("--pairs", action="store_true", help="the model reads two texts; default: guessed")
    reads.add_argument("--single", action="store_true", help="the model reads one text")
    parser.add_argument(
        "--yes-or-no", action="store_true", help="read a single output as yes or no, by a sigmoid"
    )
    parser.add_argument("--label", metavar="NAME", help="of a multi-label model, whether a text has this one")


def loaded_model(options: argparse.Namespace) -> "TextClassifier":
    """`options.model` under the options of `add_head`; what is not given is left to the folder."""
    from ltp_viz.data.checkpoints.load import load_model  # late: help does not wait for it

    reads_pairs = True if options.pairs else False if options.single else None
    yes_or_no = True if options.yes_or_no else None
    model = load_model(options.model, reads_pairs=reads_pairs, yes_or_no=yes_or_no)
    return model.for_label(options.label) if options.label else model


def add_data(
    parser: argparse.ArgumentParser, required: bool = True, split: str | None = "validation"
) -> None:
    """`--data` and `--split`: labelled texts."""
    parser.add_argument("--data", required=required, help="file, folder or hub data set of labelled texts")
    default = f"; default {split}" if split else ""
    parser.add_argument("--split", default=split, help=f"part of a folder or hub data set{default}")


def add_task(parser: argparse.ArgumentParser) -> None:
    """`--task`, which defines the data's columns and labels."""
    from ltp_viz.data.tables.tasks import TASKS

    parser.add_argument("--task", choices=sorted(TASKS), help="default: the one the model was trained for")


def add_scale(parser: argparse.ArgumentParser) -> None:
    """`--scale`, which multiplies all thresholds."""
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all thresholds; default 1")


def add_sweep(parser: argparse.ArgumentParser) -> None:
    """`--sweep`; read it with `sweep_scales`."""
    parser.add_argument(
        "--sweep",
        nargs="?",
        const=USUAL_SWEEP,
        metavar="FROM:TO:STEP",
        help=f"run many scales of the thresholds; without a value {USUAL_SWEEP}",
    )


def add_max_texts(parser: argparse.ArgumentParser, default: int = 0) -> None:
    """`--max-texts`."""
    parser.add_argument(
        "--max-texts",
        type=int,
        default=default,
        help=f"use this number of texts, chosen evenly; 0: all; default {default}",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, a switch."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_output(parser: argparse.ArgumentParser) -> None:
    """`--output`, a JSON file; check it with `check_output_file` before the work."""
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the results as JSON to this file")


def listed(values: Sequence[object]) -> str:
    """Default values as on a command line."""
    return " ".join(map(str, values))


def port(value: str) -> int:
    """The type of `--port`."""
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise argparse.ArgumentTypeError(f"{value!r} is not a port; give a whole number from 1 to 65535")
    return int(value)


def sweep_scales(sweep: str | None) -> list[float]:
    """The scales of `--sweep`, or an empty list. Raises InputError."""
    from ltp_viz.analysis.dataset.runs.spec import (
        MAX_SCALES,  # imported late, so that help does not wait for it
    )

    if sweep is None:
        return []
    try:
        first, last, step = map(float, sweep.split(":"))
        count = int((last - first) / step + 1e-6) + 1
    except (ValueError, ZeroDivisionError, OverflowError):
        count, first, step = 0, 0.0, 0.0
    if not 1 <= count <= MAX_SCALES or step <= 0 or first < 0:
        raise InputError(
            f"--sweep is {sweep!r}; give FROM:TO:STEP, such as {USUAL_SWEEP}, for at most {MAX_SCALES} "
            "scales."
        )
    return [round(first + index * step, 6) for index in range(count)]


def check_scale(scale: float) -> None:
    """Raises InputError unless the scale is finite and not negative."""
    if not 0 <= scale < float("inf"):
        raise InputError(f"--scale is {scale}; give a finite number of at least 0.")


def check_max_texts(max_texts: int) -> None:
    """Raises InputError if it is negative."""
    if max_texts < 0:
        raise InputError(f"--max-texts is {max_texts}; give a whole number of at least 0.")


def check_output_file(path: Path | None, option: str = "--output") -> None:
    """Check before hours of work: raises InputError if the file cannot be written. None means no file."""
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"{option} is {str(path)!r}, which is a folder; name a file.")
    _check_writable(path.parent, path, option)


def check_output_folder(path: Path, option: str = "--output") -> None:
    """Check before hours of work: raises InputError if the folder cannot be created or written to."""
    check_is_text(path)
    for place in (path, *path.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"{option} is {str(path)!r}, and {str(place)!r} is a file; give another folder.")
    _check_writable(path, path, option)


def _check_writable(folder: Path, path: Path, option: str) -> None:
    folder = folder.absolute()
    nearest = next(part for part in (folder, *folder.parents) if part.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):  # permissions are not enough: the disk may be read-only
            pass
    except OSError as error:
        raise InputError(
            f"{option} is {str(path)!r}, and {str(nearest)!r} is not writable ({error.strerror}); "
            "name another place."
        ) from error
