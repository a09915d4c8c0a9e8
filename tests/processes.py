"""Test processes that start quickly: they fork from one that has loaded all libraries.

They run what the commands run, `main(arguments)`. A few tests show that the commands also start in
a new Python process.
"""

import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path

FORKED = multiprocessing.get_context("forkserver")
# One server serves a whole test process, so it gets at once what any of its children needs.
FORKED.set_forkserver_preload(
    [
        "tests.training.runs",
        "tests.faults.processes",
        "tests.browser.serving",
        "ltp_viz.training.stages",
        "ltp_viz.cli.analyze",
        "ltp_viz.cli.evaluate",
        "ltp_viz.cli.main",
    ]
)


def settle_in(environment: Mapping[str, str], output: Path, errors: Path | None = None) -> None:
    """Call first in a forked process: the environment is exactly this, and what is printed goes to files."""
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, output), (2, errors or output)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
