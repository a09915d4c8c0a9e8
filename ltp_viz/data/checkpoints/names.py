"""Names of models: as people type or paste them, and as they read them."""

import re
from pathlib import Path, PurePath

from huggingface_hub import ModelCard

_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?(?P<name>[\w.-]+/[\w.-]+)"
    r"(?:/(?:tree|blob|resolve)/(?P<revision>[^/?#]+)[^?#]*)?/?(?:[?#].*)?",
    re.ASCII,
)
_WITH_REVISION = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<revision>[\w./-]+)", re.ASCII)
# The last folder of a training's output says only which stage wrote it.
_STAGES = re.compile(r"dense|soft|hard|final|model|checkpoint-\d+", re.IGNORECASE)
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


def readable_name(location: str) -> str:
    """A folder or a hub name for people: "owner/my_classifier-v2" becomes "My classifier v2"."""
    parts = PurePath(split_revision(plain_name(location))[0]).parts
    own = parts[-1] if parts else location
    if _STAGES.fullmatch(own) and len(parts) > 1 and parts[-2] != "/":
        own = f"{parts[-2]} {own}"
    words = " ".join(re.split(r"[-_\s]+", own)).strip() or location
    return words if words != words.lower() else words[:1].upper() + words[1:]


def card_name(folder: Path) -> str | None:
    """`model_name` in the header of a folder's model card; None without a card or such a name."""
    card = folder / "README.md"
    return ModelCard.load(card).data.model_name if card.is_file() else None
