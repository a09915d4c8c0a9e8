"""Rules side by side at equal cost: `python -m ltp_viz.cli.compare MODEL --holdout FILE --data FILE`.

Strengths are found on the holdout, without its labels, so that every rule costs the wanted share of the dense
FLOPs there; then all are judged on the data, with intervals of their distance from learned thresholds.
"""

import argparse
import json
import sys
from pathlib import Path

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.compare.calibration import CALIBRATION_TEXTS, Calibration, calibrate
from ltp_viz.analysis.compare.comparison import YARDSTICK, compare, comparison_table
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.cli.evaluate import task_of
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.data.atomic_write import written_aside
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.tables.labelled_data import read_labelled_data
from ltp_viz.data.tables.tasks import TASKS

BUDGETS = (0.3, 0.4, 0.5, 0.6, 0.8)


def main(arguments: list[str] | None = None) -> int:
    """Calibrate, compare and print a table; bad input ends with one sentence."""
    names = [family.name for family in FAMILIES]
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.cli.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="model folder or hub name")
    parser.add_argument("--data", required=True, help="file, folder or hub data set to judge on")
    parser.add_argument("--split", default="validation", help="its part, default validation")
    parser.add_argument("--holdout", help="file, folder or hub data set to calibrate on")
    parser.add_argument("--holdout-split", default="holdout", help="its part, default holdout")
    parser.add_argument("--task", choices=sorted(TASKS), help="default: the one the model was trained for")
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
        "--budgets",
        type=float,
        nargs="+",
        default=list(BUDGETS),
        metavar="SHARE",
        help="wanted shares of the dense FLOPs, default " + " ".join(map(str, BUDGETS)),
    )
    parser.add_argument("--max-texts", type=int, default=0, help="judge on so many, evenly from all; 0: all")
    parser.add_argument(
        "--calibration-texts",
        type=int,
        default=CALIBRATION_TEXTS,
        help=f"find strengths on so many texts of the holdout, default {CALIBRATION_TEXTS}",
    )
    parser.add_argument("--calibration", type=Path, help="file to read strengths from, or to save them in")
    parser.add_argument("--json", type=Path, help="write all results as JSON to this file")
    options = parser.parse_args(arguments)
    disable_progress_bar()
    try:
        if options.calibration_texts < 1:
            raise InputError(
                f"--calibration-texts is {options.calibration_texts}; give a number of at least 1."
            )
        classifier = load_model(options.model)
        task_of(classifier, options)  # refuses another number of classes
        read = read_labelled_data(
            classifier, options.data, options.split, reading_options(options), task=options.task or ""
        )
        data = read.texts
        if options.max_texts:
            data = data.evenly(options.max_texts)
        if options.calibration and options.calibration.exists():
            calibration = Calibration.load(options.calibration)
        else:
            chosen = list(dict.fromkeys([YARDSTICK, *options.rules]))
            holdout = _holdout(options, classifier)
            calibration = calibrate(
                classifier, holdout, chosen, options.budgets, _report, options.calibration_texts
            )
            if options.calibration:
                calibration.save(options.calibration)
        comparison = compare(classifier, data, calibration, report=_report)
        if options.json:
            with written_aside(options.json) as aside:
                aside.write_text(json.dumps(comparison.to_dict(), indent=1) + "\n")
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.model}, {options.data}: {comparison.texts:,} texts, nothing dropped ", end="")
    print(f"{100 * comparison.dense.value:.1f}\n{reading_words(read)}\n")
    print(comparison_table(comparison))
    return 0


def _holdout(options: argparse.Namespace, classifier: TextClassifier) -> LabelledTexts:
    if not options.holdout:
        raise InputError(
            "No --holdout is given, nor a --calibration that exists; name texts to calibrate on, others than "
            "those that rules are judged by."
        )
    read = read_labelled_data(
        classifier,
        options.holdout,
        options.holdout_split,
        reading_options(options),
        task=options.task or "",
        needs_labels=False,
    )
    return read.texts


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
