"""Update the generated parts of docs/results.md from the measured results: `ltp-viz results`.

`ltp-viz evaluate --results` writes the results. With --check nothing is written, and the exit status is 1 if
the document is out of date.
"""

import argparse
from pathlib import Path

from ltp_viz.analysis.evaluation.documents import update_document
from ltp_viz.cli.options import check_output_file


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FILE",
        default=Path("assets/results.json"),
        help="JSON results file",
    )
    parser.add_argument(
        "--document",
        type=Path,
        metavar="FILE",
        default=Path("docs/results.md"),
        help="Markdown file to update",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if out of date")


def run(options: argparse.Namespace) -> int:
    """Update the document, or compare it."""
    if not options.check:
        check_output_file(options.document, "--document")
    is_changed = update_document(options.document, options.results, write=not options.check)
    return int(is_changed and options.check)
