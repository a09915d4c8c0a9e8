"""Serve the app for browsers, by default on this machine alone: `ltp-viz app`, then http://localhost:8501."""

import argparse

from ltp_viz.cli.options import port
from ltp_viz.ui.shell.serve import serve


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--port", type=port, default=8501, help="default 8501")
    parser.add_argument(
        "--address", default="localhost", help="default localhost, which no other machine reaches"
    )
    parser.add_argument(
        "--name", help="host name or outer address by which browsers reach the app, where it is another"
    )
    parser.add_argument(
        "--base-path", default="", metavar="PATH", help="serve below this path, such as viz; default: none"
    )


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    serve(options.port, options.address, options.name, options.base_path)
    return 0
