"""Every colour of the project is one of the palette's, wherever it is written."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ltp_viz.figures import theme
from ltp_viz.figures.theme import DARK, LIGHT, rgb, see_through
from tests.conftest import ROOT

_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)")
_OTHER = re.compile(r"(?<![\w-])(?:hsla?|hwb|lab|lch|oklab|oklch)\(")


def colours(text: str) -> Iterator[str]:
    """Every colour literal, as six upper-case hex digits with "#"."""
    for digits in _HEX.findall(text):
        yield "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits)).upper()
    for parts in _RGB.findall(text):
        yield "#{:02X}{:02X}{:02X}".format(*map(int, parts))


def palette() -> set[str]:
    named = {value for value in vars(theme).values() if isinstance(value, str) and _HEX.fullmatch(value)}
    return named | {colour for surface in (LIGHT, DARK) for colour in vars(surface).values()}


def files(*patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return sorted(path for path in found if "models" not in path.parts)


STYLES = files(
    "assets/**/*.css",
    "assets/**/*.js",
    "assets/**/*.html",
    "assets/**/*.svg",
    ".streamlit/*.toml",
    "ltp_viz/figures/templates/*",
)
CODE = files("ltp_viz/**/*.py", "app.py", "pages/*.py")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_styles_use_no_other_colour(path: Path) -> None:
    text = path.read_text()
    assert set(colours(text)) <= palette()
    assert not _OTHER.search(text), "a colour that this test cannot read"


def test_code_takes_colours_from_the_theme() -> None:
    assert len(STYLES) > 20 and len(CODE) > 200
    found = {path.relative_to(ROOT): set(colours(path.read_text())) for path in CODE}
    assert {str(path) for path, written in found.items() if written} == {"ltp_viz/figures/theme.py"}


def test_the_app_has_the_surfaces_of_the_reports() -> None:
    themes = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    for name, surface in (("light", LIGHT), ("dark", DARK)):
        assert themes[name] == {
            "primaryColor": surface.accent,
            "backgroundColor": surface.ground,
            "secondaryBackgroundColor": surface.panel,
            "textColor": surface.text,
            "borderColor": surface.line,
        }


def test_literals_are_read_in_every_spelling() -> None:
    assert list(colours("#fff #D55E00 rgba(43,140,196,0.18) rgb(0 0 0 / 20%) #footer")) == [
        "#FFFFFF",
        "#D55E00",
        "#2B8CC4",
        "#000000",
    ]
    assert rgb("#2B8CC4") == (43, 140, 196)
    assert see_through("#2B8CC4", 0.18) == "rgba(43,140,196,0.18)"
