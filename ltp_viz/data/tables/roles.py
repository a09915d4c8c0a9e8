"""Which column of a source table is what."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from ltp_viz.data.errors import InputError

MOST_EXTRAS = 8

# How a row says what it is. "class": one value. "set": names or numbers of labels in one cell. "vector": a 0
# or 1 per label in one cell. "columns": a column of 0 and 1 per label.
LabelForm = Literal["class", "set", "vector", "columns"]


@dataclass(frozen=True)
class Roles:
    """Which column is what, and which class each label value means."""

    text: str
    text_pair: str | None
    label: str | None  # the column of the labels; None: no gold labels, or a column per label
    # label value as written -> class index; of a vector the place from 0, of a column per label its name
    classes: tuple[tuple[str, int], ...]
    extras: tuple[str, ...] = ()  # other columns kept beside the results, at most MOST_EXTRAS
    form: LabelForm = "class"
    columns_per_label: tuple[str, ...] = ()  # of the form "columns"
    separators: str = ""  # characters between the labels of a set
    is_one_of_set: bool = False  # a row is of class 1 where its set holds a label of class 1, else of class 0

    @property
    def texts(self) -> tuple[str, ...]:
        """The column of the texts, or the two of pairs."""
        return (self.text,) if self.text_pair is None else (self.text, self.text_pair)

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The columns that the labels are in; () without gold labels."""
        return self.columns_per_label or (() if self.label is None else (self.label,))

    @property
    def label_words(self) -> str:
        """Where the labels stand, in words."""
        if self.columns_per_label:
            first, last = self.columns_per_label[0], self.columns_per_label[-1]
            return f"labels in {len(self.columns_per_label)} columns, {first!r} to {last!r}"
        return "no labels" if self.label is None else f"labels {self.label!r}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Roles":
        """The opposite of `to_dict`. Raises InputError where something is not as that writes it."""
        try:
            return cls(
                text=_word(told["text"]),
                text_pair=None if told["text_pair"] is None else _word(told["text_pair"]),
                label=None if told["label"] is None else _word(told["label"]),
                classes=tuple((_word(value), int(index)) for value, index in told["classes"]),
                extras=tuple(map(_word, told.get("extras", ()))),
                form=_form(told.get("form", "class")),
                columns_per_label=tuple(map(_word, told.get("columns_per_label", ()))),
                separators=_word(told.get("separators", "")),
                is_one_of_set=bool(told.get("is_one_of_set", False)),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{told!r} does not say which column is what; set the columns again.") from error


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _form(value: Any) -> LabelForm:
    if value not in get_args(LabelForm):
        raise ValueError(value)
    form: LabelForm = value
    return form
