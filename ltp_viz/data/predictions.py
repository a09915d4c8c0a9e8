"""Answers for many texts, without records of how they came about."""

import html
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.core.answers import AnswerKind, answer_text, chosen, probabilities_of
from ltp_viz.extras import require

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 10  # of a notebook's table


@dataclass(frozen=True, eq=False)
class Predictions:
    """Answers for N texts, in their order. `macs` are multiply-accumulates per text. Arrays are read-only."""

    logits: NDArray[np.float32]  # (N, C)
    label_names: tuple[str, ...]  # (C,)
    lengths: NDArray[np.int64]  # (N,) tokens, specials included
    macs: NDArray[np.int64]  # (N,)
    dense_macs: NDArray[np.int64]  # (N,)
    elapsed_s: float  # encoder and head, tokenization left out
    answer_kind: AnswerKind = "class"  # what the logits mean

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    def __len__(self) -> int:
        return len(self.logits)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Of each class by softmax, or of each label by a sigmoid of its own, (N, C); NaN for numbers."""
        return probabilities_of(self.logits, self.answer_kind).astype(np.float32)

    @property
    def labels(self) -> tuple[str, ...]:
        """The likeliest class of each text; all its labels above 0.5, or "none"; its number or numbers."""
        return tuple(answer_text(row, self.label_names, self.answer_kind) for row in self.logits)

    @property
    def label_sets(self) -> tuple[tuple[str, ...], ...]:
        """Names that each answer holds: one class, any number of labels, nothing of a regression."""
        rows = chosen(self.logits, self.answer_kind)
        return tuple(tuple(self.label_names[index] for index in np.flatnonzero(row)) for row in rows)

    def to_frame(self) -> "pd.DataFrame":
        """One row per text: `label`, a column per class with its probability (of a regression its number),
        `tokens`, `macs` and `dense_macs`."""
        require("data", "Predictions.to_frame")
        import pandas as pd

        values = self.logits if self.answer_kind == "numbers" else self.probabilities
        what = "value" if self.answer_kind == "numbers" else "probability"
        columns: dict[str, Any] = {"label": list(self.labels)}
        columns |= {f"{what} {name}": values[:, index] for index, name in enumerate(self.label_names)}
        columns |= {"tokens": self.lengths, "macs": self.macs, "dense_macs": self.dense_macs}
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        share = f", {self.macs.sum() / self.dense_macs.sum():.0%} of the FLOPs" if len(self) else ""
        few = ", ".join(map(repr, self.labels[:3])) + (", ..." if len(self) > 3 else "")
        number = "1 text" if len(self) == 1 else f"{len(self)} texts"
        return f"Predictions({number}: {few}{share})" if len(self) else "Predictions(0 texts)"

    def _repr_html_(self) -> str:
        """For notebooks: a table of the first answers."""
        rows = "".join(
            f"<tr><td>{number}</td><td>{html.escape(label)}</td><td>{length}</td>"
            f"<td>{macs / dense:.0%}</td></tr>"
            for number, (label, length, macs, dense) in enumerate(
                zip(self.labels[:_MOST_ROWS], self.lengths, self.macs, self.dense_macs, strict=False)
            )
        )
        more = f"<p>… {len(self) - _MOST_ROWS:,} more</p>" if len(self) > _MOST_ROWS else ""
        head = "<tr><th></th><th>label</th><th>tokens</th><th>FLOPs</th></tr>"
        return f"<table>{head}{rows}</table>{more}"
