"""Text from outside, shown by widgets that read Markdown."""

import re

_SHOWN = 200


def escaped(text: str) -> str:
    """Without any meaning in Markdown: a link, a folder or a checkpoint may say anything."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)  # Markdown knows these and no other signs


def quoted(text: str) -> str:
    """In quotation marks, escaped and cut to a length that can be read."""
    return f"“{escaped(text[:_SHOWN])}”"
