"""Work in a process of its own, which ends at a chosen moment as if its power were cut."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

from tests.training.runs import Moment, call_at

# The server that trainings fork from too; with what both need loaded, each process starts in a moment.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["tests.faults.processes", "ltp_viz.training.stages", "ltp_viz.cli.analyze", "ltp_viz.cli.evaluate"]
)

# A moment of writing that Python does not see: a file has grown to so many bytes.
Growth = int


def begun(work: Callable[..., Any], *arguments: Any) -> BaseProcess:
    """A process that does this, at work now."""
    process = _CONTEXT.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def killed_at(moment: Moment | Growth, work: Callable[..., Any], *arguments: Any) -> None:
    """Do this until a moment, at which the process is killed with no time for anything."""
    process = begun(_do_until, moment, work, arguments)
    process.join(120)
    assert process.exitcode in (-signal.SIGKILL, -signal.SIGXFSZ), f"not killed at {moment}"


def _do_until(moment: Moment | Growth, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    if isinstance(moment, Moment):
        call_at(moment, partial(os.kill, os.getpid(), signal.SIGKILL))
    else:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (moment, moment))
    work(*arguments)
