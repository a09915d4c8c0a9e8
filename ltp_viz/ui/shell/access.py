"""What whoever opens the app may do: all of it on one's own machine, less where strangers come in."""

from dataclasses import dataclass, replace

from ltp_viz import settings
from ltp_viz.data.errors import InputError


@dataclass(frozen=True)
class Access:
    """What is allowed; None means any number.

    A public app shows only the bundled models and takes neither paths of its machine nor names of the hub.
    """

    is_public: bool
    sessions: int | None  # open at once
    text_characters: int | None  # of a text that is typed or stands in a link
    upload_mb: int
    rows: int | None  # of a run over data


_PRIVATE = Access(False, sessions=None, text_characters=None, upload_mb=1000, rows=None)
_PUBLIC = Access(True, sessions=40, text_characters=20_000, upload_mb=20, rows=5_000)


def access() -> Access:
    """As the environment asks for. Raises InputError where its number of sessions is none."""
    allowed = _PUBLIC if settings.PUBLIC.read() not in ("", "0") else _PRIVATE
    sessions = settings.SESSIONS.read()
    if not sessions:
        return allowed
    if not sessions.isdecimal() or int(sessions) < 1:
        raise InputError(f"{settings.SESSIONS.name} is {sessions!r}; give a whole number from 1 on.")
    return replace(allowed, sessions=int(sessions))


def too_long(*texts: str | None) -> str | None:
    """What to say where a text is longer than is allowed here."""
    most, longest = access().text_characters, max(len(text or "") for text in texts)
    if most is None or longest <= most:
        return None
    return f"This text has {longest:,} characters; this app takes at most {most:,}. Shorten it."


def too_many_rows(rows: int) -> str | None:
    """What to say where data have more rows than may be run here."""
    most = access().rows
    if most is None or rows <= most:
        return None
    return (
        f"These data have {rows:,} rows; this app takes at most {most:,}. Upload fewer, or run all of them "
        "on a machine of your own with `ltp-viz analyze`."
    )
