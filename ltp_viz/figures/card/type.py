"""Type for pictures: a packaged font, and names in brackets for what it has no shapes for."""

import unicodedata
from functools import cache, lru_cache
from itertools import groupby

from PIL import ImageFont

from ltp_viz.resources import ASSETS

_FILES = {False: ASSETS / "fonts/DejaVuSans.ttf", True: ASSETS / "fonts/DejaVuSans-Bold.ttf"}
_NO_CHARACTER = "\uffff"  # never assigned, so drawn as the font's empty box
_RIGHT_TO_LEFT = ("R", "AL")


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels."""
    return ImageFont.truetype(_FILES[bold], size)


def readable(text: str) -> str:
    """The text with every run of characters that the font lacks replaced by its name: [CJK], [rocket]."""
    named: list[tuple[str | None, str]] = []  # what is missing, if it is, and the character
    for character in text:
        if _is_mark(character) and named and named[-1][0] is not None:
            continue  # belongs to a character that is missing
        named.append((_missing_name(character), character))
    return "".join(
        "".join(character for _, character in run) if name is None else f"[{name}]"
        for name, run in groupby(named, lambda each: each[0])
    )


def runs_leftwards(text: str) -> bool:
    """Whether the first letter is of a script that is written from right to left."""
    directions = map(unicodedata.bidirectional, text)
    return next((each != "L" for each in directions if each in ("L", *_RIGHT_TO_LEFT)), False)


@lru_cache(4096)
def _missing_name(character: str) -> str | None:
    """The name to show instead; None for a character that the font has."""
    if character.isspace() or _has(character):
        return None
    name = unicodedata.name(character, "unknown sign")
    if unicodedata.category(character) != "Lo":
        return name.lower()
    script = name.split()[0]
    return script if script == "CJK" else script.capitalize()


def _is_mark(character: str) -> bool:
    """Whether the character only changes the one before, such as a vowel sign or a joiner."""
    return unicodedata.category(character) in ("Cf", "Mn", "Mc", "Me")


def _has(character: str) -> bool:
    return _shape(character) != _shape(_NO_CHARACTER)


@lru_cache(4096)
def _shape(character: str) -> bytes:
    return bytes(font(32).getmask(character))
