"""Serve the app, by default for this machine only: `ltp-viz app`, then open http://localhost:8501."""

import argparse

from ltp_viz.cli.options import port
from ltp_viz.ui.serve import serve


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--port", type=port, default=8501, help="default 8501")
    parser.add_argument(
        "--address", default="localhost", help="default localhost, which other machines cannot reach"
    )
    parser.add_argument(
        "--name", help="host name or outer address by which browsers reach the app, if it differs"
    )
    parser.add_argument(
        "--base-path", default="", metavar="PATH", help="serve below this path, such as viz; default: none"
    )


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    serve(options.port, options.address, options.name, options.base_path)
    return 0
