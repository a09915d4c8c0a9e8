"""A model's name as people type or paste it."""

import re

_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?(?P<name>[\w.-]+/[\w.-]+)"
    r"(?:/(?:tree|blob|resolve)/(?P<revision>[^/?#]+)[^?#]*)?/?(?:[?#].*)?",
    re.ASCII,
)
_WITH_REVISION = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<revision>[\w./-]+)", re.ASCII)
_QUOTES = "\"'`\u201c\u201d\u2018\u2019"


def plain_name(typed: str) -> str:
    """Without blanks and quotes around it; the address of a hub page becomes owner/name, or with a revision
    owner/name@revision."""
    name = typed.strip()
    while len(name) > 1 and name[0] in _QUOTES and name[-1] in _QUOTES:
        name = name[1:-1].strip()
    if match := _ADDRESS.fullmatch(name):
        revision = match["revision"]
        return match["name"] if revision in (None, "main") else f"{match['name']}@{revision}"
    return name


def split_revision(name: str) -> tuple[str, str | None]:
    """The hub name, and the revision behind an @; `name` itself and None where there is none."""
    match = _WITH_REVISION.fullmatch(name)
    return (match["name"], match["revision"]) if match else (name, None)
