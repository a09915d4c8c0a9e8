"""What to say about a text that the model cannot read, or not all of."""

from ltp_viz.core.trace import TokenizedText


def unreadable(source: TokenizedText) -> str | None:
    """What to say where the tokenizer finds nothing to read in a text, such as in zero-width spaces."""
    texts = ("this text",) if source.text_pair is None else ("the first text", "the second text")
    read = {segment for segment, span in zip(source.segments, source.spans, strict=True) if span is not None}
    empty = [text for segment, text in enumerate(texts) if segment not in read]
    if not empty:
        return None
    return f"The model finds no word in {' and '.join(empty)}; an answer would mean nothing."


def truncation(source: TokenizedText) -> str | None:
    """What to say where the model reads less than there is."""
    if not source.truncated:
        return None
    total, read = source.total_tokens, len(source.tokens)
    if source.text_pair is None:
        return (
            f"This text has {total:,} tokens; the model reads the first {read:,} and the rest plays no part."
        )
    return (
        f"These two texts have {total:,} tokens together; the model reads {read:,} of them; "
        "what does not fit, at their ends, plays no part."
    )
