"""The engine for many workers: Ray Data sends block numbers to actors that each load the model once.

An actor reads its block from the source and writes the same part as the single-process engine, so a killed
worker loses no row and a repeated block duplicates none. Ray is optional (`INSTALL`).
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ltp_viz.analysis.dataset.runs.block import run_block
from ltp_viz.analysis.dataset.runs.engine import Engine, load_for
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs.states import Cancelled, file_error_message
from ltp_viz.analysis.jobs.work import Reporter
from ltp_viz.analysis.memory import return_memory
from ltp_viz.data.errors import InputError
from ltp_viz.resources import IMPORT_ROOT

INSTALL = "pip install 'ltp-viz[ray]'"
# Seconds between checks for a cancel request: on a remote store each check is a request.
_CANCEL_CHECK_S = 2.0
_ANSWER_S = 2.0
_ADDRESS_VARIABLE = "RAY_ADDRESS"


def ray_engine(address: str, workers: int = 2, gpus_per_worker: float = 0.0) -> Engine:
    """An engine for `engine.run` on the cluster at `address`; "auto": a running cluster, or else local
    workers; "local": always local workers.

    Every worker takes one processor and a share of a GPU; it must have this package and access to the paths
    in the settings. Raises InputError if Ray is not installed or a number is invalid.
    """
    _ray()
    if workers < 1:
        raise InputError(f"--workers is {workers}; give a whole number of at least 1.")
    if not 0 <= gpus_per_worker < float("inf"):
        raise InputError(f"--gpus-per-worker is {gpus_per_worker}; give 0 or more, such as 0.5.")

    def engine(
        store: RunStore,
        spec: RunSpec,
        blocks: Sequence[int],
        reporter: Reporter,
        should_stop: Callable[[], bool],
    ) -> None:
        with _cluster(address, workers):
            for result in _results(store, spec, blocks, workers, gpus_per_worker):
                if result["message"]:
                    raise InputError(result["message"])
                if result["cancelled"] or should_stop():
                    raise Cancelled
                reporter.advance(spec.rows_in(result["block"]))

    return engine


def _ray() -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # no usage reports
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray.data
    except ImportError as error:
        raise InputError(f"--ray needs Ray, which is not installed; get it with: {INSTALL}") from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


@contextmanager
def _cluster(address: str, workers: int) -> Iterator[None]:
    """Connect to Ray; afterwards disconnect, and stop it if it was started here."""
    ray = _ray()
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    handler = signal.getsignal(signal.SIGTERM)
    if running := _running_cluster(address):
        try:
            ray.init(running, **quiet)
        except ConnectionError as error:
            raise InputError(_no_ray(running)) from error
    else:
        with _environment_of_workers():
            processors = max(workers, os.cpu_count() or 1)
            ray.init("local", num_cpus=processors, include_dashboard=False, **quiet)
    # Ray installs its own signal handler.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        ray.shutdown()


def _running_cluster(address: str) -> str | None:
    """The cluster to connect to; None to start workers here.

    Ray would try a dead address for minutes, so each address is checked first. A given address must answer
    (InputError otherwise); one that "auto" finds may belong to a killed cluster, which a message reports.
    """
    if address == "local":
        return None
    found, origin = (address, "") if address != "auto" else _announced_cluster()
    if not found or _answers(found):
        return found
    if address != "auto":
        raise InputError(_no_ray(address))
    print(f"No Ray answers at {found!r} ({origin}); starting workers on this machine.", file=sys.stderr)
    return None


def _announced_cluster() -> tuple[str | None, str]:
    """The address at which Ray would look for a cluster on this machine, and its origin."""
    named = os.environ.get(_ADDRESS_VARIABLE, "")
    if named == "local":
        return None, _ADDRESS_VARIABLE
    if named not in ("", "auto"):
        return named, _ADDRESS_VARIABLE
    # As in Ray's own get_default_system_temp_dir.
    temporary = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"  # noqa: S108
    file = Path(temporary) / "ray" / "ray_current_cluster"
    try:
        return file.read_text().strip() or None, str(file)
    except (OSError, UnicodeError):
        return None, str(file)


def _answers(address: str) -> bool:
    """Whether anything listens there."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_S).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _no_ray(address: str) -> str:
    return f"No Ray answers at {address!r}; give HOST:PORT of a running one, or 'auto'."


@contextmanager
def _environment_of_workers() -> Iterator[None]:
    """Set the environment so that workers find this package from any folder, and no other cluster."""
    names = ("PYTHONPATH", _ADDRESS_VARIABLE)
    before = {name: os.environ.get(name) for name in names}
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(IMPORT_ROOT), before["PYTHONPATH"])))
    os.environ.pop(_ADDRESS_VARIABLE, None)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _results(
    store: RunStore, spec: RunSpec, blocks: Sequence[int], workers: int, gpus: float
) -> Iterator[dict[str, Any]]:
    """The results of the blocks, in the order in which they finish."""
    ray = _ray()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    numbers = ray.data.from_items([{"block": block} for block in blocks], override_num_blocks=len(blocks))
    done = numbers.map_batches(
        BlockWorker,
        fn_constructor_args=(store.place, spec, gpus > 0),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(workers, len(blocks)), max_tasks_in_flight_per_actor=1),
        num_cpus=1,
        num_gpus=gpus,
    )
    try:
        yield from done.iter_rows()
    except ray.exceptions.RayError as error:
        raise InputError(f"Ray failed: {str(error).strip().splitlines()[-1]}") from error


class BlockWorker:
    """One actor: loads the model once and runs block after block. Returns errors instead of raising them."""

    def __init__(self, place: str, spec: RunSpec, uses_gpu: bool):
        self._store, self._spec = RunStore(place), spec
        self._checked_at = time.monotonic()
        self._error = ""
        try:
            self._classifier = load_for(spec)
            if uses_gpu:
                self._classifier.model.to("cuda")
        except InputError as error:
            self._error = str(error)
        except OSError as error:
            self._error = file_error_message(error)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Run one block; `message` is empty unless it failed."""
        (block,) = (int(number) for number in batch["block"])
        answer: dict[str, list[Any]] = {"block": [block], "message": [self._error], "cancelled": [False]}
        if self._error:
            return answer
        try:
            self._store.write_part(block, run_block(self._classifier, self._spec, block, self._after_batch))
            return_memory()
        except Cancelled:
            answer["cancelled"] = [True]
        except InputError as error:
            answer["message"] = [str(error)]
        except OSError as error:
            answer["message"] = [file_error_message(error)]
        return answer

    def _after_batch(self, rows: int) -> None:
        if time.monotonic() - self._checked_at < _CANCEL_CHECK_S:
            return
        self._checked_at = time.monotonic()
        if self._store.is_cancel_requested():
            raise Cancelled
