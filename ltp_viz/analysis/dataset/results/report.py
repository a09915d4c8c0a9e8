"""All data of a run's report, read from its stored results; drawing is in `figures`."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ltp_viz.analysis.dataset.results.filters import EVERYTHING, Outcome, RowFilter
from ltp_viz.analysis.dataset.results.records import Cost, Curve, LengthBucket, Survival, ValueBucket
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.results.token_fate import Grouping
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.stats import RunScores
from ltp_viz.core.answers import AnswerKind
from ltp_viz.data.checkpoints.model_files import shareable_name
from ltp_viz.data.tables.guessed_classes import guess_classes
from ltp_viz.data.tables.source import named_part

# Flips that a report lists; the export has all of them.
MAX_FLIPS = 50
# An extra column with more values is not a useful grouping.
MAX_VALUES = 20
_GROUPINGS: tuple[tuple[Grouping, int], ...] = (
    ("class", 40),
    ("position", 40),
    ("special", 20),
    ("token", 30),
)


@dataclass(frozen=True, eq=False)
class RunReport:
    """The filtered rows at one scale. Legend: K scales, L layers, C classes.

    If no filtered row has a gold label, `scores` is None and the flips are all rows whose answer changes.
    """

    spec: RunSpec
    where: RowFilter
    scale: int  # index of the pruned scale, 0 to K - 1
    rows: int  # of the filter
    rows_stored: int  # of the run
    scores: RunScores | None
    confusion: NDArray[np.int64]  # (C, C, C) gold, dense, pruned; empty in a run about sets
    agreement: NDArray[np.int64]  # (C, C) dense, pruned; empty in a run about sets
    curve: Curve
    cost: Cost
    survival: Survival
    length_buckets: tuple[LengthBucket, ...]
    value_buckets: tuple[tuple[str, tuple[ValueBucket, ...]], ...]  # extra column and its values
    fates: tuple[tuple[Grouping, pd.DataFrame], ...]  # as `RunResults.token_fate`
    flips: pd.DataFrame  # as `RunResults.rows`, the most confident pruned answer first
    flips_total: int
    warnings: tuple[str, ...]
    command: str
    made: str  # day and time, UTC

    @property
    def flip_outcome(self) -> str:
        """The outcome of the listed rows: "lost", or "changed" without gold labels."""
        return "changed" if self.scores is None else "lost"


def gather_report(
    results: RunResults,
    where: RowFilter,
    scale: int,
    *,
    made: str | None = None,
) -> RunReport:
    """Query everything that a report shows of the rows `where` at the scale with this index.

    `made` replaces the current day and time. Raises InputError for an invalid filter.
    """
    spec = results.spec
    is_of_classes = spec.answer_kind == "class"
    confusion = results.confusion(where, scale) if is_of_classes else np.zeros((0, 0, 0), np.int64)
    agreement = results.agreement(where, scale) if is_of_classes else np.zeros((0, 0), np.int64)
    rows, stored = results.count(where, scale), results.count(EVERYTHING, scale)
    labelled = results.labelled(where, scale)
    is_labelled = bool(labelled)
    flipped = flips_of(where, is_labelled)
    return RunReport(
        spec=spec,
        where=where,
        scale=scale,
        rows=rows,
        rows_stored=stored,
        scores=results.scores(where, scale) if is_labelled else None,
        confusion=confusion,
        agreement=agreement,
        curve=results.curve(where, scale),
        cost=results.cost(where, scale),
        survival=results.survival(where, scale),
        length_buckets=results.length_buckets(where, scale) if is_labelled else (),
        value_buckets=_value_buckets(results, where, scale) if is_labelled else (),
        fates=tuple((by, results.token_fate(where, scale, by, limit=limit)) for by, limit in _GROUPINGS),
        flips=results.rows(flipped, scale, order="margin", descending=True, limit=MAX_FLIPS)
        if flipped
        else pd.DataFrame(),
        flips_total=results.count(flipped, scale) if flipped else 0,
        warnings=_warnings(results, rows, stored, labelled),
        command=repeat_command(spec),
        made=made or f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def flips_of(where: RowFilter, is_labelled: bool) -> RowFilter | None:
    """The filter restricted to flips; None if it excludes them."""
    wanted: Outcome = "lost" if is_labelled else "changed"
    if where.outcome in (None, "changed", wanted):
        return replace(where, outcome=wanted)
    return None


def _value_buckets(
    results: RunResults, where: RowFilter, scale: int
) -> tuple[tuple[str, tuple[ValueBucket, ...]], ...]:
    found = []
    for column in results.spec.roles.extras:
        if 2 <= len(results.extra_values(column, limit=MAX_VALUES + 1)) <= MAX_VALUES:
            found.append((column, results.by_extra(column, where, scale)))
    return tuple((column, buckets) for column, buckets in found if buckets)


def _warnings(results: RunResults, rows: int, stored: int, labelled: int) -> tuple[str, ...]:
    spec, said = results.spec, []
    if not results.is_complete:
        said.append(f"The run is not finished: this report covers {stored:,} of {spec.rows:,} rows.")
    elif stored < spec.rows:
        said.append(f"{_rows(spec.rows - stored)} of the file without a text left out.")
    if not spec.roles.label_columns:
        said.append("The file has no gold labels, so answers are compared but not scored.")
    elif labelled < rows:
        said.append(f"{_rows(rows - labelled)} without a known label left out of every score.")
    if not rows:
        said.append("No rows match the filter.")
    elif labelled and labelled < 100:
        said.append(f"Only {labelled:,} labelled rows: intervals are wide.")
    return tuple(said)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def filter_words(where: RowFilter, label_names: Sequence[str], kind: AnswerKind = "class") -> tuple[str, ...]:
    """The conditions of a filter, one phrase each; empty for all rows."""
    said = []
    if where.pattern is not None:
        said.append(f"text matches “{where.pattern}”")
    if where.lengths is not None:
        said.append("{} to {} tokens".format(*where.lengths))
    for name, index in (("gold", where.gold), ("dense answer", where.dense), ("pruned answer", where.pruned)):
        if index is not None:
            holds = "with " if kind == "labels" else ""
            known = index < len(label_names)  # a link may name any class
            said.append(f"{name} {holds}{label_names[index] if known else index}")
    if where.outcome is not None:
        said.append(f"outcome {where.outcome}")
    if where.confidence is not None:
        said.append("pruned confidence {:.0%} to {:.0%}".format(*where.confidence))
    said.extend(f"{column} is “{value}”" if value else f"{column} is empty" for column, value in where.extras)
    return tuple(said)


def repeat_command(spec: RunSpec) -> str:
    """The command line that repeats the run on the same file."""
    roles = spec.roles
    hub = named_part(spec.source_name)
    source = [spec.source_name] if hub is None else [hub[0], "--split", hub[1]]
    words = [
        "ltp-viz",
        "analyze",
        "--data",
        *source,
        "--model",
        shareable_name(spec.model),
        *_scale_words(spec),
    ]
    words += spec.file_format.options()
    if spec.output is not None:
        words += ["--label", _asked_label(spec)]
    words += ["--text-columns", *roles.texts]
    words += [] if roles.label is None else ["--label-column", roles.label]
    if roles.form in ("class", "set") and not roles.is_one_of_set and roles.label is not None:
        names = spec.label_names
        together = guess_classes([value for value, _ in roles.classes], names)
        # The meaning of a number may depend on the column's other values, which only the command sees.
        alone = [pair for value, _ in roles.classes for pair in guess_classes([value], names)]
        sure = set(together) & set(alone)
        corrected = [(value, names[k]) for value, k in roles.classes if (value, k) not in sure]
        words += [f"--labels={value}={name}" for value, name in corrected]  # a value may begin with a hyphen
    if spec.layer_scales is not None:
        words += ["--layer-scales", *map(repr, spec.layer_scales)]
    return shlex.join([*words, "--output", "FOLDER"])


def _asked_label(spec: RunSpec) -> str:
    """The only label that the run is about, as the checkpoint calls it (`core.answers.yes_or_no_names`)."""
    no, yes = spec.label_names
    return yes if no == f"not {yes}" else f"LABEL_{spec.output}"


def _scale_words(spec: RunSpec) -> list[str]:
    """`--sweep 0:last:step` if that gives exactly the run's scales, else each scale; 0 and 1 always run."""
    scales = spec.scales
    if len(scales) > 2 and scales == tuple(round(index * scales[1], 6) for index in range(len(scales))):
        return ["--sweep", f"0:{scales[-1]:.10g}:{scales[1]:.10g}"]
    return [word for scale in scales if scale not in (0.0, 1.0) for word in ("--scale", f"{scale:.10g}")]
