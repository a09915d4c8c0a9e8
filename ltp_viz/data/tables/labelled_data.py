"""A labelled file as a model is judged on it: the same rows, texts and labels for every command."""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.label_sets import check_label_count
from ltp_viz.data.tables.checks import SourceCheck, check
from ltp_viz.data.tables.chosen_roles import chosen_roles
from ltp_viz.data.tables.datasets import LabelledTexts, labelled_rows
from ltp_viz.data.tables.meanings import LabelMeaning, label_meanings, reading_messages, scoring_messages
from ltp_viz.data.tables.reading import ReadingOptions
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.data.tables.splits import import_part
from ltp_viz.data.tables.tasks import TASKS, Task


@dataclass(frozen=True)
class LabelledData:
    """N rows of a file with what they were read as."""

    texts: LabelledTexts  # N; a label is NaN where a row has none
    rows: tuple[int, ...]  # N numbers of the rows in the file, from 1
    roles: Roles
    meanings: tuple[LabelMeaning, ...]  # () for a regression, or without labels
    messages: tuple[str, ...]  # how it was read, and what a score does not cover

    def to_dict(self) -> dict[str, Any]:
        """What was read, without the rows, as JSON holds it."""
        return {
            "roles": self.roles.to_dict(),
            "labels": [asdict(meaning) for meaning in self.meanings],
            "messages": list(self.messages),
        }


def read_labelled_data(
    classifier: TextClassifier,
    source: str,
    split: str = "validation",
    options: ReadingOptions | None = None,
    *,
    task: str = "",
    needs_labels: bool = True,
) -> LabelledData:
    """The rows of a file, or of one part of a folder or hub data set, under the classifier's own labels.

    Rows without a text are left out, and with `needs_labels` those without a known label, which `messages`
    say. `task` is a known one whose columns the data have. Raises InputError where nothing can be judged.
    """
    options = options or ReadingOptions()
    if needs_labels:
        _check_can_be_scored(classifier)
    with tempfile.TemporaryDirectory(prefix="ltp-viz-") as folder:
        own = task or (classifier.config.recipe or {}).get("task", "custom")
        table = import_part(source, split, own, Path(folder) / "part.parquet", options)
        roles = chosen_roles(classifier, table, options, task)
        if needs_labels and not roles.label_columns:
            raise InputError(
                f"{table.name} has no column of labels, only {', '.join(table.columns)}; name one with "
                f"--label-column{_for_sets(classifier)}."
            )
        return labelled_data(table, roles, classifier.labels, needs_labels)


def _check_can_be_scored(classifier: TextClassifier) -> None:
    """Raises InputError where one column of labels cannot say what the model should answer."""
    kind, count = classifier.config.answer_kind, len(classifier.labels)
    if kind == "labels":
        check_label_count(count, classifier.name)
    if kind == "numbers" and count > 1:
        raise InputError(
            f"The model {classifier.name!r} predicts {count} numbers at once, and a file has one column of "
            "labels; give a classifier, or a model of one number."
        )


def _for_sets(classifier: TextClassifier) -> str:
    if classifier.config.answer_kind != "labels":
        return ""
    return ", or give a column of 0 and 1 for each label, called like it"


def labelled_data(
    table: SourceTable, roles: Roles, label_names: Sequence[str], needs_labels: bool = True
) -> LabelledData:
    """The rows of a table under chosen roles; one label name means a regression. Raises InputError."""
    is_regression = len(label_names) == 1 and roles.form == "class"
    found = check(table, roles)
    rows = labelled_rows(table, roles, is_regression)
    meanings = () if is_regression else label_meanings(table, roles, label_names)
    messages = scoring_messages(found, meanings, label_names)
    if needs_labels:
        labelled = tuple(row for row in rows if row.label is not None)
        if not labelled:
            raise InputError(_unlabelled(table, roles, found, messages, is_regression))
        if is_regression and len(labelled) < len(rows):
            messages = (f"Scores cover {len(labelled):,} of {len(rows):,} rows: others have no number.",)
        rows = labelled
    labels = tuple(math.nan if row.label is None else row.label for row in rows)
    pairs = None if roles.text_pair is None else tuple(str(row.text_pair) for row in rows)
    return LabelledData(
        texts=LabelledTexts(tuple(row.text for row in rows), labels, pairs),
        rows=tuple(row.row for row in rows),
        roles=roles,
        meanings=meanings,
        messages=(
            *reading_messages(table, roles.label_columns),
            *_columns(found, roles),
            *(messages if needs_labels else ()),
        ),
    )


def _unlabelled(
    table: SourceTable, roles: Roles, found: SourceCheck, messages: Sequence[str], is_regression: bool
) -> str:
    if is_regression:
        return f"Column {roles.label!r} of {table.name} holds no number; name the labels with --label-column."
    why = messages[0] if messages else "No row has a label; -1, as in the test parts of GLUE, counts as none."
    values = ", ".join(f"{value!r} ({rows:,})" for value, rows in found.unknown_labels[:5])
    column = f"{roles.label!r}{f', which holds {values}' if values else ''}"
    return (
        f"{table.name} cannot be scored by column {column}. {why} Give labelled data, or say what the values "
        "mean with --labels VALUE=CLASS."
    )


def _columns(found: SourceCheck, roles: Roles) -> tuple[str, ...]:
    columns = [f"text {roles.text!r}"]
    columns += [f"second text {roles.text_pair!r}"] if roles.text_pair else []
    columns += [roles.label_words]
    words = f"{found.runnable:,} of {found.rows:,} rows have a text: {', '.join(columns)}."
    return (words,)


def task_of(classifier: TextClassifier, name: str | None = None) -> Task:
    """The named task, or the one that the model was trained for, with the model's labels.

    Raises InputError where it has another number of classes than the model.
    """
    config = classifier.config
    own = (config.recipe or {}).get("task", "custom")
    task = TASKS.get(name or own, TASKS["custom"])
    if task.label_names and not task.is_regression:
        check_fits(classifier, task)
    task = replace(task, label_names=config.label_names)
    if config.answer_kind == "labels":
        return replace(task, metric="micro_f1")
    if config.num_classes == 1:
        task = replace(task, is_regression=True, metric="pearson")
    return task


def check_fits(classifier: TextClassifier, task: Task, data: LabelledTexts | None = None) -> None:
    """Raises InputError where task or data are not of the model's kind."""
    config, name = classifier.config, classifier.name
    if task.num_outputs != config.num_classes:
        raise InputError(
            f"The model {name!r} has {config.num_classes} classes and the data {task.num_outputs}; give data "
            "of the model's own task."
        )
    if data is None:
        return
    if classifier.reads_pairs and data.text_pairs is None:
        raise InputError(f"The model {name!r} compares two texts and the data have one.")
    # Models of others do not say what they read.
    if config.recipe is not None and not classifier.reads_pairs and data.text_pairs is not None:
        raise InputError(f"The model {name!r} reads one text and the data have two.")
