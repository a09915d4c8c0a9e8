"""Labelled texts for a model: the task that it was trained for, or another, and whether the data fit it."""

from collections.abc import Sequence
from dataclasses import replace

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.tables.splits import read_evaluation_data
from ltp_viz.data.tables.tasks import TASKS, Task


def read_data_for(
    classifier: TextClassifier,
    source: str,
    split: str,
    task: str | None = None,
    text_columns: Sequence[str] | None = None,
    label_column: str | None = None,
) -> tuple[Task, LabelledTexts]:
    """Labelled texts that the model can be judged on, and their task with its columns resolved.

    Raises InputError where they cannot be read or are not of the model's kind.
    """
    wanted = task_of(classifier, task, text_columns, label_column)
    resolved, data = read_evaluation_data(source, split, wanted)
    check_fits(classifier, resolved, data)
    return resolved, data


def task_of(
    classifier: TextClassifier,
    task: str | None = None,
    text_columns: Sequence[str] | None = None,
    label_column: str | None = None,
) -> Task:
    """The named task, or the model's own, with the model's labels where the task has none."""
    config = classifier.config
    recipe = config.recipe or {}
    own = recipe.get("task", "custom")
    if task not in (None, own):
        recipe = {}  # another task has columns of its own
    found = TASKS.get(task or own, TASKS["custom"])
    columns = tuple(text_columns or recipe.get("text_columns") or ()) or found.text_columns
    found = replace(
        found,
        text_columns=columns,
        label_column=label_column or recipe.get("label_column") or found.label_column,
        label_names=found.label_names or config.label_names,
    )
    if config.num_classes == 1:
        found = replace(found, is_regression=True, metric="pearson")
    return found


def check_fits(classifier: TextClassifier, task: Task, data: LabelledTexts) -> None:
    """Raises InputError where the data are not of the model's kind."""
    config, name = classifier.config, classifier.name
    if task.num_outputs != config.num_classes:
        raise InputError(
            f"The model {name!r} has {config.num_classes} classes and the data {task.num_outputs}; give data "
            "of the model's own task."
        )
    if config.reads_pairs and data.text_pairs is None:
        raise InputError(
            f"The model {name!r} compares two texts and the data have one; name two columns with "
            "--text-columns."
        )
    # Models of others do not say what they read.
    if config.recipe is not None and not config.reads_pairs and data.text_pairs is not None:
        raise InputError(
            f"The model {name!r} reads one text and the data have two, {' and '.join(task.text_columns)}; "
            "name one column with --text-columns."
        )
