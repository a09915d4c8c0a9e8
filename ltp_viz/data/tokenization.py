"""Text to token ids, and token ids back to where they stand in the text."""

import re

from transformers import PreTrainedTokenizerBase

from ltp_viz.core.trace import TokenizedText

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
    encoded = tokenizer(text, text_pair, return_offsets_mapping=True, verbose=False)
    total = len(encoded["input_ids"])
    if total > max_tokens:
        encoded = tokenizer(
            text, text_pair, return_offsets_mapping=True, truncation=True, max_length=max_tokens
        )
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
    )


def _segments(sequence: list[int | None]) -> list[int]:
    """Specials join the text before them; only a special after the second text belongs to it."""
    segments, current = [], 0
    for owner in sequence:
        current = current if owner is None else owner
        segments.append(current)
    return segments
