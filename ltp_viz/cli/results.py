"""Write the generated parts of docs/results.md from assets/results.json: `ltp-viz results`."""

import argparse
import sys
from pathlib import Path

from ltp_viz.analysis.evaluation.documents import update_document
from ltp_viz.data.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Update the document; exit code 1 with --check where it is not what the data say, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="ltp-viz results", description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("assets/results.json"), help="file of results")
    parser.add_argument("--document", type=Path, default=Path("docs/results.md"), help="Markdown to update")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it is out of date")
    options = parser.parse_args(arguments)
    try:
        is_changed = update_document(options.document, options.results, write=not options.check)
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return int(is_changed and options.check)


if __name__ == "__main__":
    sys.exit(main())
