"""`ltp-viz COMMAND`: finds and runs the command, and turns errors into a message and an exit status.

Only the requested command is imported, so that `--help` and `--version` do not wait for torch.
"""

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import cast

import ltp_viz
from ltp_viz import settings
from ltp_viz.cli.options import Parser
from ltp_viz.data.disk_full import is_disk_full
from ltp_viz.data.errors import InputError
from ltp_viz.extras import MissingExtraError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
# Each is a module of this package with `add_options(parser)` and `run(options) -> status`.
COMMANDS = {
    "app": "serve the app for browsers",
    "inspect": "describe a model and check that it agrees with Hugging Face",
    "trace": "run one text and print what each layer drops",
    "train": "train a model that drops tokens",
    "evaluate": "evaluate a model on labelled texts, pruned beside unpruned",
    "analyze": "run a model over a file of any size at many scales",
    "compare": "compare pruning rules at equal cost",
    "why": "compare attributions with the layers that words survive",
    "bench": "measure the time of unpruned and pruned forwards",
    "ablate": "train variants of the recipe and compare them",
    "results": "update docs/results.md from the measured results",
    "export": "export a finished training as a model for distribution",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns 0 if it succeeded, 1 if its work failed, 2 for bad input, 130 if it was interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # any character can be printed in any encoding
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()  # here, while a closed pipe can still be caught
        return status
    except BrokenPipeError:  # the reader has closed the pipe
        _discard_output()
        return DONE
    except (InputError, MissingExtraError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if is_disk_full(error):
            where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
            after_a_bar = "\n" if sys.stderr.isatty() else ""
            message = f"The disk is full{where}; free some space and run the same command again."
            print(f"{after_a_bar}{message}", file=sys.stderr)
            return FAILED
        if isinstance(error, OSError):
            where = f" ({error.filename})" if error.filename else ""
            print(f"A file cannot be read or written: {error.strerror or error}{where}.", file=sys.stderr)
            return BAD_INPUT
        raise


def _run(arguments: list[str]) -> int:
    parser = Parser(
        prog="ltp-viz",
        description=ltp_viz.__doc__.partition("\n")[0] if ltp_viz.__doc__ else "",
        epilog="environment variables:\n"
        + "\n".join(
            f"  {each.name:23} {each.meaning} (default: {each.default})" for each in settings.FOR_USERS
        )
        + "\n\nexit status: 0 done, 1 the work failed, 2 bad input, 130 interrupted",
    )
    parser.add_argument("--version", action="version", version=f"ltp-viz {ltp_viz.__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    with _interrupts_end_at_once():
        module = import_module(f"ltp_viz.cli.{wanted}") if wanted in COMMANDS else None
    for name, summary in COMMANDS.items():
        described = module.__doc__ if module is not None and name == wanted else summary
        command = commands.add_parser(name, help=summary, description=described)
        if module is not None and name == wanted:
            module.add_options(command)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # after --help, --version or a wrong option
        sys.stdout.flush()
        return DONE if end.code is None else int(end.code)
    # The command that records store for repeating it.
    options.given = ["ltp-viz", *arguments]
    status: int = cast(ModuleType, module).run(options)  # the parser has refused any other word
    return status


@contextmanager
def _interrupts_end_at_once() -> Iterator[None]:
    """For imports: some libraries swallow an interrupt, and nothing has begun that needs a proper end."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _discard_output() -> None:
    """Redirect the output: Python would print an error when it flushes the closed pipe on exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
