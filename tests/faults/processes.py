"""Work in a separate process, which is killed at a chosen moment."""

import os
import resource
import signal
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

from tests.processes import FORKED
from tests.training.runs import Moment, call_at

# A moment of writing that Python does not see: a file has reached this many bytes.
Growth = int


def begun(work: Callable[..., Any], *arguments: Any) -> BaseProcess:
    """A running process that does this."""
    process = FORKED.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def killed_at(moment: Moment | Growth, work: Callable[..., Any], *arguments: Any) -> None:
    """Do this until a moment, at which the process is killed without warning."""
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
