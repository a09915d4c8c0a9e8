"""The fate of tokens over many rows: by word, kind of word, position in the text; and survival per layer."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ltp_viz.analysis.dataset.results.database import RunDatabase
from ltp_viz.analysis.dataset.results.filters import RowFilter, outcome_terms
from ltp_viz.analysis.dataset.results.records import Survival
from ltp_viz.analysis.dataset.results.word_classes import CLASSES, token_names, word_classes
from ltp_viz.data.checkpoints.inspection import inspect_checkpoint
from ltp_viz.data.errors import InputError

Grouping = Literal["token", "class", "position", "special"]
POSITIONS = ("first fifth", "second fifth", "third fifth", "fourth fifth", "last fifth")
_OTHER, _LOST, _BOTH_RIGHT, _WON = range(4)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The tokens of a model, by id; `tokens` in readable form."""

    tokens: tuple[str, ...]
    classes: tuple[str, ...]  # of `word_classes`
    specials: tuple[int, ...]


@lru_cache(maxsize=4)
def vocabulary(model: str, fingerprint: str) -> Vocabulary:
    """Vocabulary of a model folder or hub name; `fingerprint` keeps the cache from serving a changed model.

    Raises InputError if the model is no longer available.
    """
    tokenizer = inspect_checkpoint(model).tokenizer
    ids = range(len(tokenizer))
    tokens = tuple(
        token or f"[{i}]" for i, token in zip(ids, tokenizer.convert_ids_to_tokens(list(ids)), strict=True)
    )
    specials = set(tokenizer.all_special_tokens)
    names, classes = token_names(tokens, specials), word_classes(tokens, specials)
    return Vocabulary(names, classes, tuple(tokenizer.all_special_ids))


def token_fate(
    database: RunDatabase, where: RowFilter, scale: int, by: Grouping, limit: int, least: int
) -> pd.DataFrame:
    """See `RunResults.token_fate`."""
    if by not in get_args(Grouping):
        raise InputError(f"by is {by!r}; give one of {', '.join(get_args(Grouping))}.")
    condition, values = database.condition(where, scale)
    words = vocabulary(database.spec.model, database.spec.model_fingerprint)
    names = words.tokens
    if by == "position":
        counts, names = _by_position(database, condition, values, scale, words), POSITIONS
    else:
        counts = _by_token(database, condition, values, scale)
    if by == "special":
        counts = counts[:, np.isin(counts[0], words.specials)]
    if by == "class":
        counts[0], names = np.array([CLASSES.index(name) for name in words.classes])[counts[0]], CLASSES

    groups, group = np.unique(counts[0], return_inverse=True)
    _, depth, outcome, tokens = counts
    counts = np.zeros((len(groups), database.num_layers + 1, 4), dtype=np.int64)  # by depth and outcome
    np.add.at(counts, (group, depth, outcome), tokens)
    sizes = counts.sum((1, 2))
    order = np.arange(len(groups)) if by == "position" else np.argsort(-sizes, kind="stable")
    order = order[sizes[order] >= least][:limit]
    return _described([names[i] for i in groups[order]], counts[order])


def survival(database: RunDatabase, where: RowFilter, scale: int) -> Survival:
    """See `RunResults.survival`."""
    condition, values = database.condition(where, scale)
    tokens = database.fetch(
        f"SELECT depth, outcome, count(*) FROM (SELECT unnest(depths_{scale}) AS depth, "
        f"{_outcome(scale)} AS outcome FROM results {condition}) GROUP BY ALL",
        values,
    )
    rows = database.fetch(f"SELECT {_outcome(scale)}, count(*) FROM results {condition} GROUP BY ALL", values)
    by_depth = np.zeros((database.num_layers + 1, 4), dtype=np.int64)
    for depth, outcome, count in tokens:
        by_depth[depth, outcome] = count
    by_outcome = np.zeros(4, dtype=np.int64)
    for outcome, count in rows:
        by_outcome[outcome] = count
    outcomes = {"all": [_OTHER, _LOST, _BOTH_RIGHT, _WON], "right": [_BOTH_RIGHT, _WON], "lost": [_LOST]}
    alive = {name: _alive(by_depth[:, chosen].sum(1)) for name, chosen in outcomes.items()}
    sizes = {name: int(by_outcome[chosen].sum()) for name, chosen in outcomes.items()}
    return Survival(
        all_rows=alive["all"],
        right=alive["right"],
        lost=alive["lost"],
        rows=(sizes["all"], sizes["right"], sizes["lost"]),
    )


def _outcome(scale: int) -> str:
    """The SQL expression of a row's outcome, as one byte because every token of the row carries it."""
    terms = outcome_terms(scale)
    return (
        f"(CASE WHEN {terms['lost']} THEN {_LOST} WHEN {terms['both right']} THEN {_BOTH_RIGHT} "
        f"WHEN {terms['won']} THEN {_WON} ELSE {_OTHER} END)::UTINYINT"
    )


def _by_token(database: RunDatabase, condition: str, values: list[Any], scale: int) -> NDArray[np.int64]:
    """Token id, depth, outcome, and the number of tokens with all three."""
    return _count_tokens(
        database,
        "SELECT token, depth, outcome, count(*) FROM ("
        f"SELECT unnest(token_ids) AS token, unnest(depths_{scale}) AS depth, {_outcome(scale)} AS outcome "
        f"FROM results {condition}) GROUP BY ALL",
        values,
    )


def _by_position(
    database: RunDatabase, condition: str, values: list[Any], scale: int, words: Vocabulary
) -> NDArray[np.int64]:
    """Fifth of the text (0 to 4), depth, outcome, and number of tokens; without special tokens at the ends.

    A token belongs to the fifth that contains its middle.
    """
    database.set("specials", list(words.specials))
    first, last = (f"list_contains(getvariable('specials'), token_ids[{end}])::INTEGER" for end in (1, -1))
    return _count_tokens(
        database,
        # Slicing off the ends takes half the time of checking every token's id.
        "SELECT (2 * position + 1) * 5 // (2 * tokens) AS fifth, depth, outcome, count(*) FROM ("
        "SELECT unnest(inner_depths) AS depth, unnest(range(len(inner_depths))) AS position, "
        "len(inner_depths) AS tokens, outcome FROM ("
        f"SELECT depths_{scale}[1 + {first} : length - {last}] AS inner_depths, {_outcome(scale)} AS outcome "
        f"FROM results {condition})) GROUP BY ALL",
        values,
    )


def _count_tokens(database: RunDatabase, sql: str, values: list[Any]) -> NDArray[np.int64]:
    """The rows of a query with four integer columns, (4, M)."""
    return np.array(database.fetch(sql, values), dtype=np.int64).reshape(-1, 4).T


def _described(names: list[str], counts: NDArray[np.int64]) -> pd.DataFrame:
    """The table of groups from token counts by group, depth 0 to L and outcome, (G, 1 + L, 4)."""
    layers = counts.shape[1] - 1
    tokens, by_depth = counts.sum((1, 2)), counts.sum(2)
    share = by_depth / np.maximum(tokens, 1)[:, None]
    depths = np.arange(layers + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        missed = layers - np.einsum("gdo,d->go", counts, depths) / counts.sum(1)  # (G, 4) mean layers
        lift = missed[:, _LOST] / missed[:, _BOTH_RIGHT]
    return pd.DataFrame(
        {
            "group": names,
            "tokens": tokens,
            "mean_depth": share @ depths,
            "survive": share[:, layers],
            **{f"dropped_{layer + 1}": share[:, layer] for layer in range(layers)},
            "lost_tokens": counts[:, :, _LOST].sum(1),
            "lift": np.where(np.isfinite(lift), lift, np.nan),
        }
    )


def _alive(by_depth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share kept after each layer, (L,), from the numbers of tokens that survive 0 to L layers."""
    tokens = by_depth.sum()
    # A token is kept after layer l (from 0) if it survives more than l layers.
    alive = tokens - np.cumsum(by_depth)[:-1]
    return alive / tokens if tokens else np.full(len(alive), np.nan)
