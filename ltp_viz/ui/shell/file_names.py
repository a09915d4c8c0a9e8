"""Names for downloads."""

import re
from pathlib import Path

_WORDS_IN_NAME = 4
_LONGEST_PART = 40


def first_words(text: str) -> str:
    """The beginning of a text, for a title or a file name."""
    return " ".join(text.split()[:_WORDS_IN_NAME])[:_LONGEST_PART]


def file_name(location: str, text: str) -> str:
    """A name from the model and the first words: letters, digits and hyphens, valid on every system."""
    parts = (Path(location).name, first_words(text))
    safe = (re.sub(r"[\W_]+", "-", part[:_LONGEST_PART]).strip("-").lower() for part in parts)
    return "-".join(part for part in safe if part) or "trace"
