"""Records an evaluation as a row of the measured results."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ltp_viz.analysis.evaluation.evaluate import Evaluation
from ltp_viz.analysis.evaluation.model_card import metric_name
from ltp_viz.analysis.results import Measured, Results, read_results, write_results
from ltp_viz.core.config import LTPConfig
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.tasks import Task

_TITLES = {
    "sst2": "SST-2",
    "mrpc": "MRPC",
    "rte": "RTE",
    "stsb": "STS-B",
    "cola": "CoLA",
    "ag_news": "AG News",
    "imdb": "IMDb",
}
_STAGE = "hard"  # folder of a run's last stage, not the name of a model


@dataclass(frozen=True)
class Source:
    """Origin of a row: the run with its training command (None: unchanged in the file), the model's name, the
    split, and the command that measured."""

    run: str
    training: str | None
    model: str
    split: str
    command: str


def record_result(
    path: Path,
    source: Source,
    task: Task,
    config: LTPConfig,
    evaluation: Evaluation,
    dense_stage: dict[str, float] | None,
    speed_up: float | None,
) -> Measured:
    """Add the evaluation to the results in `path`, or replace the run's row of this task and split.

    Raises InputError without the dense stage's scores, at a scale other than 1, or for a new run without its
    training command.
    """
    if dense_stage is None:
        raise InputError("--results compares with the run's dense stage; give it with --dense.")
    if evaluation.global_scale != 1:
        raise InputError("--results records the model as trained; leave --scale out.")
    results = read_results(path) if path.exists() else Results((), ())
    known = next((row for row in results.measured if row.run == source.run), None)
    training = source.training or (known and known.training)
    if not training:
        raise InputError(f"{path.name} has no run {source.run!r} yet; give its command with --training.")
    own_name = None if source.model == _STAGE else source.model
    row = Measured(
        run=source.run,
        model=own_name or (known.model if known else None),
        task=_TITLES.get(task.name, task.name),
        split=source.split,
        texts=evaluation.texts,
        metric=metric_name(task.metric, config.num_classes),
        # Four decimals, as documents show them.
        dense=round(dense_stage[task.metric], 4),
        unpruned=round(evaluation.dense[task.metric], 4),
        pruned=round(evaluation.pruned[task.metric], 4),
        flops_reduction=round(evaluation.flops_reduction, 2),
        speed_up=None if speed_up is None else round(speed_up, 2),
        seed=int((config.recipe or {}).get("seed", 0)),
        date=date.today().isoformat(),
        training=training,
        command=source.command,
    )
    write_results(results.with_row(row), path)
    return row
