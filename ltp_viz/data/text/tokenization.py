"""Text to token ids, and token ids back to where they stand in the text."""

import re
from collections.abc import Mapping, Sequence
from threading import Lock

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.trace import TokenizedText

# A fast tokenizer keeps the truncation it was last asked for: two threads would cut each other's texts.
_TOKENIZING = Lock()
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry, one for one, so that spans stay right."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def tokenize(
    tokenizer: PreTrainedTokenizerBase, text: str, text_pair: str | None, max_tokens: int
) -> TokenizedText:
    """Token ids, spans and words of a text or a pair, cut to `max_tokens`, specials included."""
    text = clean_text(text)
    text_pair = None if text_pair is None else clean_text(text_pair)
    with _TOKENIZING:
        encoded = tokenizer(text, text_pair, return_offsets_mapping=True, verbose=False)
        total = len(encoded["input_ids"])
        if total > max_tokens:
            encoded = tokenizer(
                text, text_pair, return_offsets_mapping=True, truncation=True, max_length=max_tokens
            )
        kinds = encoded.get("token_type_ids")
    ids = encoded["input_ids"]
    sequence = encoded.sequence_ids()
    return TokenizedText(
        text=text,
        text_pair=text_pair,
        input_ids=tuple(ids),
        tokens=tuple(tokenizer.convert_ids_to_tokens(ids)),
        spans=tuple(
            None if owner is None else (int(start), int(end))
            for owner, (start, end) in zip(sequence, encoded["offset_mapping"], strict=True)
        ),
        word_ids=tuple(encoded.word_ids()),
        segments=tuple(_segments(sequence)),
        total_tokens=total,
        token_type_ids=None if kinds is None else tuple(kinds),
        truncation_side=tokenizer.truncation_side,
    )


def _segments(sequence: list[int | None]) -> list[int]:
    """Which text each token belongs to, for people: specials join the text before them; only a special after
    the second text belongs to it. What the model is given is the tokenizer's `token_type_ids`."""
    segments, current = [], 0
    for owner in sequence:
        current = current if owner is None else owner
        segments.append(current)
    return segments


def tokenized_rows(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], pairs: Sequence[str] | None, max_tokens: int
) -> list[dict[str, list[int]]]:
    """What the tokenizer makes of each text or pair, ids and segments, cut to `max_tokens`."""
    if not texts:
        return []
    second = None if pairs is None else [clean_text(pair) for pair in pairs]
    first = [clean_text(text) for text in texts]
    with _TOKENIZING:
        encoded = tokenizer(first, second, truncation=True, max_length=max_tokens)
    return [{key: encoded[key][i] for key in encoded} for i in range(len(texts))]


def packed_rows(
    rows: Sequence[Mapping[str, list[int]]], config: LTPConfig, device: torch.device | None = None
) -> tuple[Tensor, tuple[int, ...], Tensor | None]:
    """Ids (T,), lengths and segment ids (T,) of rows laid end to end: the one place that decides segments.

    They are the tokenizer's. Where it gives none, or the model knows one kind only, there are none, and every
    token is of kind 0, as in Hugging Face's classes.
    """
    ids = torch.tensor([token for row in rows for token in row["input_ids"]], device=device)
    lengths = tuple(len(row["input_ids"]) for row in rows)
    if config.type_vocab_size <= 1 or "token_type_ids" not in rows[0]:
        return ids, lengths, None
    segments = torch.tensor([segment for row in rows for segment in row["token_type_ids"]], device=device)
    return ids, lengths, segments
