"""The record of one pruned run: made once, frozen, read by everything that shows or exports it."""

import json
import reprlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ltp_viz.core.answers import ANSWER_KINDS, AnswerKind, answer_text, chosen, probabilities_of
from ltp_viz.core.forced import ForcedTokens
from ltp_viz.core.trace_html import trace_html
from ltp_viz.extras import require

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 4
_NOT_A_RECORD = "This is not a trace as `Trace.to_json` writes it"


@dataclass(frozen=True)
class TokenizedText:
    """One text, or pair of texts, as the model reads it: n tokens, specials included.

    `spans` are character ranges in the token's own text (`text`, or `text_pair` where the segment is 1);
    `spans` and `word_ids` are None for specials. `token_type_ids` is what the tokenizer gives the model's
    segment embedding, None where it gives nothing: RoBERTa's segments differ and its model sees none.
    `total_tokens` counts the tokens before truncation, which leaves out those at `truncation_side`.
    """

    text: str
    text_pair: str | None
    input_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int] | None, ...]
    word_ids: tuple[int | None, ...]
    segments: tuple[int, ...]
    total_tokens: int
    token_type_ids: tuple[int, ...] | None = None
    truncation_side: str = "right"

    @property
    def truncated(self) -> bool:
        """Whether the model reads less than the text holds."""
        return self.total_tokens > len(self.tokens)

    @property
    def row(self) -> dict[str, list[int]]:
        """What the model is given: ids and, where the tokenizer makes them, segment ids, n each."""
        ids = {"input_ids": list(self.input_ids)}
        kinds = self.token_type_ids
        return ids if kinds is None else {**ids, "token_type_ids": list(kinds)}


@dataclass(frozen=True, eq=False)
class Trace:
    """What each layer did to each token of one text. Shapes: L layers, n tokens, C classes.

    Arrays are read-only. `attention_lengths` counts tokens before a layer's drop, `feed_forward_lengths`
    after it. `layer_macs` holds the attention and the feed-forward part; FLOPs are twice the MACs.
    """

    source: TokenizedText
    scores: NDArray[np.float32]  # (L, n) NaN once a token is dropped
    keep: NDArray[np.bool_]  # (L, n) alive after the layer
    # (L,) effective: global_scale * layer_scale * learned; empty under another rule
    thresholds: tuple[float, ...]
    learned_thresholds: tuple[float, ...]  # (L,)
    thresholds_learned: bool  # False for a checkpoint whose thresholds no training has set
    global_scale: float
    layer_scales: tuple[float, ...]  # (L,)
    layer_macs: NDArray[np.int64]  # (L, 2)
    dense_layer_macs: NDArray[np.int64]  # (L, 2)
    logits: NDArray[np.float32]  # (C,)
    labels: tuple[str, ...]  # C names
    elapsed_s: float  # encoder and head; shorter where layers of an earlier run were reused
    forced_keep: tuple[int, ...] = ()  # positions that no layer was allowed to drop
    forced_drop: tuple[int, ...] = ()  # positions that the first layer dropped whatever their scores
    rule: str = ""  # what decided, with its settings; empty: the thresholds above
    # (L, n) after each layer, position of the token that carries each one, -1 dropped; None: nothing merged
    merged: NDArray[np.int64] | None = None
    answer_kind: AnswerKind = "class"  # what the logits mean

    def __post_init__(self) -> None:
        if len(self.labels) == 1:  # one output cannot be a choice
            object.__setattr__(self, "answer_kind", "numbers")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Read-only after pickle and copy too, which restore arrays that can be written."""
        self.__dict__.update(state)
        self.__post_init__()

    def __repr__(self) -> str:
        tokens = len(self.tokens)
        return (
            f"Trace({reprlib.repr(self.text)}, label={self.label!r}, "
            f"{int(self.keep[-1].sum())} of {tokens} tokens after {self.num_layers} layers, "
            f"{self.macs / self.dense_macs:.0%} of the FLOPs)"
        )

    def _repr_html_(self) -> str:
        """For notebooks: the text with each token shaded by the layers it survives, and the answer."""
        return trace_html(self)

    @property
    def text(self) -> str:
        """The text, or the first of a pair."""
        return self.source.text

    @property
    def text_pair(self) -> str | None:
        """The second text of a pair."""
        return self.source.text_pair

    @property
    def input_ids(self) -> tuple[int, ...]:
        """Vocabulary ids, n."""
        return self.source.input_ids

    @property
    def tokens(self) -> tuple[str, ...]:
        """Vocabulary entries, n."""
        return self.source.tokens

    @property
    def spans(self) -> tuple[tuple[int, int] | None, ...]:
        """Character range of each token in its text, n."""
        return self.source.spans

    @property
    def word_ids(self) -> tuple[int | None, ...]:
        """Word that a token belongs to, counted per segment, n."""
        return self.source.word_ids

    @property
    def segments(self) -> tuple[int, ...]:
        """0 for the first text, 1 for the second, n."""
        return self.source.segments

    @property
    def total_tokens(self) -> int:
        """Tokens of the text before truncation."""
        return self.source.total_tokens

    @property
    def truncated(self) -> bool:
        """Whether the model reads less than the text holds."""
        return self.source.truncated

    @property
    def forced(self) -> ForcedTokens:
        """The tokens that were decided beforehand."""
        return ForcedTokens(self.forced_keep, self.forced_drop)

    @property
    def num_layers(self) -> int:
        """L."""
        return len(self.keep)

    @property
    def carriers(self) -> NDArray[np.int64]:
        """Position of the token that carries each one after each layer, (L, n); -1 where it is dropped."""
        if self.merged is not None:
            return self.merged
        return np.where(self.keep, np.arange(len(self.tokens)), -1)

    def sources(self, layer: int, position: int) -> tuple[int, ...]:
        """Positions of all tokens that the token at `position` carries after a layer, itself among them."""
        return tuple(np.flatnonzero(self.carriers[layer] == position).tolist())

    @property
    def attention_lengths(self) -> NDArray[np.int64]:
        """Tokens that enter each layer, (L,)."""
        return np.concatenate([[len(self.tokens)], self.feed_forward_lengths[:-1]])

    @property
    def feed_forward_lengths(self) -> NDArray[np.int64]:
        """Tokens that leave each layer, (L,)."""
        return np.asarray(self.keep.sum(1), dtype=np.int64)

    @property
    def survival_depth(self) -> NDArray[np.int64]:
        """Layers that each token survived, (n,), 0 to L."""
        return np.asarray(self.keep.sum(0), dtype=np.int64)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the pruned encoder."""
        return int(self.layer_macs.sum())

    @property
    def dense_macs(self) -> int:
        """Multiply-accumulates of the same text without pruning."""
        return int(self.dense_layer_macs.sum())

    @property
    def is_regression(self) -> bool:
        """Whether the answer is one or more numbers, the logits themselves, and not classes or labels."""
        return self.answer_kind == "numbers"

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Of each class by softmax, or of each label by a sigmoid of its own, (C,); NaN for numbers."""
        return probabilities_of(self.logits, self.answer_kind)

    @property
    def label(self) -> str:
        """Name of the predicted class; all labels above 0.5, or "none"; the number or numbers."""
        return answer_text(self.logits, self.labels, self.answer_kind)

    @property
    def predicted_labels(self) -> tuple[str, ...]:
        """Names that the answer holds: one class, any number of labels, nothing of a regression."""
        return tuple(self.labels[index] for index in np.flatnonzero(chosen(self.logits, self.answer_kind)))

    def to_json(self) -> str:
        """The record as JSON; `Trace.from_json` reads it back unchanged."""
        record: dict[str, Any] = {"schema": SCHEMA_VERSION}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, TokenizedText):
                value = {part.name: getattr(value, part.name) for part in fields(value)}
            elif field.name == "scores":
                value = [[None if np.isnan(score) else float(score) for score in row] for row in value]
            elif isinstance(value, np.ndarray):
                value = value.tolist()
            record[field.name] = value
        return json.dumps(record, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Trace":
        """Inverse of `to_json`. Raises ValueError for anything else."""
        try:
            record = json.loads(text)
            schema = record.pop("schema")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{_NOT_A_RECORD}.") from error
        if schema != SCHEMA_VERSION:
            raise ValueError(f"This trace has schema {schema!r}; this version reads {SCHEMA_VERSION}.")
        try:
            trace = _from_record(record)
        except KeyError as error:
            raise ValueError(f"{_NOT_A_RECORD}; it lacks {error}.") from error
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(f"{_NOT_A_RECORD}: {error}.") from error
        if trace.answer_kind not in ANSWER_KINDS:
            raise ValueError(f"{_NOT_A_RECORD}; answer_kind is {trace.answer_kind!r}.")
        layers, count = len(trace.layer_scales), len(trace.tokens)
        shapes = {
            "scores": (layers, count),
            "keep": (layers, count),
            "layer_macs": (layers, 2),
            "dense_layer_macs": (layers, 2),
            "logits": (len(trace.labels),),
        } | ({} if trace.merged is None else {"merged": (layers, count)})
        for name, shape in shapes.items():
            if (found := getattr(trace, name).shape) != shape:
                raise ValueError(f"{_NOT_A_RECORD}; {name} has the shape {found}, not {shape}.")
        return trace

    def to_frame(self) -> "pd.DataFrame":
        """One row per layer and token; `forced` is "keep", "drop" or empty, `carrier` as in `carriers`."""
        require("data", "Trace.to_frame")
        import pandas as pd  # only here: core itself needs no data frames

        count = len(self.tokens)
        forced = self.forced.by_position
        return pd.DataFrame(
            {
                "layer": np.repeat(np.arange(self.num_layers), count),
                "position": np.tile(np.arange(count), self.num_layers),
                "token": list(self.tokens) * self.num_layers,
                "score": self.scores.ravel(),
                "threshold": np.repeat(self.thresholds or (np.nan,) * self.num_layers, count),
                "keep": self.keep.ravel(),
                "carrier": self.carriers.ravel(),
                "forced": [forced.get(position, "") for position in range(count)] * self.num_layers,
            }
        )


def _from_record(record: dict[str, Any]) -> Trace:
    """The parsed record of `Trace.to_json`, without its schema, as a `Trace`."""
    source = record.pop("source")
    source["spans"] = tuple(None if span is None else tuple(span) for span in source["spans"])
    source = {key: tuple(value) if isinstance(value, list) else value for key, value in source.items()}
    for name in (
        "thresholds",
        "learned_thresholds",
        "layer_scales",
        "labels",
        "forced_keep",
        "forced_drop",
    ):
        record[name] = tuple(record[name])
    dtypes = {"scores": np.float32, "logits": np.float32, "keep": np.bool_}
    for name in ("scores", "keep", "layer_macs", "dense_layer_macs", "logits", "merged"):
        if record.get(name) is not None:
            record[name] = np.array(record[name], dtype=dtypes.get(name, np.int64))
    return Trace(source=TokenizedText(**source), **record)
