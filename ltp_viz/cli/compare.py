"""Compare pruning rules at equal cost: `ltp-viz compare --model MODEL --holdout FILE --data FILE`.

Strengths are found on the holdout, without its labels, so that every rule costs the target share of the dense
FLOPs there. Then all rules are evaluated on the data, with intervals of their difference from learned
thresholds.
"""

import argparse
import json
import sys
from pathlib import Path

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.compare.calibration import CALIBRATION_TEXTS, Calibration, calibrate
from ltp_viz.analysis.compare.comparison import BASELINE, compare, comparison_table
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.cli import options as shared
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.labelled_data import read_labelled_data, task_of

SHARES = (0.3, 0.4, 0.5, 0.6, 0.8)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    names = [family.name for family in FAMILIES]
    shared.add_model(parser, default=None, required=True)
    shared.add_head(parser)
    shared.add_data(parser)
    parser.add_argument("--holdout", help="file, folder or hub data set to calibrate on")
    parser.add_argument("--holdout-split", default="holdout", help="its part; default holdout")
    shared.add_task(parser)
    add_reading_options(parser)
    parser.add_argument(
        "--rules",
        nargs="+",
        choices=names,
        default=names,
        metavar="RULE",
        help=f"default all: {', '.join(names)}",
    )
    parser.add_argument(
        "--target-flops",
        type=float,
        nargs="+",
        default=list(SHARES),
        metavar="SHARE",
        help=f"target shares of the dense FLOPs; default {shared.listed(SHARES)}",
    )
    shared.add_max_texts(parser)
    parser.add_argument(
        "--calibration-texts",
        type=int,
        default=CALIBRATION_TEXTS,
        help=f"number of holdout texts to find strengths on; default {CALIBRATION_TEXTS}",
    )
    parser.add_argument("--calibration", type=Path, help="file to read strengths from, or to save them to")
    shared.add_json(parser)
    shared.add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Calibrate, compare and print a table."""
    disable_progress_bar()
    if options.calibration_texts < 1:
        raise InputError(f"--calibration-texts is {options.calibration_texts}; give a number of at least 1.")
    shared.check_max_texts(options.max_texts)
    shared.check_output_file(options.output)
    shared.check_output_file(options.calibration, "--calibration")
    classifier = shared.loaded_model(options)
    task_of(classifier, options.task)  # refuses another number of classes
    read = read_labelled_data(
        classifier, options.data, options.split, reading_options(options), task=options.task or ""
    )
    data = read.texts
    if options.max_texts:
        data = data.evenly(options.max_texts)
    comparison = compare(classifier, data, _calibration(classifier, options), report=_report)
    record = json.dumps(comparison.to_dict(), indent=1)
    if options.output:
        with atomic_write(options.output) as aside:
            aside.write_text(record + "\n")
    if options.json:
        print(record)
        print(reading_words(read), file=sys.stderr)
        return 0
    dense = 100 * comparison.dense.value
    print(f"{options.model}, {options.data}: {comparison.texts:,} texts, unpruned {dense:.1f}")
    print(f"{reading_words(read)}\n")
    print(comparison_table(comparison))
    return 0


def _calibration(classifier: TextClassifier, options: argparse.Namespace) -> Calibration:
    """Read the calibration from its file, or compute it from the holdout and save it."""
    if options.calibration and options.calibration.exists():
        return Calibration.load(options.calibration)
    if not options.holdout:
        raise InputError(
            "No --holdout is given, nor an existing --calibration; name texts to calibrate on, other than "
            "those that rules are evaluated on."
        )
    holdout = read_labelled_data(
        classifier,
        options.holdout,
        options.holdout_split,
        reading_options(options),
        task=options.task or "",
        needs_labels=False,
    ).texts
    chosen = list(dict.fromkeys([BASELINE, *options.rules]))
    found = calibrate(classifier, holdout, chosen, options.target_flops, _report, options.calibration_texts)
    if options.calibration:
        found.save(options.calibration)
    return found


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
