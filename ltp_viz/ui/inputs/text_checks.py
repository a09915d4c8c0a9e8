"""Messages about a text that the model cannot read, or reads only in part."""

from ltp_viz.core.trace import TokenizedText


def unreadable(source: TokenizedText) -> str | None:
    """A message if the tokenizer finds no token in a text, such as in zero-width spaces; else None."""
    texts = ("this text",) if source.text_pair is None else ("the first text", "the second text")
    read = {segment for segment, span in zip(source.segments, source.spans, strict=True) if span is not None}
    empty = [text for segment, text in enumerate(texts) if segment not in read]
    if not empty:
        return None
    return f"The model finds no word in {' and '.join(empty)}, so its answer would be meaningless."


def truncation(source: TokenizedText) -> str | None:
    """A message if the model reads only a part of the text, else None."""
    if not source.truncated:
        return None
    total, read = source.total_tokens, len(source.tokens)
    side = "first" if source.truncation_side == "right" else "last"
    if source.text_pair is None:
        return (
            f"This text has {total:,} tokens. The model reads only the {side} {read:,} tokens; "
            "the rest is ignored."
        )
    return (
        f"These two texts have {total:,} tokens together. The model reads only {read:,} of them; "
        f"the rest, at the {'ends' if side == 'first' else 'beginnings'} of the texts, is ignored."
    )
