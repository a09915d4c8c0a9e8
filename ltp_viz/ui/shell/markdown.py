"""Text from outside, shown by widgets that read Markdown."""

import re

_SHOWN = 200


def escaped(text: str) -> str:
    """Without any meaning in Markdown: a link, a folder or a checkpoint may say anything."""
    # Markdown knows these signs and no others. An underscore inside a word means nothing, and escaped it
    # would be spelled out to who listens to the names of fields.
    return re.sub(r"[!-/:-@\[-^`{-~]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", text)


def quoted(text: str) -> str:
    """In quotation marks, in one line, escaped and cut to a length that can be read."""
    one_line = re.sub(r"\s", " ", text[:_SHOWN])  # an empty line would end the sentence around it
    return f"“{escaped(one_line)}”"
