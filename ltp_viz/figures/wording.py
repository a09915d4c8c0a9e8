"""Names and numbers in figures: short, and never read as plotly's markup."""

import html
from collections.abc import Sequence


def plain(text: str) -> str:
    """Text from outside for a figure: on one line, without anything that plotly reads as a tag."""
    return html.escape(" ".join(text.split()), quote=False)


def shortened(text: str, longest: int = 14) -> str:
    """`text` on one line in at most `longest` characters, for axes; hover shows all of it."""
    line = " ".join(text.split()) or "(empty)"
    return plain(line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…")


def shortened_names(names: Sequence[str], longest: int = 14) -> list[str]:
    """Names from `shortened`; if two become equal, the middle of each is cut instead of the end."""
    short = [shortened(name, longest) for name in names]
    if len(set(short)) == len(set(names)):
        return short
    head = longest // 2
    lines = [" ".join(name.split()) for name in names]
    return [
        shortened(line, longest)
        if len(line) <= longest
        else plain(f"{line[:head]}…{line[head + 1 - longest :]}")
        for line in lines
    ]


def compact(count: int) -> str:
    """A count in at most five characters: 9,999, 12k, 3.4M."""
    if count < 10_000:
        return f"{count:,}"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size * 0.9995:
            value = count / size
            return f"{value:.1f}{letter}" if value < 9.95 else f"{value:.0f}{letter}"
    raise AssertionError("unreachable: 10,000 is more than a thousand")


def percent(share: float, digits: int = 1) -> str:
    """A share as percent, with its unit; a dash if it is unknown."""
    return "–" if share != share else f"{100 * share:.{digits}f} %"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, with a typographic minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def strength_text(scale: float) -> str:
    """A pruning strength, which scales all thresholds: 1.0, 0.95."""
    return f"{scale:.1f}" if round(100 * scale) % 10 == 0 else f"{scale:.2f}"


def ratio_words(ratio: float, more: str, less: str, tie: str) -> str:
    """2.2× faster, 1.5× slower, same speed: one decimal, or the `tie` text if it would be 1.0."""
    larger = max(ratio, 1 / ratio)
    return tie if larger < 1.05 else f"{larger:.1f}× {more if ratio > 1 else less}"


def counted(count: int, what: str) -> str:
    """1 text, 2 texts."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
