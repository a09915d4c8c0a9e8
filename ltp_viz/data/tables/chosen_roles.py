"""The roles of a table's columns as a person named them, the rest guessed: one function for every command."""

from collections.abc import Sequence
from dataclasses import replace

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import class_of
from ltp_viz.data.tables.guessed_roles import (
    SetsOfLabels,
    classes_of_column,
    guess_roles,
    has_no_other,
    has_usual_pairs,
    nested_texts,
    no_column,
    usual_second,
)
from ltp_viz.data.tables.label_sets import LabelColumns, columns_per_label, sets_of_column
from ltp_viz.data.tables.reading import ReadingOptions
from ltp_viz.data.tables.roles import MOST_EXTRAS, Roles
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.data.tables.tasks import TASKS


def reads_pairs_of(classifier: TextClassifier, table: SourceTable) -> bool:
    """Whether the model is to read pairs of this table.

    A person's word decides (`--pairs`, `--single`, the page's switch). Models trained here say what they
    read; of others, two columns with the usual names of pairs decide too.
    """
    if classifier.reads_pairs_by_wish is not None:
        return classifier.reads_pairs_by_wish
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
        sets_of(classifier),
    )


def own_text_columns(classifier: TextClassifier) -> tuple[str, ...]:
    """The columns of the texts that the model was trained on; () where nothing says them."""
    return tuple((classifier.config.recipe or {}).get("text_columns") or ())


def sets_of(classifier: TextClassifier) -> SetsOfLabels | None:
    """The labels whose sets a file for this model may hold; None for a model of classes or numbers."""
    if classifier.config.answer_kind == "labels":
        return SetsOfLabels(classifier.labels)
    return SetsOfLabels(classifier.one_of, classifier.output) if classifier.one_of else None


def labels_in_column(classifier: TextClassifier, table: SourceTable, column: str) -> LabelColumns:
    """How one column says what a row is, for this model. Raises InputError where it holds no labels."""
    sets = sets_of(classifier)
    if sets is None or column not in table.list_columns:
        classes = classes_of_column(table, column, classifier.labels)
        if sets is None or (sets.one is not None and has_no_other(table, column, classes)):
            return LabelColumns("class", (column,), classes)
    found = sets_of_column(table, column, sets.names)
    return found if sets.one is None else found.about(sets.one)


def labels_per_column(classifier: TextClassifier, table: SourceTable) -> LabelColumns | None:
    """The columns of 0 and 1 for every label of a multi-label model; None where the table has not all."""
    sets = sets_of(classifier)
    found = None if sets is None else columns_per_label(table, sets.names)
    return found if found is None or sets is None or sets.one is None else found.about(sets.one)


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
        if guessed.text not in own_text_columns(classifier) and (message := nested_texts(table)):
            raise InputError(f"{message} with --text-columns.")
        # A person's word that the model reads single texts leaves the second of two usual columns out.
        second = None if classifier.reads_pairs_by_wish is False else usual_second(table, guessed.text)
        texts = [name for name in (guessed.text, guessed.text_pair or second) if name is not None]
    if classifier.reads_pairs and len(texts) == 1:
        raise InputError(
            f"The model {classifier.name!r} compares two texts and the data have one; name two columns with "
            "--text-columns."
        )
    # Models of others do not say what they read.
    says_single = config.recipe is not None or classifier.reads_pairs_by_wish is False
    if says_single and not classifier.reads_pairs and len(texts) == 2:
        raise InputError(
            f"The model {classifier.name!r} reads one text and the data have two, {' and '.join(texts)}; "
            "name one column with --text-columns."
        )
    if options.label_column:
        lists = () if sets_of(classifier) is None else table.list_columns
        column = _present(table, options.label_column, lists)
        guessed = replace(guessed, **labels_in_column(classifier, table, column).in_roles())
    elif set(guessed.label_columns) & set(texts):
        guessed = replace(guessed, label=None, classes=(), form="class", columns_per_label=())
    if options.labels and not guessed.label_columns:
        raise InputError("--labels is given but no column of labels is known; name it with --label-column.")
    others = [column for column in table.columns if column not in (*texts, *guessed.label_columns)]
    return replace(
        guessed,
        text=texts[0],
        text_pair=texts[1] if len(texts) == 2 else None,
        classes=_with_given(guessed, options.labels, names),
        extras=tuple(others[:MOST_EXTRAS]),
    )


def _with_given(roles: Roles, labels: Sequence[str], names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """The classes of the roles, where those that `--labels` says come first."""
    classes = dict(roles.classes)
    given = dict(class_of(pair, names) for pair in labels)
    strange = [value for value in given if value not in classes]
    if strange and roles.form in ("vector", "columns"):
        raise InputError(
            f"--labels names {strange[0]!r}, and the labels of this file are called {', '.join(classes)}; "
            "give one of these."
        )
    return tuple((classes | given).items())


def _present(table: SourceTable, name: str, lists: Sequence[str] = ()) -> str:
    """The column of this name, whatever its case. Raises InputError where there is none."""
    for column in (*table.columns, *lists):
        if column.lower() == name.lower():
            return column
    raise InputError(no_column(table, name))
