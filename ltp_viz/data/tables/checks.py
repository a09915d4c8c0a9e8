"""What a source table holds under chosen roles: what can be run, what is missing, what will be cut."""

from collections import Counter
from dataclasses import dataclass

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.guessed_roles import no_column
from ltp_viz.data.tables.label_sets import label_rows
from ltp_viz.data.tables.queries import ask, quoted
from ltp_viz.data.tables.roles import MOST_EXTRAS, Roles
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.data.text.tokenization import tokenized_rows


@dataclass(frozen=True)
class SourceCheck:
    """Counts of rows; labels are counted among the runnable ones only."""

    rows: int
    runnable: int  # rows with a text, or with both of a pair
    without_text: int
    without_label: int  # 0 where no column holds labels
    # values that mean no class, with their rows, most frequent first and at most `most_unknown` of them
    unknown_labels: tuple[tuple[str, int], ...]
    unknown_rows: int = 0  # rows of all such values
    unknown_values: int = 0  # how many such values there are


def check(table: SourceTable, roles: Roles, most_unknown: int = 20) -> SourceCheck:
    """Count what a run would find. Raises InputError where the roles cannot be, or nothing can be run."""
    _check_roles(table, roles)
    texts = roles.texts
    has_text = " AND ".join(f"{quoted(text)} IS NOT NULL" for text in texts)
    label = "NULL" if roles.label is None or roles.form != "class" else quoted(roles.label)
    counts = f"count(*), count(*) FILTER ({label} IS NULL)"
    runnable, unlabelled = ask(table.path, f"SELECT {counts} FROM t WHERE {has_text}")[0]
    if not runnable:
        where = " and ".join(map(repr, texts))
        raise InputError(f"No row of {table.name} has a text in {where}; choose the column of the texts.")
    if roles.form != "class":
        return _check_sets(table, roles, runnable, most_unknown)
    unknown: list[tuple[str, int]] = []
    unknown_values = unknown_rows = 0
    if roles.label is not None:
        where = f"{has_text} AND {label} IS NOT NULL AND NOT list_contains(?::VARCHAR[], {label})"
        known = [value for value, _ in roles.classes]
        unknown = ask(
            table.path,
            f"SELECT {label}, count(*) FROM t WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
            [known, most_unknown],
        )
        counts = f"count(DISTINCT {label}), count(*)"
        [(unknown_values, unknown_rows)] = ask(table.path, f"SELECT {counts} FROM t WHERE {where}", [known])
    return SourceCheck(
        rows=table.rows,
        runnable=runnable,
        without_text=table.rows - runnable,
        without_label=0 if roles.label is None else unlabelled,
        unknown_labels=tuple(unknown),
        unknown_rows=unknown_rows,
        unknown_values=unknown_values,
    )


def _check_sets(table: SourceTable, roles: Roles, runnable: int, most_unknown: int) -> SourceCheck:
    """The same counts of sets of labels, where a row with one unknown label is a row of unknown label."""
    known = {value for value, _ in roles.classes}
    unknown: Counter[str] = Counter()
    unlabelled = unknown_rows = 0
    for labels, rows in label_rows(table, roles):
        if labels is None:
            unlabelled += rows
        elif strange := set(labels) - known:
            unknown_rows += rows
            unknown.update(dict.fromkeys(strange, rows))
    listed = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    return SourceCheck(
        rows=table.rows,
        runnable=runnable,
        without_text=table.rows - runnable,
        without_label=unlabelled,
        unknown_labels=tuple(listed[:most_unknown]),
        unknown_rows=unknown_rows,
        unknown_values=len(unknown),
    )


def _check_roles(table: SourceTable, roles: Roles) -> None:
    if len(roles.extras) > MOST_EXTRAS:
        raise InputError(
            f"{len(roles.extras)} columns are chosen to be kept beside the results; choose "
            f"{MOST_EXTRAS} at most."
        )
    used: set[str] = set()
    for column in (*roles.texts, *roles.label_columns, *roles.extras):
        is_list = column in roles.label_columns and column in table.list_columns and roles.form != "class"
        if not (is_list or column in table.columns):
            raise InputError(no_column(table, column))
        if column in used:
            raise InputError(f"Column {column!r} is chosen twice; choose another for one of its uses.")
        used.add(column)
    meant: dict[str, int] = {}
    for value, index in roles.classes:
        if index < 0 or meant.setdefault(value, index) != index:
            raise InputError(f"The label {value!r} must mean one class, 0 or more; {index} cannot be it.")


def cut_share(table: SourceTable, roles: Roles, classifier: TextClassifier, sample: int = 1000) -> float:
    """Share, 0 to 1, of a sample spread over the table whose texts are longer than the model reads.

    Raises InputError where the roles cannot be.
    """
    _check_roles(table, roles)
    columns = [quoted(column) for column in roles.texts]
    # A text far beyond what the model reads need not be tokenized whole to be known as cut.
    enough = 64 * classifier.config.max_text_tokens
    selected = ", ".join(f"left({column}, {enough})" for column in columns)
    has_text = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    step = -(-table.rows // sample)
    rows = ask(table.path, f"SELECT {selected} FROM t WHERE row % ? = 0 AND {has_text}", [step])
    if not rows:
        return 0.0
    texts, *pairs = zip(*rows, strict=True)
    # No text of so many characters has as many tokens: nothing is cut here.
    read = tokenized_rows(classifier.tokenizer, texts, pairs[0] if pairs else None, 8 * enough)
    most = classifier.config.max_text_tokens
    return sum(len(row["input_ids"]) > most for row in read) / len(read)
