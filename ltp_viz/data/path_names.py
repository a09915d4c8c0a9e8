"""File names that are bytes and no text, as old archives leave them, and names that are hard to show."""

import re
from pathlib import Path

from ltp_viz.data.errors import InputError


def check_is_text(path: str | Path) -> None:
    """Raises InputError for a path that libraries outside Python's own cannot open: those for weights,
    tokenizers and Parquet take text alone."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"The path {str(path)!r} holds bytes that are no text; rename that file or folder."
        ) from error


_LONGEST_NAME = 120
# Controls, ends of lines and paragraphs, signs that turn the direction of what follows, and lone surrogates.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown_name(name: str) -> str:
    """A file's name as messages and pages show it: on one line, in its order, not too long, its end whole."""
    name = _UNSHOWN.sub("\ufffd", name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 31]}…{name[-30:]}"
    return name
