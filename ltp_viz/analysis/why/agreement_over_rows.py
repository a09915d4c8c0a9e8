"""Agreement of attribution and survival over many texts: one record per text, and summaries."""

import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ltp_viz.analysis.dataset.results.database import RunDatabase
from ltp_viz.analysis.dataset.results.filters import RowFilter, outcome_of
from ltp_viz.analysis.stats import Estimate
from ltp_viz.analysis.why.agreement import mean_with_interval, mismatches, rank_agreement
from ltp_viz.analysis.why.explanation import PREDICTIONS, Method, Prediction, explain, words_of
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.label_sets import answer_codes
from ltp_viz.data.tables.datasets import even_rows

OTHER = "no label"
_OUTCOMES = ("both right", "lost", "won", "both wrong", OTHER)
_MEMORY = "256MB"


@dataclass(frozen=True)
class ChosenText:
    """A text to explain, with its row in the file, from 1, and its gold class or set of labels, if known, as
    a number (`data.label_sets`)."""

    row: int
    text: str
    text_pair: str | None = None
    gold: int | None = None


@dataclass(frozen=True)
class TextAgreement:
    """Figures of one text for the pruned and the dense prediction. NaN for undefined values.

    `outcome`: "both right", "lost" (pruning turns it wrong), "won", "both wrong" or "no label".
    """

    row: int
    outcome: str
    tokens: int
    words: tuple[str, ...]  # lower case, without repetitions
    rho: dict[Prediction, float]
    undefined: str  # why a correlation is undefined
    delta: dict[Prediction, float]  # convergence delta of integrated gradients
    difference: dict[Prediction, float]  # the attributed difference of logits
    early: dict[Prediction, tuple[str, ...]]  # important but dropped early, lower case
    late: dict[Prediction, tuple[str, ...]]  # kept but unimportant
    elapsed_s: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the words of the text; undefined values are None."""
        record = {name: value for name, value in asdict(self).items() if name != "words"}
        for name in ("rho", "delta", "difference"):
            record[name] = {side: _or_none(value) for side, value in record[name].items()}
        return record


@dataclass(frozen=True)
class AgreementSummary:
    """Figures over texts. `by_outcome`: name, texts with a correlation, and their mean."""

    texts: int
    defined: int  # texts with a correlation
    mean: Estimate
    by_outcome: tuple[tuple[str, int, Estimate], ...]


@dataclass(frozen=True)
class DeltaSummary:
    """Convergence deltas over texts: sizes in logits, and as shares of the difference."""

    mean: float
    median: float
    largest: float
    mean_share: float
    median_share: float
    largest_share: float


def agreements(
    classifier: TextClassifier,
    texts: Iterable[ChosenText],
    rule: ReductionRule,
    method: Method,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    advance: Callable[[float], None] = lambda share: None,
) -> Iterator[TextAgreement]:
    """Explain the texts one by one, each in a separate turn. `advance` receives the progress on the current
    text.

    Texts in which the model finds no word are skipped.
    """
    kind = classifier.config.answer_kind
    for each in texts:
        with turn():
            started = time.perf_counter()
            source = classifier.tokenize(each.text, each.text_pair)
            if not words_of(source):
                continue
            found = explain(classifier, source, rule, (method,), advance)
            elapsed_s = time.perf_counter() - started
        spelled = [word.text.lower() for word in found.words]
        values = {side: found.values(method, side) for side in PREDICTIONS}
        ranks = {side: rank_agreement(values[side], found.depths) for side in PREDICTIONS}
        lists = {side: mismatches(values[side], found.depths, found.num_layers) for side in PREDICTIONS}
        paths = {side: found.of(side).path for side in PREDICTIONS}
        dense, pruned = (int(answer_codes(side.logits, kind)) for side in (found.dense, found.pruned))
        yield TextAgreement(
            row=each.row,
            outcome=OTHER if each.gold is None else outcome_of(each.gold, dense, pruned),
            tokens=len(source.tokens),
            words=tuple(dict.fromkeys(spelled)),
            rho={side: ranks[side].rho for side in PREDICTIONS},
            undefined=next((ranks[side].undefined for side in PREDICTIONS if ranks[side].undefined), ""),
            delta={side: math.nan if path is None else path.delta for side, path in paths.items()},
            difference={side: math.nan if path is None else path.difference for side, path in paths.items()},
            early={side: _named(lists[side].early, spelled) for side in PREDICTIONS},
            late={side: _named(lists[side].late, spelled) for side in PREDICTIONS},
            elapsed_s=elapsed_s,
        )


def summary(records: Sequence[TextAgreement], prediction: Prediction) -> AgreementSummary:
    """Mean correlation over all texts, and over those of each outcome that occurs."""
    parts = []
    for name in _OUTCOMES:
        own = [record.rho[prediction] for record in records if record.outcome == name]
        defined = sum(not math.isnan(rho) for rho in own)
        if own:
            parts.append((name, defined, mean_with_interval(own)))
    rhos = [record.rho[prediction] for record in records]
    defined = sum(not math.isnan(rho) for rho in rhos)
    return AgreementSummary(len(records), defined, mean_with_interval(rhos), tuple(parts))


def deltas(records: Sequence[TextAgreement], prediction: Prediction) -> DeltaSummary | None:
    """Convergence deltas; None if integrated gradients were not requested."""
    sizes = [abs(record.delta[prediction]) for record in records]
    known = [size for size in sizes if not math.isnan(size)]
    if not known:
        return None
    shares = [
        abs(record.delta[prediction] / record.difference[prediction])
        for record in records
        if record.difference[prediction]
    ]
    return DeltaSummary(*_middle_and_end(known), *_middle_and_end(shares))


def most_often_early(records: Sequence[TextAgreement], prediction: Prediction) -> list[tuple[str, int, int]]:
    """Words listed as important but dropped early in at least two texts, most frequent first: word, number of
    texts where it is listed, number of texts that contain it."""
    listed = Counter(word for record in records for word in set(record.early[prediction]))
    there = Counter(word for record in records for word in record.words)
    found = [(word, count, there[word]) for word, count in listed.items() if count >= 2]
    return sorted(found, key=lambda each: (-each[1], -each[1] / each[2], each[0]))


def evenly_chosen(folder: Path, where: RowFilter, scale: int, most: int) -> list[ChosenText]:
    """At most `most` of the filtered rows, chosen evenly, in order.

    Raises InputError for an invalid filter.
    """
    table = RunDatabase(folder, _MEMORY)
    condition, values = table.condition(where, scale)
    total = int(table.fetch(f"SELECT count(*) FROM results {condition}", values)[0][0])
    rows = table.fetch(
        "SELECT row, text, text_pair, gold FROM (SELECT row, text, text_pair, gold, "
        f"row_number() OVER (ORDER BY row) - 1 AS place FROM results {condition}) "
        "WHERE place % ? = 0 ORDER BY row",
        [*values, even_rows(total, most).step],
    )
    return [ChosenText(int(row), text, pair, gold) for row, text, pair, gold in rows]


def chosen_count(total: int, most: int) -> int:
    """Number of rows that `evenly_chosen` returns of `total`."""
    return len(even_rows(total, most))


def _named(listed: Sequence[Any], spelled: Sequence[str]) -> tuple[str, ...]:
    return tuple(spelled[each.word] for each in listed)


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _middle_and_end(values: Sequence[float]) -> tuple[float, float, float]:
    if not values:  # NaN shares, if no text moves the score
        return math.nan, math.nan, math.nan
    return statistics.mean(values), statistics.median(values), max(values)
