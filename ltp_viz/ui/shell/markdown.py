"""Text from outside, shown by widgets that read Markdown."""

import re

_SHOWN = 200


def escaped(text: str) -> str:
    """The text without any meaning in Markdown, as links, folders and checkpoints may contain anything."""
    # All characters with a meaning in Markdown. An underscore inside a word has none; escaped, screen readers
    # would spell it out in the names of fields.
    return re.sub(r"[!-/:-@\[-^`{-~]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", text)


def quoted(text: str) -> str:
    """In quotation marks, on one line, escaped and cut to a readable length."""
    one_line = re.sub(r"\s", " ", text[:_SHOWN])  # an empty line would end the paragraph around it
    return f"“{escaped(one_line)}”"
