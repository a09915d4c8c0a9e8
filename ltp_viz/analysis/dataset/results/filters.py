"""Filters of a run's rows, and their SQL conditions.

Values never become part of the SQL: they are bound as parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from ltp_viz.core.answers import AnswerKind
from ltp_viz.data.errors import InputError
from ltp_viz.data.label_sets import MOST_LABELS
from ltp_viz.data.tables.roles import MOST_EXTRAS
from ltp_viz.data.text.tokenization import clean_text

Outcome = Literal["lost", "won", "both right", "both wrong", "changed"]
_OUTCOMES: tuple[str, ...] = get_args(Outcome)
_MAX_PATTERN_CHARACTERS = 1000
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class RowFilter:
    """Conditions on rows; a field of None sets no condition. All figures of a page use the same filter.

    Outcomes: "lost" is dense right and pruned wrong, "won" the reverse, "changed" any answer that differs
    from dense's, with or without a gold label. Ranges include both ends. Raises InputError for an invalid
    value.
    """

    pattern: str | None = None  # RE2 regular expression, ignoring case, found in either text
    lengths: tuple[int, int] | None = None  # tokens, special ones included
    gold: int | None = None  # class indices; in a run about sets, the index of a label that the set holds
    dense: int | None = None
    pruned: int | None = None
    outcome: Outcome | None = None
    confidence: tuple[float, float] | None = None  # probability of the pruned answer
    extras: tuple[tuple[str, str], ...] = ()  # column name and value; "" is an empty cell

    def __post_init__(self) -> None:
        if self.pattern is not None and not isinstance(self.pattern, str):
            raise InputError(f"The pattern is {self.pattern!r}; give a regular expression.")
        if self.pattern is not None and len(self.pattern) > _MAX_PATTERN_CHARACTERS:
            raise InputError(
                f"The pattern has {len(self.pattern)} characters; give at most {_MAX_PATTERN_CHARACTERS}."
            )
        _check_range("lengths", self.lengths, int, "two whole numbers from 0, the smaller first")
        _check_range("confidence", self.confidence, (int, float), "two numbers from 0, the smaller first")
        for name in ("gold", "dense", "pruned"):
            value = getattr(self, name)
            if value is not None and not (_is_a(value, int) and 0 <= value <= _LARGEST):
                raise InputError(f"{name} is {value!r}; give the number of a class, from 0.")
        if self.outcome is not None and self.outcome not in _OUTCOMES:
            raise InputError(f"outcome is {self.outcome!r}; give one of {', '.join(_OUTCOMES)}.")
        is_pairs = isinstance(self.extras, tuple) and all(map(_is_two_texts, self.extras))
        if not is_pairs or len(self.extras) > MOST_EXTRAS:
            raise InputError(
                f"extras is {self.extras!r}; give up to {MOST_EXTRAS} pairs of a column's name and a value."
            )

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set, as plain values for links and JSON."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: _with(list, value)
            for name, value in named.items()
            if value not in (None, ()) and value != ""
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RowFilter":
        """Inverse of `to_dict`; ignores unknown names and replaces lone surrogates.

        Raises InputError for an invalid value.
        """
        if not isinstance(values, Mapping):
            raise InputError(f"The filter is {values!r}; give names and values.")
        known = {field.name for field in fields(cls)}
        return cls(**{name: _with(tuple, value) for name, value in values.items() if name in known})


def condition(
    where: RowFilter, scale: int, extras: tuple[str, ...], kind: AnswerKind = "class"
) -> tuple[str, list[Any]]:
    """The SQL condition over the columns of stored results, and the values to bind.

    `scale` is the index of the pruned scale, `extras` the run's extra columns in order. A row without a gold
    label matches no outcome that depends on one. Raises InputError for an unknown extra column.
    """
    terms: list[str] = ["true"]
    values: list[Any] = []

    def add(term: str, *bound: Any) -> None:
        terms.append(f"({term})")
        values.extend(bound)

    pruned = f"label_{scale}"
    if where.pattern:
        pattern = clean_text(where.pattern)
        found = "regexp_matches({}, ?, 'i')"
        add(f"{found.format('text')} OR {found.format('text_pair')}", pattern, pattern)
    if where.lengths is not None:
        add("length BETWEEN ? AND ?", *where.lengths)
    if where.confidence is not None:
        # Confidences are stored in 32 bits; with the cast, an end taken from the results matches its own row.
        add(f"confidence_{scale} BETWEEN CAST(? AS FLOAT) AND CAST(? AS FLOAT)", *where.confidence)
    for column, wanted in (("gold", where.gold), ("label_0", where.dense), (pruned, where.pruned)):
        if wanted is not None and kind == "labels":
            # A link may name any label; one beyond the number's bits is in no set.
            add(f"({column} >> ?) & 1 = 1", min(wanted, MOST_LABELS))
        elif wanted is not None:
            add(f"{column} = ?", wanted)
    if where.outcome is not None:
        add(outcome_terms(scale)[where.outcome])
    for name, value in where.extras:
        add(f"coalesce({extra_column(name, extras)}, '') = ?", clean_text(value))
    return " AND ".join(terms), values


def outcome_of(gold: int, dense: int, pruned: int) -> Outcome:
    """The outcome of a row from its three classes or sets."""
    if dense == gold:
        return "both right" if pruned == gold else "lost"
    return "won" if pruned == gold else "both wrong"


def outcome_terms(scale: int) -> dict[Outcome, str]:
    """The SQL condition of each outcome."""
    dense, pruned = "label_0", f"label_{scale}"
    return {
        "lost": f"{dense} = gold AND {pruned} <> gold",
        "won": f"{dense} <> gold AND {pruned} = gold",
        "both right": f"{dense} = gold AND {pruned} = gold",
        "both wrong": f"{dense} <> gold AND {pruned} <> gold",
        "changed": f"{dense} <> {pruned}",
    }


def extra_column(name: str, extras: tuple[str, ...]) -> str:
    """The results' column for an extra column of the file. Raises InputError if there is none."""
    if name not in extras:
        allowed = (
            f"one of {', '.join(map(repr, extras))}" if extras else "none: the run kept no extra columns"
        )
        raise InputError(f"There is no extra column {name!r} in the results; give {allowed}.")
    return f"extra_{extras.index(name)}"


def _with(kind: type, value: Any) -> Any:
    """Convert nested lists and tuples to `kind`, and replace characters that UTF-8 cannot encode."""
    if isinstance(value, str):
        return clean_text(value)
    return kind(_with(kind, item) for item in value) if isinstance(value, list | tuple) else value


def _check_range(name: str, value: Any, kind: Any, allowed: str) -> None:
    if value is None:
        return
    is_pair = isinstance(value, tuple) and len(value) == 2 and all(_is_a(end, kind) for end in value)
    if not is_pair or not 0 <= value[0] <= value[1] <= _LARGEST:
        raise InputError(f"{name} is {value!r}; give {allowed}.")


def _is_a(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_two_texts(pair: Any) -> bool:
    return isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair)


EVERYTHING = RowFilter()
