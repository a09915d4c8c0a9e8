"""Text from outside, shown by widgets that read Markdown."""

import re

_SHOWN = 200


def escaped(text: str) -> str:
    """Without any meaning in Markdown: links, folders and checkpoints may hold any text."""
    # Markdown knows these signs and no others. An underscore inside a word means nothing; escaped, screen
    # readers would spell it out in the names of fields.
    return re.sub(r"[!-/:-@\[-^`{-~]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", text)


def quoted(text: str) -> str:
    """In quotation marks, in one line, escaped and cut to a length that can be read."""
    one_line = re.sub(r"\s", " ", text[:_SHOWN])  # an empty line would end the paragraph around it
    return f"“{escaped(one_line)}”"
