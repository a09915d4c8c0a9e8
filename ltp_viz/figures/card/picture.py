"""Cards as PNG, 1200 x 630 pixels, the size that networks expect of a preview."""

from io import BytesIO

from PIL import Image, ImageDraw

from ltp_viz.figures.card.content import Card, Word
from ltp_viz.figures.card.type import font, readable, runs_leftwards
from ltp_viz.figures.theme import LIGHT, rgb

WIDTH, HEIGHT = 1200, 630
_MARGIN = 64
_TEXT_TOP, _TEXT_BOTTOM = 132, 430  # of the sentence
_SIZES = (52, 44, 38, 32, 27)  # of the sentence, the first that fits
_MAX_CHARACTERS = 440
_PALEST = 0.45  # share of the ink of a word that the first layer drops; the text stays readable


def card_picture(card: Card) -> bytes:
    """The card as PNG."""
    image, draw = _ground(f"{card.model} · pruning strength {card.strength}")
    _draw_sentence(draw, card.words)
    draw.line((_MARGIN, 470, WIDTH - _MARGIN, 470), LIGHT.line, 2)
    ink = LIGHT.alarm if card.is_flip else LIGHT.accent
    draw.text((_MARGIN, 494), _cut(card.verdict, 42, WIDTH - 2 * _MARGIN), ink, font(42, bold=True))
    note = f"{card.compute} · struck words are dropped by the last layer, pale ones earlier"
    draw.text((_MARGIN, 562), _cut(note, 24, WIDTH - 2 * _MARGIN, bold=False), LIGHT.faint, font(24))
    return _png(image)


def plain_picture(title: str, sentence: str) -> bytes:
    """A card of words alone, for pages and for links without a run."""
    image, draw = _ground("")
    for number, line in enumerate(_lines(title, 60, True)[:3]):
        draw.text((_MARGIN, 190 + 74 * number), line, LIGHT.text, font(60, bold=True))
    for number, line in enumerate(_lines(sentence, 32, False)[:3]):
        draw.text((_MARGIN, 430 + 46 * number), line, LIGHT.faint, font(32))
    return _png(image)


def _ground(right: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH, HEIGHT), LIGHT.ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 10), LIGHT.accent)
    draw.rectangle((_MARGIN, 54, _MARGIN + 28, 82), outline=LIGHT.text, width=3)
    draw.rectangle((_MARGIN, 54, _MARGIN + 14, 82), LIGHT.text)
    draw.text((_MARGIN + 44, 68), "LTP-Viz", LIGHT.text, font(28, bold=True), anchor="lm")
    draw.text((WIDTH - _MARGIN, 68), _cut(right, 24, 760, bold=False), LIGHT.faint, font(24), anchor="rm")
    return image, draw


def _draw_sentence(draw: ImageDraw.ImageDraw, words: tuple[Word, ...]) -> None:
    shown = _shortened(words)
    placed: list[tuple[int, int, int, str, float | None]] = []
    size = _SIZES[-1]
    for size in _SIZES:
        placed, bottom = _placed(shown, size)
        if bottom <= _TEXT_BOTTOM:
            break
    leftwards = runs_leftwards("".join(word.text for word in words))
    for x, y, width, text, kept in placed:
        if y + size > _TEXT_BOTTOM:
            continue
        left = WIDTH - x - width if leftwards else x
        dropped = kept is not None and kept < 1
        ink = LIGHT.text if kept is None else _ink(_PALEST + (1 - _PALEST) * kept)
        draw.text((left, y), text, ink, font(size, bold=kept == 1))
        if dropped:
            middle = y + round(0.62 * size)
            draw.line((left, middle, left + width, middle), ink, max(2, size // 14))


def _shortened(words: tuple[Word, ...]) -> list[tuple[str, float | None]]:
    """Words as the font can show them, up to a length that fits; no white space."""
    shown: list[tuple[str, float | None]] = []
    room = _MAX_CHARACTERS
    for word in words:
        for text in word.text.split():
            if len(text) > room:
                return [*shown, ("…", None)]
            shown.append((readable(text), word.kept))
            room -= len(text)
    return shown


def _placed(
    shown: list[tuple[str, float | None]], size: int
) -> tuple[list[tuple[int, int, int, str, float | None]], int]:
    """(x, y, width, text, kept) of each word, and the bottom of the last line."""
    placed: list[tuple[int, int, int, str, float | None]] = []
    x, y, gap, line = _MARGIN, _TEXT_TOP, round(0.3 * size), round(1.42 * size)
    for text, kept in shown:
        text = _cut(text, size, WIDTH - 2 * _MARGIN)
        width = round(font(size, bold=kept == 1).getlength(text))
        is_mark = not any(character.isalnum() for character in text) and placed and text != "|"
        start = x - gap if is_mark and x > _MARGIN else x
        if start + width > WIDTH - _MARGIN:
            start, y = _MARGIN, y + line
        placed.append((start, y, width, text, kept))
        x = start + width + gap
    return placed, y + line


def _lines(text: str, size: int, bold: bool) -> list[str]:
    lines = [""]
    for word in readable(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if font(size, bold).getlength(longer) > WIDTH - 2 * _MARGIN and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return [_cut(line, size, WIDTH - 2 * _MARGIN, bold) for line in lines]


def _cut(text: str, size: int, width: int, bold: bool = True) -> str:
    """On one line, ended by an ellipsis where it would be wider."""
    text = readable(" ".join(text.split()))[:200]
    while font(size, bold).getlength(text) > width and len(text) > 1:
        text = f"{text[:-2]}…"
    return text


def _ink(share: float) -> tuple[int, int, int]:
    """The text's colour, thinned with the ground."""
    text, ground = rgb(LIGHT.text), rgb(LIGHT.ground)
    red, green, blue = (round(share * a + (1 - share) * b) for a, b in zip(text, ground, strict=True))
    return red, green, blue


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()
