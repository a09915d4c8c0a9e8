"""A model over a whole file, dense and pruned at many scales in one pass, into a run's folder.

Rows go through in blocks of the source's order (`block_results`), so memory is bounded by the block, not by
the file. A finished block is a finished file: whatever stops a run, the next start computes only the blocks
that are missing.
"""

import errno
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from ltp_viz.analysis.dataset.runs.block import run_block
from ltp_viz.analysis.dataset.runs.queue import place_words, turn
from ltp_viz.analysis.dataset.runs.spec import BLOCK_ROWS, RunSpec
from ltp_viz.analysis.dataset.runs.store import RunFolder, RunState, Status, is_url
from ltp_viz.analysis.memory import keep_flat_over_batches, return_memory
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.checkpoints.model_files import exists_here
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable, open_source

_WRITES_PER_SECOND = 2.0


def make_spec(
    table: SourceTable,
    roles: Roles,
    model: str,
    classifier: TextClassifier,
    scales: Sequence[float],
    layer_scales: Sequence[float] | None = None,
    block_rows: int = BLOCK_ROWS,
) -> RunSpec:
    """The settings of a run of `classifier`, loaded from `model`, over a table.

    0 (dense) and 1 join the scales. Raises InputError for impossible scales and for a regression.
    """
    # `effective_thresholds` knows what scales the model takes.
    try:
        classifier.model.effective_thresholds(1.0, layer_scales)
    except ValueError as error:
        raise InputError(str(error)) from error
    return RunSpec(
        source=str(table.path.resolve()),
        source_name=table.name,
        source_fingerprint=table.fingerprint,
        roles=roles,
        # A run may go on in a process that stands elsewhere.
        model=str(Path(model).expanduser().resolve()) if exists_here(model) else model,
        model_fingerprint=model_fingerprint(classifier),
        label_names=classifier.labels,
        scales=tuple(sorted({0.0, 1.0, *(round(float(scale), 6) for scale in scales)})),
        layer_scales=None if layer_scales is None else tuple(map(float, layer_scales)),
        rows=table.rows,
        block_rows=block_rows,
    )


def model_fingerprint(classifier: TextClassifier) -> str:
    """SHA-256 over configuration, weights and tokenizer, wherever they were loaded from."""
    digest = hashlib.sha256()
    config = classifier.config.to_dict()
    for told_by_the_loader in ("_name_or_path", "transformers_version"):
        config.pop(told_by_the_loader, None)
    digest.update(json.dumps(config, sort_keys=True, default=str).encode())
    tokenizer = json.loads(classifier.tokenizer.backend_tokenizer.to_str())
    for left_by_the_last_call in ("truncation", "padding"):
        tokenizer.pop(left_by_the_last_call, None)
    digest.update(json.dumps(tokenizer, sort_keys=True).encode())
    for name, tensor in sorted(classifier.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def load_for(spec: RunSpec) -> TextClassifier:
    """The run's model with the run's labels. Raises InputError where it is no longer the same model."""
    classifier = load_model(spec.model)
    if model_fingerprint(classifier) != spec.model_fingerprint:
        raise InputError(
            f"The model {spec.model!r} has changed since this run began; start a new run, or bring back the "
            "model."
        )
    return classifier.relabelled(spec.label_names)


class Stopped(Exception):
    """Somebody asked for a stop in the middle of a block."""


class Reporter:
    """Keeps a run's progress file, and whoever watches, up to date, about twice a second."""

    def __init__(self, folder: RunFolder, spec: RunSpec, watch: Callable[[RunState], None] | None = None):
        self._folder, self._total, self._watch = folder, spec.rows, watch
        self._begun, self._written = time.monotonic(), -1.0
        state = folder.state()
        self._rows_before = self.rows = state.rows_done  # by earlier starts
        # Whoever started this process has put the run into the line already.
        was_asked = state.asked if folder.process_id() == os.getpid() else None
        self.asked = time.time() if was_asked is None else was_asked

    def begin(self, rows: int) -> None:
        """Work begins, with so many rows done by earlier starts."""
        self.rows = self._rows_before = rows
        self._begun = time.monotonic()
        self.tell("running")

    def advance(self, rows: int) -> None:
        """So many more rows are done."""
        self.rows += rows
        if self._is_time():
            self.tell("running")

    def wait(self, sentence: str) -> None:
        """Nothing is being done yet, and this is why."""
        if self._is_time():
            self.tell("waiting", sentence)

    def _is_time(self) -> bool:
        return time.monotonic() - self._written >= 1 / _WRITES_PER_SECOND

    def tell(self, status: Status, sentence: str | None = None) -> RunState:
        """Write it now, whatever was written when."""
        seconds = time.monotonic() - self._begun
        fresh = self.rows - self._rows_before
        rate = fresh / seconds if fresh and seconds > 0 else None
        left = (self._total - self.rows) / rate if rate and status == "running" else None
        state = RunState(status, self.rows, self._total, rate, left, sentence, self.asked)
        self._folder.write_state(state)
        self._written = time.monotonic()
        if self._watch:
            self._watch(state)
        return state


# Does the missing blocks of a run: folder, settings, blocks, reporter, and what to ask between batches.
Engine = Callable[[RunFolder, RunSpec, Sequence[int], Reporter, Callable[[], bool]], None]


def run_here(
    folder: RunFolder,
    spec: RunSpec,
    blocks: Sequence[int],
    reporter: Reporter,
    should_stop: Callable[[], bool],
) -> None:
    """The engine of one process. Raises Stopped between batches when asked to."""
    classifier = load_for(spec)

    def after_batch(rows: int) -> None:
        reporter.advance(rows)
        if should_stop():
            raise Stopped

    for block in blocks:
        rows_before = reporter.rows
        try:
            table = run_block(classifier, spec, block, after_batch)
        except Stopped:
            reporter.rows = rows_before  # a begun block is not kept
            raise
        folder.write_part(block, table)
        return_memory()
        # Rows without a text count as done too.
        reporter.advance(rows_before + spec.rows_in(block) - reporter.rows)


def run(
    folder: RunFolder,
    *,
    engine: Engine = run_here,
    should_stop: Callable[[], bool] = lambda: False,
    watch: Callable[[RunState], None] | None = None,
) -> RunState:
    """Do what is left of a run and say how it ended: "done", "stopped" or "failed".

    Waits until all runs under the same parent folder that were asked for earlier are through.
    `should_stop`, and whether the folder holds the mark that asks to stop, are looked at meanwhile and
    between batches.
    """
    keep_flat_over_batches()
    spec = folder.spec()
    reporter = Reporter(folder, spec, watch)

    def stops() -> bool:
        return should_stop() or folder.is_asked_to_stop()

    try:
        with _turn(folder, reporter, stops):
            if not folder.is_whole:
                _check_source(spec)
                done = folder.open_for_parts()
                missing = sorted(set(range(spec.num_blocks)) - set(done))
                reporter.begin(spec.rows - sum(map(spec.rows_in, missing)))
                if missing:
                    engine(folder, spec, missing, reporter, stops)
                folder.join_parts(range(spec.num_blocks))
            folder.drop_parts()  # left by a process that was killed after joining them
        reporter.rows = spec.rows
        return reporter.tell("done")
    except Stopped:
        return reporter.tell("stopped", "Stopped; finished rows are kept, and resuming goes on from them.")
    except InputError as error:
        return reporter.tell("failed", str(error))
    except OSError as error:
        return reporter.tell("failed", file_fault(error))
    except BaseException as error:
        reporter.tell("failed", f"The run broke off with {type(error).__name__}: {error}")
        raise
    finally:
        folder.take_back_stop()


def file_fault(error: OSError) -> str:
    """The sentence on a file that the system refuses."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full{where}; make room and go on, as what is finished stays."
    return f"A file cannot be read or written: {error.strerror or error}{where}."


def _turn(
    folder: RunFolder, reporter: Reporter, should_stop: Callable[[], bool]
) -> AbstractContextManager[None]:
    """The place of the one run at work on this machine; the runs of a store are not kept from one another."""
    if not folder.is_local:
        return nullcontext()

    def wait(before: int) -> None:
        if should_stop():
            raise Stopped
        if before:
            reporter.wait(place_words(before))

    return turn(folder, reporter.asked, wait)


def _check_source(spec: RunSpec) -> None:
    if is_url(spec.source):
        return
    if open_source(Path(spec.source)).fingerprint != spec.source_fingerprint:
        raise InputError(
            f"{spec.source_name} has changed since this run began; start a new run on the file as it is now."
        )
