"""Permissions of visitors: everything on the user's own machine, less on a public server."""

from dataclasses import dataclass, replace

from ltp_viz import settings
from ltp_viz.data.errors import InputError


@dataclass(frozen=True)
class Access:
    """Limits; None means no limit.

    A public app offers only the bundled models and accepts neither paths on its machine nor hub names.
    """

    is_public: bool
    sessions: int | None  # open at once
    text_characters: int | None  # of a typed text or a text in a link
    upload_mb: int
    rows: int | None  # of a run over data


_PRIVATE = Access(False, sessions=None, text_characters=None, upload_mb=1000, rows=None)
_PUBLIC = Access(True, sessions=40, text_characters=20_000, upload_mb=20, rows=5_000)


def access() -> Access:
    """The limits from the environment. Raises InputError if the number of sessions is not a positive
    integer."""
    allowed = _PUBLIC if settings.PUBLIC.read() not in ("", "0") else _PRIVATE
    sessions = settings.SESSIONS.read()
    if not sessions:
        return allowed
    if not sessions.isdecimal() or int(sessions) < 1:
        raise InputError(f"{settings.SESSIONS.name} is {sessions!r}; give a whole number of at least 1.")
    return replace(allowed, sessions=int(sessions))


def too_long(*texts: str | None) -> str | None:
    """A message if a text is longer than allowed, else None."""
    most, longest = access().text_characters, max(len(text or "") for text in texts)
    if most is None or longest <= most:
        return None
    return f"This text has {longest:,} characters; this app accepts at most {most:,}. Shorten it."


def too_many_rows(rows: int) -> str | None:
    """A message if data have more rows than allowed, else None."""
    most = access().rows
    if most is None or rows <= most:
        return None
    return (
        f"The file has {rows:,} rows; this app accepts at most {most:,}. Upload fewer, or run all of them "
        "on your own machine with `ltp-viz analyze`."
    )
