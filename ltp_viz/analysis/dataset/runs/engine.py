"""A model over a whole file, dense and pruned at many scales in one pass, into a run's store.

Rows are processed in blocks, in the order of the source (`run_block`), so memory is bounded by the block and
not by the file. Each finished block is a file of its own, so a restarted run computes only the missing
blocks.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ltp_viz.analysis.dataset.runs.block import run_block
from ltp_viz.analysis.dataset.runs.spec import BLOCK_ROWS, RunSpec
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs.states import Cancelled, JobState
from ltp_viz.analysis.jobs.store import is_url
from ltp_viz.analysis.jobs.work import Reporter, perform
from ltp_viz.analysis.memory import keep_flat_over_batches, return_memory
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.checkpoints.model_files import exists_here
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.label_sets import check_label_count
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable, open_source


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
    if classifier.config.answer_kind == "numbers":
        raise InputError(f"The model {model!r} predicts a number; a run compares classes or sets of labels.")
    if classifier.config.answer_kind == "labels":
        check_label_count(len(classifier.labels), model)
    # `effective_thresholds` checks the scales for this model.
    try:
        classifier.model.effective_thresholds(1.0, layer_scales)
    except ValueError as error:
        raise InputError(str(error)) from error
    return RunSpec(
        source=str(table.path.resolve()),
        source_name=table.name,
        source_fingerprint=table.fingerprint,
        roles=roles,
        # A run may be resumed from another working folder.
        model=str(Path(model).expanduser().resolve()) if exists_here(model) else model,
        model_fingerprint=model_fingerprint(classifier),
        label_names=classifier.labels,
        scales=tuple(sorted({0.0, 1.0, *(round(float(scale), 6) for scale in scales)})),
        layer_scales=None if layer_scales is None else tuple(map(float, layer_scales)),
        rows=table.rows,
        block_rows=block_rows,
        file_format=table.file_format,
        answer_kind=classifier.config.answer_kind,
        output=classifier.output,
    )


def model_fingerprint(classifier: TextClassifier) -> str:
    """SHA-256 of configuration, weights and tokenizer, independent of where they were loaded from."""
    digest = hashlib.sha256()
    config = classifier.config.to_dict()
    for set_by_the_loader in ("_name_or_path", "transformers_version"):
        config.pop(set_by_the_loader, None)
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
    """The run's model with the run's labels. Raises InputError if the model has changed."""
    classifier = load_model(spec.model)
    if spec.output is not None:
        classifier = classifier.for_label(classifier.labels[spec.output])
    if model_fingerprint(classifier) != spec.model_fingerprint:
        raise InputError(
            f"The model {spec.model!r} has changed since this run began; start a new run, or restore the "
            "model."
        )
    return classifier.relabelled(spec.label_names)


# Computes the missing blocks of a run from: store, settings, blocks, reporter, and a function that says
# whether to stop.
Engine = Callable[[RunStore, RunSpec, Sequence[int], Reporter, Callable[[], bool]], None]


def run_here(
    store: RunStore,
    spec: RunSpec,
    blocks: Sequence[int],
    reporter: Reporter,
    should_stop: Callable[[], bool],
) -> None:
    """The engine for a single process. Raises Cancelled between batches once it should stop."""
    classifier = load_for(spec)

    def after_batch(rows: int) -> None:
        reporter.advance(rows)
        if should_stop():
            raise Cancelled

    for block in blocks:
        rows_before = reporter.done
        try:
            table = run_block(classifier, spec, block, after_batch)
        except Cancelled:
            reporter.done = rows_before  # an unfinished block is not kept
            raise
        store.write_part(block, table)
        return_memory()
        # Rows without a text count as done.
        reporter.advance(rows_before + spec.rows_in(block) - reporter.done)


def run(
    store: RunStore,
    *,
    engine: Engine = run_here,
    should_stop: Callable[[], bool] = lambda: False,
    watch: Callable[[JobState], None] | None = None,
) -> JobState:
    """Finish a run and return its final state: "done", "cancelled" or "failed".

    Waits in the queue of the jobs under the same parent folder. Checks `should_stop`, and for a cancel
    request, while it waits and between batches.
    """
    keep_flat_over_batches()
    spec = store.spec()

    def compute(reporter: Reporter, stops: Callable[[], bool]) -> None:
        if not store.is_complete:
            _check_source(spec)
            finished = store.open_for_parts()
            missing = sorted(set(range(spec.num_blocks)) - set(finished))
            reporter.begin(spec.rows - sum(map(spec.rows_in, missing)))
            if missing:
                engine(store, spec, missing, reporter, stops)
            store.join_parts(range(spec.num_blocks))
        store.drop_parts()  # of a process that was killed after joining them
        reporter.done = spec.rows

    return perform(store, compute, should_stop, watch)


def _check_source(spec: RunSpec) -> None:
    if is_url(spec.source):
        return
    if open_source(Path(spec.source)).fingerprint != spec.source_fingerprint:
        raise InputError(
            f"{spec.source_name} has changed since this run began; start a new run on the file as it is now."
        )
