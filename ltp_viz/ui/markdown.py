"""Text from outside, shown by widgets that read Markdown."""

import re

_SHOWN = 200


def escaped(text: str) -> str:
    """Without any meaning in Markdown: a link, a folder or a checkpoint may say anything."""
    # Markdown knows these signs and no others. An underscore inside a word means nothing, and escaped it
    # would be spelled out to who listens to the names of fields.
    return re.sub(r"[!-/:-@\[-^`{-~]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", text)


def quoted(text: str) -> str:
    """In quotation marks, escaped and cut to a length that can be read."""
    return f"“{escaped(text[:_SHOWN])}”"
