"""The roles of a table's columns as a person named them, the rest guessed: one function for every command."""

from collections.abc import Sequence

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.guessed_roles import (
    classes_of_column,
    guess_roles,
    has_usual_pairs,
    no_column,
    usual_second,
)
from ltp_viz.data.tables.reading import ReadingOptions
from ltp_viz.data.tables.roles import MOST_EXTRAS, Roles
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.data.tables.tasks import TASKS


def reads_pairs_of(classifier: TextClassifier, table: SourceTable) -> bool:
    """Whether the model is to read pairs of this table.

    Models trained here say what they read; of others, two columns with the usual names of pairs decide too.
    """
    return classifier.reads_pairs or (classifier.config.recipe is None and has_usual_pairs(table))


def guessed_roles_for(classifier: TextClassifier, table: SourceTable, task: str = "") -> Roles:
    """All roles guessed, with the columns of the model's own data first, or those of another known task."""
    recipe = classifier.config.recipe or {}
    own = recipe.get("task", "custom")
    if task not in ("", own):
        recipe = {}  # another task has columns of its own
    known = TASKS.get(task or own, TASKS["custom"])
    return guess_roles(
        table,
        classifier.labels,
        reads_pairs_of(classifier, table),
        tuple(recipe.get("text_columns") or ()) or known.text_columns,
        recipe.get("label_column") or known.label_column,
    )


def chosen_roles(
    classifier: TextClassifier, table: SourceTable, options: ReadingOptions, task: str = ""
) -> Roles:
    """The roles that the options name, the rest guessed. Raises InputError where they cannot be."""
    config, names = classifier.config, classifier.labels
    if len(options.text_columns) > 2:
        raise InputError(
            f"--text-columns names {len(options.text_columns)} columns; give one, or two for pairs."
        )
    texts = [_present(table, name) for name in options.text_columns]
    guessed = guessed_roles_for(classifier, table, task)
    if not options.text_columns:
        second = usual_second(table, guessed.text)
        texts = [name for name in (guessed.text, guessed.text_pair or second) if name is not None]
    if classifier.reads_pairs and len(texts) == 1:
        raise InputError(
            f"The model {classifier.name!r} compares two texts and the data have one; name two columns with "
            "--text-columns."
        )
    # Models of others do not say what they read.
    if config.recipe is not None and not classifier.reads_pairs and len(texts) == 2:
        raise InputError(
            f"The model {classifier.name!r} reads one text and the data have two, {' and '.join(texts)}; "
            "name one column with --text-columns."
        )
    label = _present(table, options.label_column) if options.label_column else guessed.label
    label = None if label in texts and not options.label_column else label
    classes: tuple[tuple[str, int], ...] = ()
    if label is not None:
        given = dict(class_of(pair, names) for pair in options.labels)
        classes = tuple((dict(classes_of_column(table, label, names)) | given).items())
    elif options.labels:
        raise InputError("--labels is given but no column of labels is known; name it with --label-column.")
    others = [column for column in table.columns if column not in (*texts, label)]
    return Roles(texts[0], texts[1] if len(texts) == 2 else None, label, classes, tuple(others[:MOST_EXTRAS]))


def _present(table: SourceTable, name: str) -> str:
    """The column of this name, whatever its case. Raises InputError where there is none."""
    for column in table.columns:
        if column.lower() == name.lower():
            return column
    raise InputError(no_column(table, name))


def class_of(pair: str, names: Sequence[str]) -> tuple[str, int]:
    """The value and the class that VALUE=CLASS says. Raises InputError where the class is none of `names`."""
    value, equals, meant = pair.rpartition("=")
    known = {str(index): index for index in range(len(names))}
    known |= {name.casefold(): index for index, name in enumerate(names)}
    if not equals or meant.casefold() not in known:
        raise InputError(
            f"--labels holds {pair!r}; give VALUE=CLASS with a class out of {', '.join(names)} or 0 to "
            f"{len(names) - 1}."
        )
    return value, known[meant.casefold()]
