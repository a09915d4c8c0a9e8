"""File names that are bytes and no text, as old archives leave them."""

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
